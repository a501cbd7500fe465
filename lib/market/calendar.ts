import { type Day, type Traded, tradingDayOf } from "./calendar_days.ts";
import type { CalendarData, SESSION_PHASES } from "./calendar_file.ts";
import { DAY_MS, istDate, istMidnight } from "./ist.ts";
import { type Exchange, EXCHANGES } from "./market.ts";

export type { Traded };

export type Phase = typeof SESSION_PHASES[number] | "closed" | "holiday";

/** What an exchange, or an instrument, does at a moment. Times in ms since the Unix epoch. */
export interface MarketState {
  readonly phase: Phase;
  readonly from: number;
  /** The moment to look again. */
  readonly until: number;
  /** The name of the day, where it is a special one. */
  readonly day?: string;
}

/** Some weeks of days of all exchanges and kinds; nobody asks about more. */
const MAX_DAYS = 3_000;

/** Whether prices are expected to be of now: in continuous trading, in call auctions and in the closing auction. */
export function isTradingPhase(phase: Phase): boolean {
  return phase === "open" || phase === "call_auction" || phase === "closing_auction";
}

/** Whether nothing at all happens: not even the sessions before the opening and after the close. */
export function isClosedPhase(phase: Phase): boolean {
  return phase === "closed" || phase === "holiday";
}

/** When each exchange trades, and each kind of instrument; always in Indian time, whatever the host's zone. */
export class MarketCalendar {
  #data: CalendarData;
  /** All names that any row has: every other name is as good as none. */
  #names = new Set<string>();
  readonly #days = new Map<string, Day>();
  /** What each exchange as a whole was last asked for: every second, about the same phase. */
  readonly #states = new Map<Exchange, MarketState>();
  /** Exchanges that were seen to trade on a day whose holidays are not known. */
  readonly #seenTrading = new Set<string>();
  readonly #listeners = new Set<() => void>();

  /** @param file Where the data was read from, to name it; undefined for what is built in. */
  constructor(data: CalendarData, private readonly file?: string) {
    this.#data = data;
    this.replace(data);
  }

  /** Takes up another calendar. */
  replace(data: CalendarData): void {
    this.#data = data;
    const special = Object.values(data.years).flat().flatMap((entry) => entry.special ?? []);
    this.#names = new Set(
      [...data.sessions, ...special].flatMap(({ names = [], except = [] }) => [...names, ...except]),
    );
    this.#changed();
  }

  /** Calls `changed` after each change of what was answered before, synchronously. The answer ends that. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** Whether an exchange's holidays of a moment's year are known. */
  covers(exchange: Exchange, at: number): boolean {
    return this.#covers(exchange, istDate(at).slice(0, 4));
  }

  /** What is to be said of holidays that are not known, or soon will not be; undefined while all is known. */
  coverageWarning(at: number): string | undefined {
    const date = istDate(at);
    const year = Number(date.slice(0, 4));
    const isYearsEnd = date.slice(5) >= "12-15";
    for (const each of isYearsEnd ? [year, year + 1] : [year]) {
      const lacking = EXCHANGES.filter((exchange) => !this.#covers(exchange, String(each)));
      if (lacking.length === 0) continue;
      const whose = lacking.length === EXCHANGES.length ? "" : ` for ${lacking.join(", ")}`;
      return `the market calendar knows no holidays of ${each}${whose}: ${
        this.file === undefined ? "name a newer calendar file in MARKET_CALENDAR" : `replace ${this.file}`
      }`;
    }
  }

  #covers(exchange: Exchange, year: string): boolean {
    const { covers = {}, without_holidays, years } = this.#data;
    if (without_holidays) return true;
    return years[year] !== undefined && (covers[year]?.includes(exchange) ?? true);
  }

  /** @param traded The instrument; without one, the exchange as a whole. */
  state(exchange: Exchange, at: number, traded?: Traded): MarketState {
    if (traded !== undefined) return this.#look(exchange, at, traded);
    const known = this.#states.get(exchange);
    if (known !== undefined && known.from <= at && at < known.until) return known;
    const state = this.#look(exchange, at, undefined);
    this.#states.set(exchange, state);
    return state;
  }

  #look(exchange: Exchange, at: number, traded: Traded | undefined): MarketState {
    const midnight = istMidnight(at);
    const { spans, name, holiday } = this.#day(exchange, midnight, traded);
    const named = name === undefined ? {} : { day: name };
    const current = spans.find(({ from, to }) => from <= at && at < to);
    if (current !== undefined) {
      return { phase: current.phase, from: current.from, until: current.to, ...named };
    }
    return {
      phase: holiday ? "holiday" : "closed",
      from: spans.findLast(({ to }) => to <= at)?.to ?? midnight,
      until: spans.find(({ from }) => at < from)?.from ?? midnight + DAY_MS,
      ...named,
    };
  }

  /** Whether trading is continuous: what is liquid must tick, and no bid stands above an ask. */
  isContinuous(exchange: Exchange, at: number): boolean {
    return this.state(exchange, at).phase === "open";
  }

  /** Whether trading is continuous or in the closing auction: prices are expected to be of now. */
  isTrading(exchange: Exchange, at: number): boolean {
    return isTradingPhase(this.state(exchange, at).phase);
  }

  /** Whether nothing at all happens: not even the sessions before the opening and after the close. */
  isClosed(exchange: Exchange, at: number): boolean {
    return isClosedPhase(this.state(exchange, at).phase);
  }

  /** Notes that an exchange trades. On a day whose holidays are not known, that makes it a usual one. */
  noteTrading(exchange: Exchange, at: number): void {
    if (this.covers(exchange, at)) return;
    const id = `${exchange} ${istMidnight(at)}`;
    if (this.#seenTrading.has(id)) return;
    this.#seenTrading.add(id);
    this.#changed();
  }

  #changed(): void {
    this.#days.clear();
    this.#states.clear();
    for (const changed of this.#listeners) changed();
  }

  #day(exchange: Exchange, midnight: number, traded: Traded | undefined): Day {
    const name = traded?.name?.toUpperCase();
    // A name that is not known may be any; one that no row has is one that is left out of all.
    const known = name === undefined || this.#names.has(name) ? name : "";
    const id = `${exchange} ${midnight} ${traded === undefined ? "" : `${traded.kind} ${known}`}`;
    const before = this.#days.get(id);
    if (before !== undefined) return before;
    if (this.#days.size > MAX_DAYS) this.#days.clear();
    const covered = this.covers(exchange, midnight) || this.#seenTrading.has(`${exchange} ${midnight}`);
    const day = tradingDayOf(
      this.#data,
      exchange,
      traded === undefined ? undefined : { kind: traded.kind, name: known },
      midnight,
      covered,
    );
    this.#days.set(id, day);
    return day;
  }
}
