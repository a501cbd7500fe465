import { TOTP } from "otpauth";
import type { Clock } from "../util/clock.ts";
import { Secret } from "../util/secret.ts";
import { PATHS } from "./endpoints.ts";
import { type BrokerAnswer, refusalOf, RestRefusal } from "./broker_error.ts";

/** What an account at Angel One logs in with. */
export interface Credentials {
  readonly clientCode: string;
  /** The trading PIN, which the wire calls password. */
  readonly pin: Secret;
  readonly apiKey: Secret;
  /** Base32, as shown under the QR code at smartapi.angelone.in/enable-totp. */
  readonly totpSecret: Secret;
}

/** What a login gives; all of it dies at 00:00 IST. Tokens are kept bare, without `Bearer`. */
export interface BrokerSession {
  readonly jwt: Secret;
  readonly feedToken: Secret;
  /** Our clock, ms since the Unix epoch. */
  readonly issuedAt: number;
  /** How far the broker's clock is ahead of ours, ms, when it sent one. */
  readonly driftMs?: number;
}

/** The three addresses the broker wants to be told with each request; their values are hardly checked. */
export interface HostAddresses {
  readonly localIp: string;
  readonly publicIp: string;
  readonly mac: string;
}

export interface RestOptions {
  /** Origin without a path, e.g. `https://apiconnect.angelone.in`. */
  readonly url: string;
  readonly credentials: Credentials;
  readonly addresses: HostAddresses;
  readonly clock: Clock;
}

/** The calls of the REST interface that a market-data session needs. */
export interface Rest {
  /**
   * Logs in with a one-time code made when it is sent; no code is used twice.
   *
   * @param codeOffsetMs How far the code is made ahead of this machine's clock.
   * @throws {RestRefusal}
   */
  login(codeOffsetMs?: number): Promise<BrokerSession>;
}

/** One call may take this long, body included; longer after each that took too long. */
const TIMEOUTS_MS = [15_000, 30_000, 60_000];

/** No answer we read is longer; what goes on beyond it is not the broker's. */
const MAX_BODY_BYTES = 256 * 1024;

const TOTP_STEP_MS = 30_000;

/** A code with less than this left of its window would be stale on arrival. */
const TOTP_MARGIN_MS = 2_000;

export function createRest(options: RestOptions): Rest {
  const { addresses, credentials, clock } = options;
  const host = new URL(options.url).host;
  /** Calls in a row that took too long. */
  let late = 0;
  /** Number of the 30 s window whose one-time code was used last. */
  let usedWindow = -1;

  async function call(path: string, body: unknown): Promise<BrokerAnswer> {
    const headers = {
      "Content-Type": "application/json",
      "Accept": "application/json",
      "X-UserType": "USER",
      "X-SourceID": "WEB",
      "X-ClientLocalIP": addresses.localIp,
      "X-ClientPublicIP": addresses.publicIp,
      "X-MACAddress": addresses.mac,
      "X-PrivateKey": credentials.apiKey.reveal(),
    };
    const abort = new AbortController();
    const timeout = TIMEOUTS_MS[Math.min(late, TIMEOUTS_MS.length - 1)]!;
    const disarm = clock.after(timeout, () => abort.abort());
    try {
      const response = await fetch(new URL(path, options.url), {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        redirect: "error",
        signal: abort.signal,
      });
      const text = await readBody(response);
      late = 0;
      const driftMs = driftOf(response.headers.get("date"), clock.now());
      const retryAfterMs = retryAfterOf(response.headers.get("retry-after"));
      return {
        status: response.status,
        text,
        ...driftMs === undefined ? {} : { driftMs },
        ...retryAfterMs === undefined ? {} : { retryAfterMs },
      };
    } catch (error) {
      if (error instanceof RestRefusal) throw error;
      if (!abort.signal.aborted) {
        throw new RestRefusal("retry", `${host} cannot be reached (${networkMessage(error)})`);
      }
      late++;
      throw new RestRefusal("retry", `${host} gave no answer within ${timeout / 1000} s`, { sent: true });
    } finally {
      disarm();
    }
  }

  return {
    async login(codeOffsetMs = 0) {
      usedWindow = await nextWindow(clock, codeOffsetMs, usedWindow);
      const { clientCode, pin, apiKey, totpSecret } = credentials;
      const timestamp = clock.now() + codeOffsetMs;
      const totp = new TOTP({ secret: totpSecret.reveal() }).generate({ timestamp });
      const body = { clientcode: clientCode, password: pin.reveal(), totp };
      const answer = await call(PATHS.login, body);
      const data = successOf(answer, [body.password, totp, apiKey.reveal(), totpSecret.reveal()]);
      const token = (name: string) => {
        const value = data?.[name];
        const bare = typeof value === "string" ? stripBearer(value.trim()) : "";
        if (isToken(bare)) return new Secret(bare);
        throw new RestRefusal("retry", `the login was answered without a usable ${name}`, {
          status: answer.status,
        });
      };
      return {
        jwt: token("jwtToken"),
        feedToken: token("feedToken"),
        issuedAt: clock.now(),
        ...answer.driftMs === undefined ? {} : { driftMs: answer.driftMs },
      };
    },
  };
}

