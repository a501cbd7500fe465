import { isClosedPhase, isTradingPhase, type Phase } from "../lib/market/calendar.ts";
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
