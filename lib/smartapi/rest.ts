import { TOTP } from "otpauth";
import type { Clock } from "../util/clock.ts";
import { redact, Secret } from "../util/secret.ts";
import { PATHS } from "./endpoints.ts";
import { refusalOf, RestRefusal } from "./broker_error.ts";

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
  readonly refreshToken: Secret;
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
  /** Logs in with a one-time code made when it is sent. @throws {RestRefusal} */
  login(): Promise<BrokerSession>;
}

/** One call may take this long, body included; the official SDKs allow 7 s. */
const TIMEOUT_MS = 10_000;

/** No answer we read is longer; what goes on beyond it is not the broker's. */
const MAX_BODY_BYTES = 256 * 1024;

const TOTP_STEP_MS = 30_000;

/** A code with less than this left of its window would be stale on arrival. */
const TOTP_MARGIN_MS = 2_000;

export function createRest(options: RestOptions): Rest {
  const { credentials, clock } = options;

  async function call(path: string, body: unknown): Promise<Answer> {
    const addresses = options.addresses;
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
    const disarm = clock.after(TIMEOUT_MS, () => abort.abort());
    try {
      const response = await fetch(new URL(path, options.url), {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        redirect: "error",
        signal: abort.signal,
      });
      return {
        status: response.status,
        text: await readBody(response),
        driftMs: driftOf(response.headers.get("date"), clock.now()),
      };
    } catch (error) {
      if (error instanceof RestRefusal) throw error;
      const why = abort.signal.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : networkMessage(error);
      throw new RestRefusal("retry", `${new URL(options.url).host} cannot be reached: ${why}`);
    } finally {
      disarm();
    }
  }

  return {
    async login() {
      await totpWindow(clock);
      const { clientCode, pin, apiKey, totpSecret } = credentials;
      const totp = new TOTP({ secret: totpSecret.reveal() }).generate({ timestamp: clock.now() });
      const body = { clientcode: clientCode, password: pin.reveal(), totp };
      const answer = await call(PATHS.login, body);
      const data = successOf(answer, [body.password, totp, apiKey.reveal(), totpSecret.reveal()]);
      const token = (name: string) => {
        const value = data?.[name];
        if (typeof value !== "string" || value === "") {
          throw new RestRefusal("retry", `the login was answered without a ${name}`, answer);
        }
        return new Secret(stripBearer(value));
      };
      return {
        jwt: token("jwtToken"),
        refreshToken: token("refreshToken"),
        feedToken: token("feedToken"),
        issuedAt: clock.now(),
        driftMs: answer.driftMs,
      };
    },
  };
}

/** `Bearer` and the token: the one place where the prefix is put on. */
export function bearer(jwt: Secret): string {
  return `Bearer ${jwt.reveal()}`;
}

/** The token without the prefix that some SDKs hand out with it. */
function stripBearer(token: string): string {
  return token.replace(/^(?:bearer\s+)+/i, "");
}

/** What came back, before anything is believed of it. */
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly driftMs?: number;
}

/**
 * The `data` of a success, whichever of the two styles of envelope it came in.
 *
 * @param secrets Struck out of what is said of a refusal: a server that repeats the request in its complaint must not
 *   bring it into our log.
 * @throws {RestRefusal}
 */
function successOf(answer: Answer, secrets: readonly string[]): Record<string, unknown> | undefined {
  const body = jsonObject(answer.text);
  const succeeded = answer.status >= 200 && answer.status < 300 &&
    (isTrue(body?.status) || isTrue(body?.success));
  if (body === undefined || !succeeded) {
    // Understood as it came, since a code may share its digits with a PIN; only what is said of it is redact.
    const { kind, code, status, driftMs } = refusalOf(answer, body);
    const text = redact(answer.text, secrets);
    const { message } = refusalOf({ ...answer, text }, jsonObject(text));
    throw new RestRefusal(kind, message, { code, status, driftMs });
  }
  return typeof body.data === "object" && body.data !== null
    ? body.data as Record<string, unknown>
    : undefined;
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
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

/** Waits out the end of a one-time code's window. */
function totpWindow(clock: Clock): Promise<void> {
  const left = TOTP_STEP_MS - clock.now() % TOTP_STEP_MS;
  if (left >= TOTP_MARGIN_MS) return Promise.resolve();
  return new Promise((resolve) => clock.after(left, resolve));
}

/** The innermost cause says what happened ("Connection refused"); the outer ones repeat the address. */
function networkMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  return inner instanceof Error ? inner.message : String(inner);
}
