import { exchangeOfType, type InstrumentKey, keyOf, type Mode, MODES } from "../market/market.ts";
import { atOnce } from "../util/pace.ts";

/** The modes of the wire: ours, and the withdrawn twenty-level depth. */
export type WireMode = Mode | "depth20";

/** The broker's two answers to a request that it does not follow. */
export const BAD_PAYLOAD = { code: "E1001", message: "Invalid Request Payload." } as const;
export const OVER_LIMIT = {
  code: "E1002",
  message: "Invalid Request. Subscription Limit Exceeded.",
} as const;

/** What a client calls its request: a text by the documentation, a number in some programs. */
export type CorrelationId = string | number;

/** A request of a client of the stream, or why it cannot be followed. */
export type Request =
  & { readonly correlationId?: CorrelationId }
  & (
    | { readonly problem: "payload" | "bare_tokens" }
    | {
      readonly problem?: undefined;
      readonly action: 0 | 1;
      readonly mode: WireMode;
      /** Each once, in the order of their first mention. */
      readonly keys: readonly InstrumentKey[];
    }
  );

export interface ReadOptions {
  /** Mode 4 is a mode. */
  readonly depth20?: boolean;
  /** Takes numbers in quotes, and tokens and ids that are numbers, as some clients send them; the broker does not. */
  readonly lenient?: boolean;
}

/** The text frame of an error. @param correlationId As it came. */
export function errorFrame(
  { code, message }: { readonly code: string; readonly message: string },
  correlationId?: CorrelationId,
): string {
  return JSON.stringify({ correlationID: correlationId, errorCode: code, errorMessage: message });
}

/** Tokens that are read in a piece. */
const TOKENS_PER_PIECE = 500;

/** Reads a request: any doubt is a problem, never an exception. */
export function readRequest(text: string, options: ReadOptions = {}): Request {
  return atOnce(readInPieces(text, options));
}

/** The same, where a frame of thousands of tokens would take too long in one go. Each step gives the tokens that it read. */
export function* readInPieces(
  text: string,
  { depth20 = false, lenient = false }: ReadOptions = {},
): Generator<number, Request> {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return { problem: "payload" };
  }
  const given = body?.correlationID;
  const isId = typeof given === "string" || lenient && typeof given === "number";
  const id = isId ? { correlationId: given as CorrelationId } : {};
  const payload = { problem: "payload", ...id } as const;
  const number = (value: unknown) =>
    lenient && typeof value === "string" && /^[0-9]{1,2}$/.test(value) ? Number(value) : value;
  const action = number(body?.action);
  const mode = modeOf(number(body?.params?.mode), depth20);
  const list = body?.params?.tokenList;
  if (action !== 0 && action !== 1) return payload;
  if (mode === undefined || !Array.isArray(list)) return payload;
  const keys = new Set<InstrumentKey>();
  let read = 0;
  for (const entry of list) {
    const type = number(entry?.exchangeType);
    const exchange = typeof type === "number" ? exchangeOfType(type) : undefined;
    if (exchange === undefined || (mode === "depth20" && exchange !== "nse")) return payload;
    if (typeof entry.tokens === "string") return { problem: "bare_tokens", ...id };
    if (!Array.isArray(entry.tokens)) return payload;
    for (const each of entry.tokens) {
      const token = lenient && Number.isSafeInteger(each) ? String(each) : each;
      if (typeof token !== "string" || (lenient && !/^[0-9]{1,25}$/.test(token))) return payload;
      keys.add(keyOf(exchange, token));
      if (++read % TOKENS_PER_PIECE === 0) yield TOKENS_PER_PIECE;
    }
  }
  return { ...id, action, mode, keys: [...keys] };
}

function modeOf(number: unknown, depth20: boolean): WireMode | undefined {
  if (number === 4 && depth20) return "depth20";
  return typeof number === "number" ? MODES[number - 1] : undefined;
}
