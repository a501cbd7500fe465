import { DAY_MS, istMidnight } from "../market/ist.ts";
import type { Exchange } from "../market/market.ts";

export const MINUTE_MS = 60_000;

const USUAL_CLOSE = 930;
const CLOSES: Readonly<Partial<Record<Exchange, number>>> = { mcx: 1_410, ncdex: 1_020, cds: 1_020 };

/** Minutes from midnight in India to the end of made-up trading. */
export function lastMinuteOf(exchange: Exchange): number {
  return CLOSES[exchange] ?? USUAL_CLOSE;
}

/** Every weekday is a trading day. @param midnight In India, ms since the Unix epoch. */
export function isTradingDay(midnight: number): boolean {
  // In London it is still the evening before.
  const weekday = new Date(midnight + DAY_MS / 2).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

/** When an exchange closed last before the day of a moment, ms since the Unix epoch: that price is the previous close. */
export function lastCloseBefore(exchange: Exchange, at: number): number {
  let midnight = istMidnight(at) - DAY_MS;
  while (!isTradingDay(midnight)) midnight -= DAY_MS;
  return midnight + lastMinuteOf(exchange) * MINUTE_MS;
}
