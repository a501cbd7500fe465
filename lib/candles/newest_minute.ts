import type { Tick } from "../market/market.ts";
import type { NumberRows } from "../util/number_rows.ts";
import type { CandleRing } from "./candle_ring.ts";
import { AT } from "./candle_row.ts";
import { lengthOf } from "./interval.ts";

const MINUTE = lengthOf("1m");

/**
 * The newest minute of one instrument. Almost every trade is the latest one of it: such trades are noted in a row of
 * numbers, and written to the ring when someone reads it or another trade comes.
 */
export class NewestMinute {
  /** @param row Where the instrument's row begins. */
  constructor(
    private readonly ring: CandleRing,
    private readonly rows: NumberRows,
    private readonly row: number,
  ) {
    this.#forget();
  }

  /**
   * @param units What was traded; NaN where it is not known.
   * @returns Whether the trade is the latest one of the newest minute, and was noted.
   */
  note(tick: Tick, time: number, units: number): boolean {
    const { row, rows: { values } } = this;
    const minute = values[row + AT.minute]!;
    if (!(time >= minute && time < minute + MINUTE && time >= values[row + AT.tradedAt]!)) return false;
    if (Number.isNaN(units)) {
      if (values[row + AT.noVolume] === 0) return false;
    } else values[row + AT.volume]! += units;
    const price = tick.lastPrice!;
    if (price > values[row + AT.high]!) values[row + AT.high] = price;
    if (price < values[row + AT.low]!) values[row + AT.low] = price;
    values[row + AT.close] = price;
    if (tick.mode === "snapquote" && tick.openInterest !== undefined) {
      values[row + AT.interest] = tick.openInterest;
    }
    values[row + AT.unwritten] = 1;
    return true;
  }

  /** The ring with all that was noted. */
  written(): CandleRing {
    const { ring, row, rows: { values } } = this;
    if (values[row + AT.unwritten] !== 1) return ring;
    const place = ring.find(values[row + AT.minute]!)!;
    ring.trade(place, values[row + AT.high]!, false);
    ring.trade(place, values[row + AT.low]!, false);
    ring.trade(place, values[row + AT.close]!, true);
    const interest = values[row + AT.interest]!;
    if (!Number.isNaN(interest)) ring.setInterest(place, interest);
    const volume = values[row + AT.volume]!;
    if (volume > 0) ring.addVolume(place, volume);
    this.look();
    return ring;
  }

  /** From here on trades of the ring's newest minute are noted. */
  look(): void {
    const { ring, row, rows: { values } } = this;
    this.#forget();
    const newest = ring.newestTime;
    if (newest === undefined) return;
    values[row + AT.minute] = newest;
    values[row + AT.noVolume] = ring.newestLacksVolume ? 1 : 0;
  }

  clear(): void {
    this.#forget();
    this.ring.clear();
  }

  #forget(): void {
    const { row, rows: { values } } = this;
    values[row + AT.minute] = NaN;
    values[row + AT.high] = -Infinity;
    values[row + AT.low] = Infinity;
    values[row + AT.volume] = 0;
    values[row + AT.interest] = NaN;
    values[row + AT.unwritten] = 0;
  }
}
