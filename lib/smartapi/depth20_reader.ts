import type { InstrumentKey, Level } from "../market/market.ts";
import { DEPTH20_AT as AT, DEPTH20_LEVEL_BYTES, DEPTH20_LEVELS } from "./packet_layout.ts";
import { PacketRefusal } from "./packet_refusal.ts";
import { int64, isTime } from "./wire_numbers.ts";

/** The withdrawn twenty-level depth (mode 4). It carries no price of a trade, so it is never a tick. */
export interface Depth20 {
  readonly mode: "depth20";
  readonly key: InstrumentKey;
  /** ms since the Unix epoch. */
  readonly exchangeTime: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export function readDepth20(view: DataView, key: InstrumentKey, units: number): Depth20 | PacketRefusal {
  const exchangeTime = int64(view, AT.exchangeTime);
  if (!isTime(exchangeTime)) {
    return new PacketRefusal("bad_time", AT.exchangeTime, `exchange time ${exchangeTime}`, key);
  }
  const side = (start: number): Level[] => {
    const found: Level[] = [];
    const end = start + DEPTH20_LEVELS * DEPTH20_LEVEL_BYTES;
    for (let at = start; at < end; at += DEPTH20_LEVEL_BYTES) {
      const quantity = view.getInt32(at, true);
      const raw = view.getInt32(at + 4, true);
      if (raw > 0 && quantity > 0) {
        found.push({ price: raw / units, quantity, orders: Math.max(0, view.getInt16(at + 8, true)) });
      }
    }
    return found;
  };
  return { mode: "depth20", key, exchangeTime, bids: side(AT.bids), asks: side(AT.asks) };
}
