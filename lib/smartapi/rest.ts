import type { Clock } from "../util/clock.ts";
import { defined } from "../util/defined.ts";
import { readText } from "../util/read_text.ts";
import type { Secret } from "../util/secret.ts";
import { type AnswerHead, headOf } from "./answer_head.ts";
import { type BrokerAnswer, RestRefusal } from "./broker_error.ts";
import type { DataBody, DataCall } from "./data_calls.ts";
import { PATHS } from "./endpoints.ts";
import { readLoginAnswer } from "./login_answer.ts";
import { isBeforeSending, networkWords } from "../util/network_words.ts";
import { OneTimeCodes } from "./one_time_codes.ts";
import { PublicWords } from "./public_words.ts";

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
  /** Where the codes come from, for one who must not use a code twice either. */
  readonly codes?: OneTimeCodes;
  /** What must not be repeated; learns the credentials, and the tokens of each login. */
  readonly words?: PublicWords;
  /** By default the runtime's own. */
  readonly fetch?: typeof fetch;
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
  /**
   * Asks for market data.
   *
   * @returns The answer as it came, whatever it says; of its text nothing is read.
   * @throws {RestRefusal} No answer came, or one that holds a secret.
   */
  data(session: BrokerSession, call: DataCall, body: DataBody): Promise<DataReply>;
  /** How long {@linkcode login} would have to wait for a one-time code that was not used, ms. */
  codeWait(codeOffsetMs?: number): number;
}

/** What came back to a call for market data. */
export interface DataReply {
  readonly status: number;
  /** `content-type`; empty when there was none. */
  readonly type: string;
  readonly text: string;
}

/** A login may take this long, body included; longer after each that took too long. */
const TIMEOUTS_MS = [15_000, 30_000, 60_000];

/** A program that asks for market data waits hardly longer. */
const DATA_TIMEOUT_MS = 10_000;

/** No answer we read is longer; what goes on beyond it is not the broker's. */
const MAX_BODY_BYTES = 256 * 1024;

/** A month of a commodity's minutes is a megabyte and a half. */
const MAX_DATA_BYTES = 8 * 1024 * 1024;

/** What differs between the calls. */
interface CallOptions {
  readonly method: "GET" | "POST";
  readonly body: unknown;
  readonly jwt?: Secret;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Told when no answer came in time. */
  readonly late?: () => void;
}

export function createRest(options: RestOptions): Rest {
  const { addresses, credentials, clock } = options;
  const host = new URL(options.url).host;
  /** Calls in a row that took too long. */
  let late = 0;
  const codes = options.codes ?? new OneTimeCodes(credentials.totpSecret, clock);
  const words = options.words ?? new PublicWords();
  const send = options.fetch ?? fetch;

  async function call(
    path: string,
    { method, body, jwt, timeoutMs, maxBytes, late }: CallOptions,
  ): Promise<BrokerAnswer & { readonly type: string }> {
    const headers = {
      "Content-Type": "application/json",
      "Accept": "application/json",
      "X-UserType": "USER",
      "X-SourceID": "WEB",
      "X-ClientLocalIP": addresses.localIp,
      "X-ClientPublicIP": addresses.publicIp,
      "X-MACAddress": addresses.mac,
      "X-PrivateKey": credentials.apiKey.reveal(),
      ...jwt === undefined ? {} : { "Authorization": bearer(jwt) },
    };
    const abort = new AbortController();
    const disarm = clock.after(timeoutMs, () => abort.abort());
    // A connection of its own. On one that was used before, fetch sends a request a second time when the server resets it
    // (denoland/deno#36415), and a login would be tried twice with one code.
    using client = options.fetch === undefined
      ? Deno.createHttpClient({ poolMaxIdlePerHost: 0, http2: false })
      : undefined;
    let head: AnswerHead | undefined;
    try {
      const response = await send(new URL(path, options.url), {
        method,
        headers,
        ...method === "GET" ? {} : { body: JSON.stringify(body) },
        redirect: "error",
        ...client === undefined ? {} : { client },
        signal: abort.signal,
      });
      head = headOf(response, clock.now());
      return { ...head, text: await readBody(response, maxBytes) };
    } catch (error) {
      if (error instanceof RestRefusal) throw error;
      if (abort.signal.aborted) {
        late?.();
        throw new RestRefusal("retry", `${host} gave no answer within ${timeoutMs / 1000} s`, { sent: true });
      }
      const why = networkWords(error, words);
      if (head !== undefined) {
        const { driftMs, retryAfterMs } = head;
        const message = `the answer of ${host} cannot be read (${why})`;
        throw new RestRefusal("retry", message, { sent: true, ...defined({ driftMs, retryAfterMs }) });
      }
      // Who was reached may have counted the try, also where the connection broke before a word came back.
      const sent = isBeforeSending(error) ? undefined : true;
      throw new RestRefusal("retry", `${host} cannot be reached (${why})`, defined({ sent }));
    } finally {
      disarm();
    }
  }

  /** A login that took too long is given longer the next time. */
  async function callLogin(body: unknown): Promise<BrokerAnswer> {
    const timeoutMs = TIMEOUTS_MS[Math.min(late, TIMEOUTS_MS.length - 1)]!;
    const answer = await call(PATHS.login, {
      ...{ method: "POST", body, timeoutMs, maxBytes: MAX_BODY_BYTES },
      late: () => late++,
    });
    late = 0;
    return answer;
  }

  return {
    async data({ jwt, feedToken }, { method, path }, body) {
      const { status, type, text } = await call(path, {
        ...{ method, body, jwt },
        ...{ timeoutMs: DATA_TIMEOUT_MS, maxBytes: MAX_DATA_BYTES },
      });
      for (const secret of [jwt, feedToken, credentials.apiKey]) {
        if (text.includes(secret.reveal())) {
          throw new RestRefusal("retry", `${host} gave an answer that holds a secret`, { status });
        }
      }
      return { status, type, text };
    },
    codeWait: (codeOffsetMs = 0) => codes.wait(codeOffsetMs),
    async login(codeOffsetMs = 0) {
      for (let wait; (wait = codes.wait(codeOffsetMs)) > 0;) {
        await new Promise<void>((resolve) => clock.after(wait, resolve));
      }
      const totp = codes.take(codeOffsetMs);
      words.learn([...secretsOf(credentials), totp]);
      const body = { clientcode: credentials.clientCode, password: credentials.pin.reveal(), totp };
      const answer = await callLogin(body).catch((error) => {
        // Nobody has seen the code.
        if (error instanceof RestRefusal && error.status === undefined && !error.sent) codes.giveBack(totp);
        throw error;
      });
      return {
        ...readLoginAnswer(answer, words),
        issuedAt: clock.now(),
        ...answer.driftMs === undefined ? {} : { driftMs: answer.driftMs },
      };
    },
  };
}

/** What is secret of the credentials. */
export function secretsOf({ pin, apiKey, totpSecret }: Credentials): string[] {
  return [totpSecret, apiKey, pin].map((secret) => secret.reveal());
}

/** `Bearer` and the token: the one place where the prefix is put on. */
export function bearer(jwt: Secret): string {
  return `Bearer ${jwt.reveal()}`;
}

async function readBody(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const text = await readText(response.body, maxBytes);
  if (text !== undefined) return text;
  throw new RestRefusal("retry", `the answer is longer than ${maxBytes} bytes`, { status: response.status });
}
