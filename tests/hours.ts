import builtIn from "../lib/market/calendar.json" with { type: "json" };
import { isClosedPhase, isTradingPhase, MarketCalendar, type Phase } from "../lib/market/calendar.ts";
import { checkCalendar } from "../lib/market/calendar_file.ts";
import type { InstrumentHours } from "../lib/market/instrument_hours.ts";

/** The hours of an instrument in which no auction can be under way unless its phase is one. */
export function hoursOfPhase(phase: Phase, from = 0, until = Infinity): InstrumentHours {
  return {
    phase,
    trading: isTradingPhase(phase),
    continuous: phase === "open",
    uncrossed: phase === "open",
    closed: isClosedPhase(phase),
    from,
    until,
  };
}

/** The calendar that the program brings with it. */
export function builtInCalendar(): MarketCalendar {
  return new MarketCalendar(checkCalendar(builtIn));
}
