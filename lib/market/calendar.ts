import { istDate, istMidnight } from "./ist.ts";
import type { Exchange } from "./market.ts";
import type { CalendarData, SESSION_PHASES } from "./calendar_file.ts";

export type Phase = typeof SESSION_PHASES[number] | "closed" | "holiday";

/** What an exchange does at a moment. */
export interface MarketState {
  readonly phase: Phase;
  /** When the phase ends, ms since the Unix epoch: the moment to look again. */
  readonly until: number;
  /** The name of the day, where it is a special one. */
  readonly day?: string;
}

interface Span {
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
}

interface Day {
  readonly spans: readonly Span[];
  readonly name?: string;
  readonly holiday: boolean;
}

const MINUTE_MS = 60_000;

const DAY_MS = 86_400_000;

const EVENING_FROM = "17:00";

/** When each exchange trades; always in Indian time, whatever the host's zone. */
export class MarketCalendar {
  readonly #days = new Map<string, Day>();

  constructor(private readonly data: CalendarData) {}

  /** Whether the holidays of a moment's year are known. */
  covers(at: number): boolean {
    return this.data.years[istDate(at).slice(0, 4)] !== undefined;
  }

  /** What is to be said of holidays that are not known, or soon will not be; undefined while all is known. */
  coverageWarning(at: number): string | undefined {
    // A simulated market never closes, and has no holidays to know.
    if (Object.keys(this.data.years).length === 0) return undefined;
    const replace = "give a newer calendar file in MARKET_CALENDAR";
    const date = istDate(at);
    const year = Number(date.slice(0, 4));
    if (!this.covers(at)) return `the market calendar knows no holidays of ${year}: ${replace}`;
    const endsSoon = date.slice(5) >= "12-15" && this.data.years[year + 1] === undefined;
    return endsSoon ? `the market calendar knows no holidays of ${year + 1}: ${replace}` : undefined;
  }

  state(exchange: Exchange, at: number): MarketState {
    const midnight = istMidnight(at);
    const { spans, name, holiday } = this.#day(exchange, midnight);
    const named = name === undefined ? {} : { day: name };
    const current = spans.find(({ from, to }) => from <= at && at < to);
    if (current !== undefined) return { phase: current.phase, until: current.to, ...named };
    const next = spans.find(({ from }) => at < from);
    return {
      phase: holiday ? "holiday" : "closed",
      until: next?.from ?? midnight + DAY_MS,
      ...named,
    };
  }

  /** Whether trading is continuous: what is liquid must tick, and no bid stands above an ask. */
  isContinuous(exchange: Exchange, at: number): boolean {
    return this.state(exchange, at).phase === "open";
  }

  /** Whether trading is continuous or in the closing auction: prices are expected to be of now. */
  isTrading(exchange: Exchange, at: number): boolean {
    const { phase } = this.state(exchange, at);
    return phase === "open" || phase === "closing_auction";
  }

  /** Whether nothing at all happens: not even the sessions before the opening and after the close. */
  isClosed(exchange: Exchange, at: number): boolean {
    const { phase } = this.state(exchange, at);
    return phase === "closed" || phase === "holiday";
  }

  #day(exchange: Exchange, midnight: number): Day {
    const id = `${exchange} ${midnight}`;
    const known = this.#days.get(id);
    if (known !== undefined) return known;
    // A year of days of all exchanges; nobody asks about more.
    if (this.#days.size > 3_000) this.#days.clear();
    const day = this.#makeDay(exchange, midnight);
    this.#days.set(id, day);
    return day;
  }

  #makeDay(exchange: Exchange, midnight: number): Day {
    const date = istDate(midnight);
    const usual = this.#usual(exchange, date);
    const entry = this.data.years[date.slice(0, 4)]?.find((each) => each.date === date);
    const special = entry?.special?.find((each) => each.exchanges.includes(exchange));
    const name = entry === undefined ? {} : { name: entry.name };
    if (special !== undefined) return { spans: spansOf(special.phases, midnight), holiday: true, ...name };
    const closed = entry !== undefined && (entry.closed?.includes(exchange) ?? true);
    if (closed) {
      const evening = entry.evening?.includes(exchange) ? afterFive(usual?.phases ?? []) : [];
      return { spans: spansOf(evening, midnight), holiday: true, ...name };
    }
    const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
    const off = usual === undefined || (!usual.weekends && (weekday === 0 || weekday === 6));
    return { spans: off ? [] : spansOf(usual.phases, midnight), holiday: false, ...name };
  }

  #usual(exchange: Exchange, date: string): CalendarData["sessions"][number] | undefined {
    return this.data.sessions.findLast((each) =>
      each.exchanges.includes(exchange) && (each.from ?? date) <= date && date <= (each.until ?? date)
    );
  }
}

type Phases = CalendarData["sessions"][number]["phases"];

function afterFive(phases: Phases): Phases {
  return phases.filter(([, , to]) => to > EVENING_FROM)
    .map(([phase, from, to]) => [phase, from < EVENING_FROM ? EVENING_FROM : from, to]);
}

function spansOf(phases: Phases, midnight: number): Span[] {
  return phases.map(([phase, from, to]) => ({ phase, from: midnight + msOf(from), to: midnight + msOf(to) }));
}

function msOf(time: string): number {
  const [hours, minutes] = time.split(":").map(Number);
  return (hours! * 60 + minutes!) * MINUTE_MS;
}
