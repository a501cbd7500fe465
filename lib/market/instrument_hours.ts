import type { MarketCalendar } from "./calendar.ts";
import { splitKey } from "./market.ts";
import type { InstrumentKey } from "./market.ts";

/** What the market of one instrument does. Times in ms since the Unix epoch. */
export interface InstrumentHours {
  readonly trading: boolean;
  readonly continuous: boolean;
  readonly closed: boolean;
  readonly from: number;
  readonly until: number;
}

/**
 * The hours of an instrument, which may be fewer than its exchange's: of the derivatives only futures have a pre-open
 * (NSE/FAOP/71092). What is not known to be a future is given none, so that no old price passes as one of the auction.
 *
 * @param future Whether the instrument is known to be a future.
 * @param at ms since the Unix epoch.
 */
export function instrumentHours(
  calendar: MarketCalendar,
  key: InstrumentKey,
  future: boolean,
  at: number,
): InstrumentHours {
  const { exchange } = splitKey(key);
  const { phase, until } = calendar.state(exchange, at);
  const noPreOpen = (exchange === "nfo" || exchange === "bfo") && !future;
  return {
    trading: calendar.isTrading(exchange, at),
    continuous: calendar.isContinuous(exchange, at),
    closed: calendar.isClosed(exchange, at) || (noPreOpen && phase === "pre_open"),
    from: at,
    until,
  };
}
