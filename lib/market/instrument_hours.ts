import { isClosedPhase, isTradingPhase, type MarketCalendar, type Phase, type Traded } from "./calendar.ts";
import type { InstrumentKind } from "./calendar_file.ts";
import { splitKey } from "./market.ts";
import type { InstrumentKey } from "./market.ts";

/** What the market of one instrument does, and from when until when that holds. Times in ms since the Unix epoch. */
export interface InstrumentHours {
  /** Undefined where it is not known. */
  readonly kind?: InstrumentKind | undefined;
  readonly phase: Phase;
  /** Continuous trading or the closing auction: prices are expected to be of now. */
  readonly trading: boolean;
  /** Continuous trading: what is liquid must tick. */
  readonly continuous: boolean;
  /** No auction can be under way: no bid stands above an ask. */
  readonly uncrossed: boolean;
  /** Nothing at all happens. */
  readonly closed: boolean;
  readonly from: number;
  readonly until: number;
}

/**
 * The hours of an instrument, which may differ from its exchange's. Where its kind is not known, and the possible
 * kinds differ, its phase is `unknown`: nothing is expected of it, and nothing is said to be closed.
 *
 * A stock without derivatives may be in a call auction inside ordinary hours, on its first day or since it is
 * illiquid; no instrument list says so (NSE market-timings page).
 *
 * @param at ms since the Unix epoch.
 */
export function instrumentHours(
  calendar: MarketCalendar,
  key: InstrumentKey,
  traded: Traded,
  at: number,
): InstrumentHours {
  const { exchange } = splitKey(key);
  const { phase, from, until } = calendar.state(exchange, at, traded);
  const isShareMarket = exchange === "nse" || exchange === "bse";
  const mayBeCalled = isShareMarket && (traded.kind === undefined || traded.kind === "stock");
  return {
    kind: traded.kind,
    phase,
    trading: isTradingPhase(phase),
    continuous: phase === "open",
    uncrossed: phase === "open" && !mayBeCalled,
    closed: isClosedPhase(phase),
    from,
    until,
  };
}

/** The hours of an instrument at a moment, ms since the Unix epoch. */
export type HoursOf = (key: InstrumentKey, at: number) => InstrumentHours;

/** Hours of one exchange and kind that are remembered to be shared: those of one day, and of a few contracts' ends. */
const MAX_SHARED = 32;

/**
 * The hours of all instruments: by the calendar, and by what the instrument list tells of each. Instruments with the same
 * hours share one object, which is in the processor's caches when the next of their ticks comes.
 */
export function hoursOf(
  calendar: MarketCalendar,
  instruments: { tradedAs(key: InstrumentKey, at: number): Traded },
): HoursOf {
  const shared = new Map<string, InstrumentHours[]>();
  return (key, at) => {
    const hours = instrumentHours(calendar, key, instruments.tradedAs(key, at), at);
    const group = `${splitKey(key).exchange} ${hours.kind}`;
    let list = shared.get(group);
    if (list === undefined) shared.set(group, list = []);
    const known = list.find((each) => isSame(each, hours));
    if (known !== undefined) return known;
    if (list.length >= MAX_SHARED) list.length = 0;
    list.push(hours);
    return hours;
  };
}

/** Of hours of one exchange and kind: all else follows from the phase. */
function isSame(a: InstrumentHours, b: InstrumentHours): boolean {
  return a.phase === b.phase && a.from === b.from && a.until === b.until;
}
