import { exchangeOfType, type InstrumentKey, keyOf, type Mode, MODES } from "../market/market.ts";
import { MAX_PAIRS_PER_SOCKET } from "../smartapi/endpoints.ts";
import type { Faults } from "./faults.ts";

/** The modes of the wire: ours, and the withdrawn twenty-level depth. */
export type WireMode = Mode | "depth20";

/** How many instruments the SDKs ask twenty levels of at most. */
const MAX_DEPTH20 = 50;

/** What a message of a client came to. */
export type Outcome =
  | { readonly kind: "added"; readonly pairs: readonly (readonly [InstrumentKey, WireMode])[] }
  | { readonly kind: "removed" | "silence" }
  | { readonly kind: "error"; readonly frame: string };

/** The (instrument, mode) pairs of one socket, and the broker's rules about them. */
export class Subscriptions {
  readonly #modes = new Map<InstrumentKey, Set<WireMode>>();
  #pairs = 0;

  /** Instruments and their modes. */
  get all(): ReadonlyMap<InstrumentKey, ReadonlySet<WireMode>> {
    return this.#modes;
  }

  /** `exchange:token mode` for each pair. */
  list(): string[] {
    return [...this.#modes].flatMap(([key, modes]) => [...modes].map((mode) => `${key} ${mode}`));
  }

  /** Obeys a request, or says why not in the broker's words. */
  obey(text: string, faults: Faults): Outcome {
    const request = read(text, faults.legacyDepth);
    const error = (code: string, message: string): Outcome => ({
      kind: "error",
      frame: JSON.stringify({ correlationID: request.correlationId, errorCode: code, errorMessage: message }),
    });
    if (request.problem === "bare_tokens" && faults.bareTokens === "silent") return { kind: "silence" };
    if (request.problem !== undefined) return error("E1001", "Invalid Request Payload.");
    if (request.action === 0) {
      for (const key of request.keys) this.#remove(key, request.mode);
      return { kind: "removed" };
    }
    const wanted = request.keys.filter((key) => !this.#modes.get(key)?.has(request.mode));
    if (request.mode === "depth20" && this.#count("depth20") + wanted.length > MAX_DEPTH20) {
      return error("E1002", "Invalid Request. Subscription Limit Exceeded.");
    }
    const room = MAX_PAIRS_PER_SOCKET - this.#pairs;
    const overflows = wanted.length > room;
    if (overflows && faults.quota === "silent") return { kind: "silence" };
    if (overflows && faults.quota === "reject") {
      return error("E1002", "Invalid Request. Subscription Limit Exceeded.");
    }
    const added = wanted.slice(0, room).map((key) => [key, request.mode] as const);
    for (const [key, mode] of added) this.#add(key, mode);
    return { kind: "added", pairs: added };
  }

  #count(mode: WireMode): number {
    return [...this.#modes.values()].filter((modes) => modes.has(mode)).length;
  }

  #add(key: InstrumentKey, mode: WireMode): void {
    const modes = this.#modes.get(key) ?? new Set<WireMode>();
    this.#modes.set(key, modes.add(mode));
    this.#pairs++;
  }

  #remove(key: InstrumentKey, mode: WireMode): void {
    const modes = this.#modes.get(key);
    if (modes === undefined || !modes.delete(mode)) return;
    this.#pairs--;
    if (modes.size === 0) this.#modes.delete(key);
  }
}

type Request =
  & { readonly correlationId?: string }
  & (
    | { readonly problem: "payload" | "bare_tokens" }
    | {
      readonly problem?: undefined;
      readonly action: 0 | 1;
      readonly mode: WireMode;
      readonly keys: readonly InstrumentKey[];
    }
  );

/** Reads a request as strictly as we believe the broker does: any doubt is E1001. */
function read(text: string, legacyDepth: boolean): Request {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return { problem: "payload" };
  }
  const id = typeof body?.correlationID === "string" ? { correlationId: body.correlationID } : {};
  const payload = { problem: "payload", ...id } as const;
  const mode = modeOf(body?.params?.mode, legacyDepth);
  const list = body?.params?.tokenList;
  if (body?.action !== 0 && body?.action !== 1) return payload;
  if (mode === undefined || !Array.isArray(list)) return payload;
  const keys = new Set<InstrumentKey>();
  for (const entry of list) {
    const exchange = exchangeOfType(entry?.exchangeType);
    if (exchange === undefined || (mode === "depth20" && exchange !== "nse")) return payload;
    if (typeof entry.tokens === "string") return { problem: "bare_tokens", ...id };
    if (!Array.isArray(entry.tokens) || !entry.tokens.every((token: unknown) => typeof token === "string")) {
      return payload;
    }
    for (const token of entry.tokens) keys.add(keyOf(exchange, token));
  }
  return { ...id, action: body.action, mode, keys: [...keys] };
}

/** A mode by its number; a number in quotes is none. */
function modeOf(number: unknown, legacyDepth: boolean): WireMode | undefined {
  if (number === 4 && legacyDepth) return "depth20";
  return typeof number === "number" ? MODES[number - 1] : undefined;
}
