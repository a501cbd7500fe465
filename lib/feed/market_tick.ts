import type { Mode, Tick } from "../market/market.ts";
import type { Freshness } from "./freshness.ts";
import { type Doubt, isSeenIn, tradedEarlier } from "./guard.ts";

/** Names one encoding of a tick; made once per encoding by {@linkcode encodingSlot}. */
export interface EncodingSlot<Value> {
  readonly encode: (tick: MarketTick) => Value;
}

/** A way to encode ticks whose result is kept with each tick, so that it is made once however many clients read it. */
export function encodingSlot<Value>(encode: (tick: MarketTick) => Value): EncodingSlot<Value> {
  return { encode };
}

interface Encoded {
  readonly slot: EncodingSlot<unknown>;
  readonly value: unknown;
  readonly next: Encoded | undefined;
}

/** What is known of a tick beside its packet. */
export interface TickMarks {
  /** Elapsed ms when it came. */
  readonly elapsed: number;
  /** It came while its instrument's market was closed: a last value, not a trade of now. */
  readonly closed?: boolean;
  /** Its exchange time was not of the moment in which it came. */
  readonly old?: boolean;
  readonly doubt?: Doubt | undefined;
}

/**
 * One accepted tick on its way through the program, with its packet and what has been made of it. What it shows in a
 * mode, its view, depends on nothing that the mode does not have.
 */
export class MarketTick implements TickMarks {
  readonly elapsed: number;
  readonly closed: boolean;
  readonly old: boolean;
  readonly doubt: Doubt | undefined;
  /** The encoding that was made first, which is the only one of most ticks; the others behind it, the last one first. */
  #slot: EncodingSlot<unknown> | undefined;
  #value: unknown;
  #others: Encoded | undefined;
  /** Looked at once: views are asked for as often as there are groups of clients. */
  readonly #priced: boolean;
  readonly #oldTrade: boolean;
  /** Shown and of this moment in every mode, without a doubt: {@linkcode isShown}, and no {@linkcode freshness}. */
  readonly ordinary: boolean;

  /** @param packet What the tick was read from. */
  constructor(
    readonly tick: Tick,
    readonly packet: Uint8Array<ArrayBuffer>,
    { elapsed, closed = false, old = false, doubt }: TickMarks = { elapsed: 0 },
  ) {
    this.elapsed = elapsed;
    this.closed = closed;
    this.old = old;
    this.doubt = doubt;
    this.#priced = tick.lastPrice !== undefined;
    this.#oldTrade = tick.mode === "snapquote" && tradedEarlier(tick);
    this.ordinary = this.#priced && doubt === undefined && !closed && !old && !this.#oldTrade;
  }

  /** What is doubtful about what a view shows. */
  doubtIn(view: Mode): Doubt | undefined {
    return isSeenIn(view, this.doubt) ? this.doubt : undefined;
  }

  /** Whether a view has a price, and one that is believed. */
  hasPrice(view: Mode): boolean {
    return this.#priced && this.doubtIn(view)?.part !== "price";
  }

  /** Whether a view shows anything: without a price, that of `ltp` does not. */
  isShown(view: Mode): boolean {
    return this.hasPrice(view) || (view !== "ltp" && this.tick.mode !== "ltp");
  }

  /** Whether the price of a view is of before: nothing was traded, or not of late. */
  isOld(view: Mode): boolean {
    return this.old || !this.hasPrice(view) || (view === "snapquote" && this.#oldTrade);
  }

  /** What the tick was worth when it came; undefined for one of this moment. */
  freshness(view: Mode): Freshness | undefined {
    if (this.doubtIn(view) !== undefined) return "suspect";
    if (this.closed) return "closed";
    return this.isOld(view) ? "quiet" : undefined;
  }

  /** The tick in one encoding, made at its first use. */
  encoded<Value>(slot: EncodingSlot<Value>): Value {
    if (this.#slot === slot) return this.#value as Value;
    for (let each = this.#others; each !== undefined; each = each.next) {
      if (each.slot === slot) return each.value as Value;
    }
    const value = slot.encode(this);
    if (this.#slot === undefined) {
      this.#slot = slot;
      this.#value = value;
    } else this.#others = { slot, value, next: this.#others };
    return value;
  }
}
