import type { InstrumentKey } from "../market/market.ts";

/** Why bytes are not a market-data packet: a value, never thrown. */
export class PacketRefusal {
  constructor(
    readonly reason:
      | "empty"
      | "unknown_mode"
      | "wrong_length"
      | "unknown_exchange"
      | "bad_token"
      | "number_out_of_range"
      | "bad_time"
      | "no_price",
    /** Where in the packet the trouble is. */
    readonly offset: number,
    readonly detail: string,
    /** Whose packet it was, where that could be read. */
    readonly key?: InstrumentKey,
  ) {}
}
