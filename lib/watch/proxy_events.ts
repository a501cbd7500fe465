import type { Clock } from "../util/clock.ts";
import type { Secret } from "../util/secret.ts";
import { eventsOf, type ServerEvent } from "./event_parser.ts";
import { NoProxy, refusalOf, Refused } from "./refusal.ts";

/** The JSON of an event, or of an error. */
export type Json = Readonly<Record<string, unknown>>;

/** What is heard of a proxy. */
export type ProxyEvent =
  | { readonly kind: "event"; readonly name: string; readonly data: Json }
  /** The connection is gone, or could not be made; the next try is in so many ms. */
  | { readonly kind: "lost"; readonly reason: string; readonly retryInMs: number };

export interface ProxyEventsOptions {
  /** Of `/events`, with what is wanted. */
  readonly url: URL;
  readonly token: Secret | undefined;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly fetch: typeof fetch;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** A proxy that has not been reached within this time at the beginning will not be waited for. */
const FIRST_WITHIN_MS = 10_000;

const ANSWER_WITHIN_MS = 8_000;

/** The proxy sends something every 15 s. */
const SILENT_AFTER_MS = 40_000;

const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;

/** A connection that stood for so long was a good one. */
const GOOD_AFTER_MS = 10_000;

/**
 * The events of a proxy, over as many connections as it takes: with full-jitter backoff, and each with the id of the
 * last event, so that the proxy tells what was not seen. It is read as fast as its reader takes it and no faster: who
 * is slow is told by the proxy what was replaced meanwhile. It ends when the signal says so.
 *
 * @throws {Refused} The proxy will not give what is wanted, and would not if it were asked again.
 * @throws {NoProxy} Nothing was reached at the beginning, or something else than a proxy.
 */
export async function* proxyEvents(options: ProxyEventsOptions): AsyncGenerator<ProxyEvent> {
  const { clock, random, signal } = options;
  const begun = clock.elapsed();
  let known = false;
  let lastId: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    let upSince: number | undefined;
    let reason = "the proxy ended the stream";
    let leastMs = 0;
    try {
      for await (const { name, data } of connection(options, lastId, (id) => lastId = id)) {
        known = true;
        upSince ??= clock.elapsed();
        yield { kind: "event", name, data: objectIn(data) };
      }
    } catch (error) {
      if (isFinal(error, known)) throw error;
      reason = error instanceof Error ? error.message : String(error);
      if (error instanceof Refused) leastMs = error.retryAfterMs;
    }
    if (signal.aborted) return;
    const wasGood = upSince !== undefined && clock.elapsed() - upSince >= GOOD_AFTER_MS;
    failures = wasGood ? 1 : failures + 1;
    const longest = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures - 1, 30));
    const retryInMs = Math.round(Math.max(leastMs, random() * longest));
    if (!known && clock.elapsed() + retryInMs - begun > FIRST_WITHIN_MS) throw new NoProxy(reason);
    yield { kind: "lost", reason, retryInMs };
    await pause(clock, retryInMs, signal);
  }
}

/** A proxy that was known before may have been started anew, and not know its instruments yet: only no is no. */
function isFinal(error: unknown, known: boolean): boolean {
  if (error instanceof NoProxy) return !known;
  return error instanceof Refused && !error.temporary && (!known || error.needsOtherRequest);
}

/** The events of one connection. */
async function* connection(
  { url, token, clock, fetch, signal }: ProxyEventsOptions,
  lastId: string | undefined,
  idGiven: (id: string) => void,
): AsyncGenerator<ServerEvent> {
  const abort = new AbortController();
  const headers = new Headers({ accept: "text/event-stream" });
  if (token !== undefined) headers.set("authorization", `Bearer ${token.reveal()}`);
  if (lastId !== undefined) headers.set("last-event-id", lastId);
  /** Gives up what takes too long; a reader that takes its time is not meant. */
  const within = async <Result>(ms: number, why: string, begin: () => Promise<Result>): Promise<Result> => {
    let late = false;
    const disarm = clock.after(ms, () => {
      late = true;
      abort.abort();
    });
    try {
      return await begin();
    } catch (error) {
      throw late ? new Error(why) : reached(error, url);
    } finally {
      disarm();
    }
  };
  const leave = () => abort.abort();
  signal.addEventListener("abort", leave);
  try {
    const response = await within(ANSWER_WITHIN_MS, `${url.origin} does not answer`, async () => {
      // Whoever redirects is no proxy, and must not have the token.
      const response = await fetch(url, { headers, signal: abort.signal, redirect: "manual" });
      const refusal = await refusalOf(response, url);
      if (refusal !== undefined) throw refusal;
      return response;
    });
    const reader = response.body!.getReader();
    yield* eventsOf(
      async function* () {
        for (;;) {
          const { value, done } = await within(SILENT_AFTER_MS, "the proxy is silent", () => reader.read());
          if (done) return;
          yield value;
        }
      }(),
      idGiven,
    );
  } finally {
    signal.removeEventListener("abort", leave);
    abort.abort();
  }
}

function objectIn(text: string): Json {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null) return value as Json;
  throw new Error("the proxy sent what is no event of its own");
}

/** An error of the network in few words: what the runtime says repeats the whole address. */
function reached(error: unknown, { origin }: URL): unknown {
  if (!(error instanceof TypeError)) return error;
  const [, cause] = /([^:]*)$/.exec(error.message)!;
  return new Error(`${origin} cannot be reached: ${cause!.trim()}`);
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      disarm();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const disarm = clock.after(ms, end);
    signal.addEventListener("abort", end);
  });
}
