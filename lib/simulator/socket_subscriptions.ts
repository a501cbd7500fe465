import type { InstrumentKey } from "../market/market.ts";
import { MAX_PAIRS_PER_SOCKET } from "../smartapi/endpoints.ts";
import {
  BAD_PAYLOAD,
  errorFrame,
  OVER_LIMIT,
  readRequest,
  type WireMode,
} from "../smartapi/request_reader.ts";
import type { Faults } from "./faults.ts";

/** How many instruments the SDKs ask twenty levels of at most. */
const MAX_DEPTH20 = 50;

/** What becomes of a request. */
export type RequestResult =
  | { readonly kind: "added"; readonly subscriptions: readonly (readonly [InstrumentKey, WireMode])[] }
  | { readonly kind: "removed" | "ignored" }
  | { readonly kind: "error"; readonly frame: string };

/** The subscriptions of one socket, each an instrument in a mode, and the broker's rules about them. */
export class SocketSubscriptions {
  readonly #modes = new Map<InstrumentKey, Set<WireMode>>();
  #size = 0;

  /** Instruments and their modes. */
  get all(): ReadonlyMap<InstrumentKey, ReadonlySet<WireMode>> {
    return this.#modes;
  }

  /** `exchange:token mode` for each. */
  list(): string[] {
    return [...this.#modes].flatMap(([key, modes]) => [...modes].map((mode) => `${key} ${mode}`));
  }

  /** Carries out a request, or refuses it with the broker's error frame. */
  apply(text: string, faults: Faults): RequestResult {
    const request = readRequest(text, { depth20: faults.legacyDepth });
    const error = (problem: typeof BAD_PAYLOAD | typeof OVER_LIMIT): RequestResult => ({
      kind: "error",
      frame: errorFrame(problem, request.correlationId),
    });
    if (request.problem === "bare_tokens" && faults.bareTokens === "silent") return { kind: "ignored" };
    if (request.problem !== undefined) return error(BAD_PAYLOAD);
    if (request.action === 0) {
      for (const key of request.keys) this.#remove(key, request.mode);
      return { kind: "removed" };
    }
    const wanted = request.keys.filter((key) => !this.#modes.get(key)?.has(request.mode));
    if (request.mode === "depth20" && this.#count("depth20") + wanted.length > MAX_DEPTH20) {
      return error(OVER_LIMIT);
    }
    const room = MAX_PAIRS_PER_SOCKET - this.#size;
    const overflows = wanted.length > room;
    if (overflows && faults.quota === "silent") return { kind: "ignored" };
    if (overflows && faults.quota === "reject") {
      return error(OVER_LIMIT);
    }
    const added = wanted.slice(0, room).map((key) => [key, request.mode] as const);
    for (const [key, mode] of added) this.#add(key, mode);
    return { kind: "added", subscriptions: added };
  }

  #count(mode: WireMode): number {
    return [...this.#modes.values()].filter((modes) => modes.has(mode)).length;
  }

  #add(key: InstrumentKey, mode: WireMode): void {
    const modes = this.#modes.get(key) ?? new Set<WireMode>();
    this.#modes.set(key, modes.add(mode));
    this.#size++;
  }

  #remove(key: InstrumentKey, mode: WireMode): void {
    const modes = this.#modes.get(key);
    if (modes === undefined || !modes.delete(mode)) return;
    this.#size--;
    if (modes.size === 0) this.#modes.delete(key);
  }
}