/** What may stand in a header: printable, without blanks. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,8192}$/.test(text);
}

/** `Bearer` and the token: the one place where the prefix is put on. */
export function bearer(jwt: Secret): string {
  return `Bearer ${jwt.reveal()}`;
}

/** The token without the prefix that some SDKs hand out with it. */
function stripBearer(token: string): string {
  return token.replace(/^(?:bearer\s+)+/i, "");
}

/**
 * The `data` of a success, whichever of the two styles of envelope it came in.
 *
 * @param secrets Taken out of what is said of a refusal: the server may repeat the request in its complaint.
 * @throws {RestRefusal}
 */
function successOf(answer: BrokerAnswer, secrets: readonly string[]): Record<string, unknown> | undefined {
  const body = jsonObject(answer.text);
  const succeeded = answer.status >= 200 && answer.status < 300 &&
    (isTrue(body?.status) || isTrue(body?.success));
  if (body === undefined || !succeeded) throw refusalOf(answer, body, secrets);
  return typeof body.data === "object" && body.data !== null
    ? body.data as Record<string, unknown>
    : undefined;
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" && /^\s*(?:true|success|ok)\s*$/i.test(value));
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new RestRefusal("retry", `the answer is longer than ${MAX_BODY_BYTES} bytes`, {
        status: response.status,
      });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The header has whole seconds, and the answer was under way for a while: good to about a second. */
function driftOf(date: string | null, now: number): number | undefined {
  const server = date === null ? NaN : Date.parse(date);
  return Number.isFinite(server) ? server + 500 - now : undefined;
}

/** The broker's wish to be left alone, in seconds; dates are not read. */
function retryAfterOf(header: string | null): number | undefined {
  return header !== null && /^\s*\d{1,6}\s*$/.test(header) ? Number(header) * 1000 : undefined;
}

/** Waits for a window of one-time codes that has not been used, and has enough time left. */
async function nextWindow(clock: Clock, offsetMs: number, used: number): Promise<number> {
  for (;;) {
    const at = clock.now() + offsetMs;
    const window = Math.floor(at / TOTP_STEP_MS);
    const left = TOTP_STEP_MS - (at - window * TOTP_STEP_MS);
    if (window !== used && left >= TOTP_MARGIN_MS) return window;
    await new Promise<void>((resolve) => clock.after(left, resolve));
  }
}

/** The innermost cause says what happened ("Connection refused"); the outer ones repeat the address. */
function networkMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  const message = inner instanceof Error ? inner.message : String(inner);
  for (const [pattern, words] of NETWORK_WORDS) if (pattern.test(message)) return words;
  return message;
}

/** What the runtime says, in words that help. */
const NETWORK_WORDS: readonly (readonly [RegExp, string])[] = [
  [/dns|lookup|resolve|name or service|nodename|ENOTFOUND|EAI_AGAIN/i, "no DNS answer"],
  [/refused/i, "connection refused"],
  [/reset|broken pipe/i, "connection broken"],
  [/unreachable/i, "network unreachable"],
  [/timed? ?out/i, "timed out"],
  [/certificate|tls|ssl/i, "the certificate is not trusted, or TLS failed"],
  [/redirect/i, "it redirects elsewhere, which is not followed"],
  [/eof|unexpected end|incomplete|closed before/i, "the answer broke off"],
];
