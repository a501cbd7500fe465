import { EXCHANGE_TYPES, type InstrumentKey, type Mode, MODE_NUMBERS, splitKey } from "../market/market.ts";

/** The text heartbeat: the client sends the first at least every 30 s, the server answers with the second. */
export const PING = "ping";
export const PONG = "pong";

/** What a text frame of the broker says. */
export type TextFrame =
  | { readonly kind: "pong" }
  | {
    readonly kind: "error";
    readonly correlationId?: string;
    readonly code: string;
    readonly message: string;
  }
  | { readonly kind: "unknown"; readonly text: string };

/**
 * A request to begin or end the sending of instruments in one mode.
 *
 * @param correlationId Up to ten letters and digits; comes back in an error about this request, and nowhere else:
 *   there is no positive acknowledgement.
 */
export function subscriptionRequest(
  action: "subscribe" | "unsubscribe",
  correlationId: string,
  mode: Mode,
  keys: readonly InstrumentKey[],
): string {
  const tokens = new Map<number, string[]>();
  for (const key of keys) {
    const { exchange, token } = splitKey(key);
    const type = EXCHANGE_TYPES[exchange];
    const list = tokens.get(type);
    if (list === undefined) tokens.set(type, [token]);
    else list.push(token);
  }
  return JSON.stringify({
    correlationID: correlationId,
    action: action === "subscribe" ? 1 : 0,
    params: {
      mode: MODE_NUMBERS[mode],
      tokenList: [...tokens].map(([exchangeType, list]) => ({ exchangeType, tokens: list })),
    },
  });
}

/** Longest part of an unknown text that is worth keeping. */
const MAX_UNKNOWN = 200;

/** Reads a text frame: a pong, an error (E1001 bad payload, E1002 quota), or something we do not know. */
export function readTextFrame(text: string): TextFrame {
  if (text.length <= 16 && text.trim().toLowerCase() === PONG) return { kind: "pong" };
  const unknown = { kind: "unknown", text: text.slice(0, MAX_UNKNOWN) } as const;
  // A byte order mark counts as white space.
  if (!text.trimStart().startsWith("{") || text.length > 10_000) return unknown;
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text.trim());
  } catch {
    return unknown;
  }
  const isText = (value: unknown) => typeof value === "string" && value.trim() !== "";
  // The documented names, and those of the answers over HTTP.
  const code = [body.errorCode, body.errorcode].find(isText) as string | undefined;
  if (code === undefined) return unknown;
  return {
    kind: "error",
    code: code.trim().toUpperCase(),
    message: [body.errorMessage, body.message].find(isText) as string | undefined ?? "",
    ...(typeof body.correlationID === "string" && body.correlationID !== ""
      ? { correlationId: body.correlationID }
      : {}),
  };
}
