import type { Tick } from "../market/market.ts";

/** Names one encoding of a tick; made once per encoding by {@linkcode encodingSlot}. */
export interface EncodingSlot<Encoded> {
  readonly index: number;
  readonly encode: (tick: MarketTick) => Encoded;
}

let slots = 0;

/** A way to encode ticks whose result is kept with each tick, so that it is made once however many clients read it. */
export function encodingSlot<Encoded>(encode: (tick: MarketTick) => Encoded): EncodingSlot<Encoded> {
  return { index: slots++, encode };
}

/** One accepted tick on its way through the program, with its packet and what has been made of it. */
export class MarketTick {
  readonly #encoded: unknown[] = [];

  /**
   * @param packet What the tick was read from.
   * @param closed It came while its instrument's market was closed: a last value, not a trade of now.
   */
  constructor(
    readonly tick: Tick,
    readonly packet: Uint8Array<ArrayBuffer>,
    readonly closed = false,
  ) {}

  /** The tick in one encoding, made at its first use. */
  encoded<Encoded>({ index, encode }: EncodingSlot<Encoded>): Encoded {
    return (this.#encoded[index] ??= encode(this)) as Encoded;
  }
}
