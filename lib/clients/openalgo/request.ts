import { type Mode, MODE_NUMBERS, MODES } from "../../market/market.ts";
import { nearestName } from "../../util/nearest_name.ts";
import { parseFrame } from "../json/frame_text.ts";
import type { OpenAlgoName } from "./names.ts";

/** What a client asks for; fields that nobody needs are passed over, unless one looks like a misspelt one. */
export type OpenAlgoRequest =
  | { readonly action: "authenticate"; readonly apiKey: string }
  | {
    readonly action: "subscribe" | "unsubscribe";
    readonly instruments: readonly (OpenAlgoName & { readonly mode: Mode })[];
    readonly requestId?: unknown;
  }
  | { readonly action: "unsubscribe_all"; readonly requestId?: unknown }
  | { readonly action: "ping"; readonly timestamp?: unknown; readonly pingId?: unknown }
  | { readonly action: "get_broker_info" | "get_supported_brokers" }
  | { readonly action: "refused"; readonly code: OpenAlgoCode; readonly message: string };

export type OpenAlgoCode =
  | "INVALID_JSON"
  | "INVALID_ACTION"
  | "INVALID_MODE"
  | "INVALID_PARAMETERS"
  | "AUTHENTICATION_ERROR"
  | "NOT_SUPPORTED"
  | "RATE_LIMITED";

type Refusal = Extract<OpenAlgoRequest, { readonly action: "refused" }>;

/** Instruments that one message may name. */
const MAX_NAMED = 1_000;

/** Longest name that is looked at. */
const MAX_NAME = 100;

const KNOWN =
  "authenticate, subscribe, unsubscribe, unsubscribe_all, ping, get_broker_info, get_supported_brokers";

/** Fields that decide what is subscribed. */
const FIELDS = ["symbols", "symbol", "exchange", "mode"];

/** The names of the modes there. */
export const MODE_LABELS: Readonly<Record<Mode, string>> = { ltp: "LTP", quote: "Quote", snapquote: "Depth" };

const MODE_OF: ReadonlyMap<string, Mode> = new Map(
  MODES.flatMap((mode) => [
    [String(MODE_NUMBERS[mode]), mode],
    [mode, mode],
    [MODE_LABELS[mode].toLowerCase(), mode],
  ]),
);

/** Whether a frame is a message of OpenAlgo's protocol: ours have a `command`, theirs an `action`. */
export function isOpenAlgo(frame: string | ArrayBuffer): boolean {
  if (typeof frame !== "string" || !frame.includes('"action"')) return false;
  const value = parseFrame(frame);
  return isObject(value) && typeof value.action === "string" && value.command === undefined;
}

/**
 * Reads a message of OpenAlgo's protocol. It never throws: any frame gives a request or a refusal.
 *
 * Source: OpenAlgo's documentation, "WebSocket Protocol"; what its programs for Python, Excel and AmiBroker send.
 */
export function readOpenAlgo(frame: string | ArrayBuffer): OpenAlgoRequest {
  const value = typeof frame === "string" ? parseFrame(frame) : undefined;
  if (!isObject(value)) return refuse("INVALID_JSON", "A message is a JSON object with an action");
  const action = typeof value.action === "string" ? value.action.trim().toLowerCase() : value.action;
  switch (action) {
    case "authenticate":
    case "auth":
      return typeof value.api_key === "string" || typeof value.api_key === "number"
        ? { action: "authenticate", apiKey: String(value.api_key) }
        : refuse("AUTHENTICATION_ERROR", "api_key is missing: it is an access token of this proxy");
    case "subscribe":
    case "unsubscribe":
      return readInstruments(action, value);
    case "unsubscribe_all":
      return { action, ...idOf(value) };
    case "ping":
      return { action, timestamp: value.timestamp, pingId: value._pingId };
    case "get_broker_info":
    case "get_supported_brokers":
      return { action };
    case "subscribe_orders":
    case "unsubscribe_orders":
      return refuse("NOT_SUPPORTED", "This SmartAPI proxy passes nothing on of the account's orders");
    default:
      return unknownAction(String(action));
  }
}

function readInstruments(
  action: "subscribe" | "unsubscribe",
  value: Readonly<Record<string, unknown>>,
): OpenAlgoRequest {
  const list = Array.isArray(value.symbols) && value.symbols.length > 0 ? value.symbols : [value];
  if (list.length > MAX_NAMED) {
    return refuse("INVALID_PARAMETERS", `A message names at most ${MAX_NAMED} symbols; send several`);
  }
  const instruments: (OpenAlgoName & { mode: Mode })[] = [];
  for (const each of new Set([value, ...list])) {
    const meant = isObject(each) ? misspeltField(each) : undefined;
    if (meant !== undefined) {
      return refuse("INVALID_PARAMETERS", `A field is not known; did you mean ${meant}?`);
    }
  }
  for (const each of list) {
    const { symbol, exchange, mode = value.mode ?? "Quote" } = isObject(each) ? each : {};
    if (!isName(symbol) || !isName(exchange)) {
      return refuse(
        "INVALID_PARAMETERS",
        "Each of the symbols needs a symbol and an exchange, such as SBIN and NSE",
      );
    }
    const known = MODE_OF.get(String(mode).trim().toLowerCase());
    if (known === undefined) {
      return refuse("INVALID_MODE", "mode is 1, 2 or 3, or LTP, Quote or Depth");
    }
    instruments.push({ symbol: String(symbol), exchange: String(exchange), mode: known });
  }
  return { action, instruments, ...idOf(value) };
}

function unknownAction(action: string): Refusal {
  const nearest = nearestName(action, KNOWN.split(", "));
  const hint = nearest === undefined ? "; known" : `; did you mean ${nearest}? Known`;
  return refuse("INVALID_ACTION", `This action is not known${hint}: ${KNOWN}`);
}

/** What a misspelt field was meant to be: programs add fields of their own, but none that looks like one that is not there. */
function misspeltField(value: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of Object.keys(value).slice(0, 20)) {
    const meant = FIELDS.includes(name) ? undefined : nearestName(name, FIELDS);
    if (meant !== undefined && !(meant in value)) return meant;
  }
  return undefined;
}

function isName(value: unknown): value is string | number {
  return typeof value === "number" || typeof value === "string" && value !== "" && value.length <= MAX_NAME;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A name that a client gives its request is sent back, if it is no longer than names are. */
function idOf({ request_id: id }: Readonly<Record<string, unknown>>): { readonly requestId?: unknown } {
  return typeof id === "number" || typeof id === "string" && id.length <= MAX_NAME ? { requestId: id } : {};
}

function refuse(code: OpenAlgoCode, message: string): Refusal {
  return { action: "refused", code, message };
}
