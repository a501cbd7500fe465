import { higherMode, type InstrumentKey, type Mode } from "../market/market.ts";

/** Someone who wants ticks of instruments; told once for each of them. */
export interface Subscriber<Item> {
  /** @param mode What was asked for; a richer item is to be cut down to it. */
  offer(item: Item, mode: Mode): void;
}

interface Interest<Item> {
  readonly listener: Subscriber<Item>;
  readonly mode: Mode;
}

/**
 * Who wants what. The union of all wants is the demand on the broker: each instrument once, in the highest mode that
 * anyone asks for, from its first listener's coming to its last one's going.
 */
export class Hub<Item> {
  readonly #interests = new Map<InstrumentKey, Interest<Item>[]>();
  readonly #wanted = new Map<InstrumentKey, Mode>();
  readonly #demandChanged: () => void;

  /** @param demandChanged Called after each change of {@linkcode wanted}. */
  constructor(demandChanged: () => void) {
    this.#demandChanged = demandChanged;
  }

  /** Adds an interest, or changes its mode. */
  add(listener: Subscriber<Item>, key: InstrumentKey, mode: Mode): void {
    const others = (this.#interests.get(key) ?? []).filter((each) => each.listener !== listener);
    this.#set(key, [...others, { listener, mode }]);
  }

  /** Takes an interest back; one that was never there changes nothing. */
  remove(listener: Subscriber<Item>, key: InstrumentKey): void {
    const interests = this.#interests.get(key);
    if (interests !== undefined) this.#set(key, interests.filter((each) => each.listener !== listener));
  }

  /** Hands an item to everyone who wants the instrument. */
  publish(key: InstrumentKey, item: Item): void {
    const interests = this.#interests.get(key);
    if (interests === undefined) return;
    for (const { listener, mode } of interests) listener.offer(item, mode);
  }

  /** The demand: a live view, not a copy. */
  wanted(): ReadonlyMap<InstrumentKey, Mode> {
    return this.#wanted;
  }

  #set(key: InstrumentKey, interests: Interest<Item>[]): void {
    const before = this.#wanted.get(key);
    if (interests.length === 0) {
      this.#interests.delete(key);
      this.#wanted.delete(key);
    } else {
      this.#interests.set(key, interests);
      this.#wanted.set(key, interests.map(({ mode }) => mode).reduce(higherMode));
    }
    if (this.#wanted.get(key) !== before) this.#demandChanged();
  }
}
