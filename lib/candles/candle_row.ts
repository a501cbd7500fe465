import { NumberRows } from "../util/number_rows.ts";

/** What is asked for each tick, in a row of numbers; NaN for what is not known. */
export const AT = {
  /** The packet before: of which day it was, and what it said. */
  day: 0,
  price: 1,
  quantity: 2,
  total: 3,
  /** The latest trade, ms since the Unix epoch. */
  tradedAt: 4,
  /** The newest minute, and what has been traded in it since it was last written to the ring. */
  minute: 5,
  high: 6,
  low: 7,
  close: 8,
  volume: 9,
  interest: 10,
  /** 1 where the minute's volume is not known. */
  noVolume: 11,
  /** 1 where there is something to be written. */
  unwritten: 12,
} as const;

/** Two lines of a processor's cache. */
const ROW = 16;

/** Rows for the candles of many instruments. */
export function candleRows(): NumberRows {
  return new NumberRows(ROW);
}
