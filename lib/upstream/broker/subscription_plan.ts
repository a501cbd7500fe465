import { type InstrumentKey, type Mode, MODES } from "../../market/market.ts";
import { MAX_PAIRS_PER_SOCKET, MAX_TOKENS_PER_MESSAGE } from "../../smartapi/endpoints.ts";

/** What one socket has been told so far. The broker counts each mode of an instrument as a subscription. */
export class SentSubscriptions {
  readonly #modes = new Map<InstrumentKey, Set<Mode>>();
  #count = 0;

  /** Subscriptions held, of the socket's quota. */
  get count(): number {
    return this.#count;
  }

  has(key: InstrumentKey, mode: Mode): boolean {
    return this.#modes.get(key)?.has(mode) ?? false;
  }

  knows(key: InstrumentKey): boolean {
    return this.#modes.has(key);
  }

  *[Symbol.iterator](): Iterator<readonly [InstrumentKey, Mode]> {
    for (const [key, modes] of this.#modes) for (const mode of modes) yield [key, mode];
  }

  /** Writes down a request that was sent. */
  note(request: SubscriptionChange): void {
    for (const key of request.keys) {
      const modes = this.#modes.get(key) ?? new Set();
      if (request.action === "subscribe") {
        if (!modes.has(request.mode)) this.#count++;
        this.#modes.set(key, modes.add(request.mode));
      } else if (modes.delete(request.mode)) {
        this.#count--;
        if (modes.size === 0) this.#modes.delete(key);
      }
    }
  }

  clear(): void {
    this.#modes.clear();
    this.#count = 0;
  }
}

/** One message to the broker. */
export interface SubscriptionChange {
  readonly action: "subscribe" | "unsubscribe";
  readonly mode: Mode;
  readonly keys: readonly InstrumentKey[];
}

/**
 * The next message that brings a socket nearer to what is wanted of it; undefined when it is there. No history is
 * kept: asking again after each message converges, whatever changed in between.
 *
 * What is no longer wanted goes first, so that its place is free; of a changed mode, the new one is subscribed before
 * the old one is dropped, so that no tick is missed in between.
 *
 * @param isHeld What is not to be asked for now, since it was refused.
 */
export function nextChange(
  told: SentSubscriptions,
  wanted: ReadonlyMap<InstrumentKey, Mode>,
  isHeld: (key: InstrumentKey, mode: Mode) => boolean = () => false,
): SubscriptionChange | undefined {
  const drop = firstGroup(dropped(told, wanted), MAX_TOKENS_PER_MESSAGE);
  if (drop !== undefined) return { action: "unsubscribe", ...drop };
  const room = MAX_PAIRS_PER_SOCKET - told.count;
  const add = firstGroup(missing(told, wanted, isHeld), Math.min(room, MAX_TOKENS_PER_MESSAGE));
  return add === undefined ? undefined : { action: "subscribe", ...add };
}

function* dropped(
  told: SentSubscriptions,
  wanted: ReadonlyMap<InstrumentKey, Mode>,
): Iterable<readonly [InstrumentKey, Mode]> {
  for (const [key, mode] of told) {
    const target = wanted.get(key);
    if (target === undefined || (target !== mode && told.has(key, target))) yield [key, mode];
  }
}

function* missing(
  told: SentSubscriptions,
  wanted: ReadonlyMap<InstrumentKey, Mode>,
  isHeld: (key: InstrumentKey, mode: Mode) => boolean,
): Iterable<readonly [InstrumentKey, Mode]> {
  for (const [key, mode] of wanted) if (!told.has(key, mode) && !isHeld(key, mode)) yield [key, mode];
}

/** The subscriptions of the mode that has some, lowest mode first: one message carries one mode. */
function firstGroup(
  subscriptions: Iterable<readonly [InstrumentKey, Mode]>,
  limit: number,
): { mode: Mode; keys: InstrumentKey[] } | undefined {
  const groups = new Map<Mode, InstrumentKey[]>();
  for (const [key, mode] of subscriptions) {
    const keys = groups.get(mode) ?? [];
    if (keys.length < limit) keys.push(key);
    groups.set(mode, keys);
  }
  for (const mode of MODES) {
    const keys = groups.get(mode);
    if (keys !== undefined && keys.length > 0) return { mode, keys };
  }
  return undefined;
}
