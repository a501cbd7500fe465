import type { Exchange } from "./market.ts";
import { DAY_MS, istMidnight } from "./ist.ts";

/** A year has 365 days, weekends and holidays counted (ACT/365). */
export const DAYS_OF_YEAR = 365;

/**
 * When on their last day options end, as hours and minutes in India. Those on shares and indices settle at the close of
 * the shares; those on currencies at noon, when the reference rate is fixed.
 */
const ENDS_AT: Readonly<Partial<Record<Exchange, readonly [hour: number, minute: number]>>> = {
  nfo: [15, 30],
  bfo: [15, 30],
  cds: [12, 30],
  ncdex: [17, 0],
  mcx: [23, 30],
};

/** When the options of an expiry end, ms since the Unix epoch. @param expiry Such as `2026-12-29`. */
export function endOf(exchange: Exchange, expiry: string): number {
  const [hour, minute] = ENDS_AT[exchange] ?? [15, 30];
  return istMidnight(Date.parse(`${expiry}T12:00:00+05:30`)) + (hour * 60 + minute) * 60_000;
}

/** The years from a moment to the end of an expiry; negative after it. @param at ms since the Unix epoch. */
export function yearsTo(exchange: Exchange, expiry: string, at: number): number {
  return yearsUntil(endOf(exchange, expiry), at);
}

/** The same where the end is known. @param end, at ms since the Unix epoch. */
export function yearsUntil(end: number, at: number): number {
  return (end - at) / (DAYS_OF_YEAR * DAY_MS);
}
