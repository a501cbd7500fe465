import type { MarketCalendar, Phase } from "../market/calendar.ts";
import type { InstrumentHours } from "../market/instrument_hours.ts";
import { type Exchange, type InstrumentKey, keyOf, splitKey } from "../market/market.ts";
import { istMidnight } from "../market/ist.ts";
import { warnOfCoverage } from "../market/open_calendar.ts";
import type { Clock } from "../util/clock.ts";
import type { ExchangeChange, ExchangeStatus, MarketStatus } from "./market_status.ts";

type FeedStatus = Pick<ExchangeStatus, "closed" | "expected" | "down" | "stale" | "silentMs" | "lateMs">;

export interface ExchangeStatusOptions {
  readonly clock: Clock;
  readonly calendar: MarketCalendar;
  readonly upstream: {
    upSince(key: InstrumentKey): number | undefined;
    ticksOften(key: InstrumentKey): boolean;
  };
  /** The owner's tokens of each exchange. */
  readonly watchlist: ReadonlyMap<Exchange, readonly string[]>;
  readonly marketData: {
    readonly demand: { readonly wanted: ReadonlyMap<InstrumentKey, unknown> };
    hours(key: InstrumentKey): InstrumentHours;
    /** When the last accepted tick of an instrument came, elapsed ms. */
    tickedAt(key: InstrumentKey): number | undefined;
    /** The same of the last one that was of the moment in which it came. */
    currentAt(key: InstrumentKey): number | undefined;
    /** How old the last one was when it came, ms. */
    lateByMs(key: InstrumentKey): number | undefined;
  };
}

/** Silence of what ticks often, for longer than a silent socket takes to be replaced. */
export const SILENT_AFTER_MS = 120_000;

const LOOK_EVERY_MS = 1_000;

/** So old may be what a client is told of the markets when it comes; each look begins anew. */
const MARKETS_MS = 100;

/** Knows how every exchange stands, and tells once of each change. One walk over all wanted instruments a look. */
export class ExchangeMonitor {
  readonly #options: ExchangeStatusOptions;
  /** What was told of the exchanges that clients want. */
  readonly #told = new Map<Exchange, ExchangeStatus>();
  /** Since when each instrument has been subscribed upstream, elapsed ms. */
  readonly #subscribedSince = new Map<InstrumentKey, number>();
  #changed: (change: ExchangeChange) => void = () => {};
  #hoursChanged: (keys: ReadonlySet<InstrumentKey>) => void = () => {};
  #newDay: () => void = () => {};
  /** The phase in which each wanted instrument was at the last look. */
  #phases = new Map<InstrumentKey, Phase>();
  #disarm = () => {};
  /** What was answered last, and when, elapsed ms. */
  #markets: { readonly at: number; readonly list: readonly MarketStatus[] } | undefined;
  /** The midnight of the day that was looked at last. */
  #today: number | undefined;

  constructor(options: ExchangeStatusOptions) {
    this.#options = options;
  }

  /**
   * Sets who is told of changes.
   *
   * @param hoursChanged Told of the instruments whose own phase has changed, before the change of their exchange is.
   * @param newDay Told of each midnight in India.
   */
  attach(
    changed: (change: ExchangeChange) => void,
    hoursChanged: (keys: ReadonlySet<InstrumentKey>) => void = () => {},
    newDay: () => void = () => {},
  ): void {
    this.#changed = changed;
    this.#hoursChanged = hoursChanged;
    this.#newDay = newDay;
  }

  start(): void {
    this.look();
    this.#lookAtCalendar();
    this.#disarm = this.#options.clock.after(LOOK_EVERY_MS, () => this.start());
  }

  stop(): void {
    this.#disarm();
  }

  /** At each midnight, warns of a calendar without the holidays it needs; the start has done so itself. */
  #lookAtCalendar(): void {
    const { calendar, clock } = this.#options;
    const now = clock.now();
    const today = istMidnight(now);
    const isNew = this.#today !== undefined && today > this.#today;
    this.#today = today;
    if (!isNew) return;
    warnOfCoverage(calendar, now);
    this.#newDay();
  }

  /** What is subscribed upstream now. */
  subscribed(keys: ReadonlyMap<InstrumentKey, unknown>): void {
    const now = this.#options.clock.elapsed();
    for (const key of this.#subscribedSince.keys()) if (!keys.has(key)) this.#subscribedSince.delete(key);
    for (const key of keys.keys()) if (!this.#subscribedSince.has(key)) this.#subscribedSince.set(key, now);
  }

  /** Looks now and tells what has changed; otherwise every second. */
  look(): void {
    const since = this.#options.clock.now();
    this.#markets = undefined;
    this.#lookAtHours();
    for (const status of this.status()) {
      const { exchange, phase, day, stale, wanted } = status;
      const before = this.#told.get(exchange);
      if (!wanted) {
        this.#told.delete(exchange);
        continue;
      }
      this.#told.set(exchange, status);
      if (before !== undefined && before.phase !== phase) {
        this.#changed({ kind: "phase", exchange, phase, ...day === undefined ? {} : { day } });
      }
      if (stale === (before?.stale ?? false)) continue;
      if (stale) this.#changed({ kind: "stale", exchange, since });
      else this.#changed({ kind: "fresh", exchange, since, trading: this.#isTraded(exchange) });
    }
  }

  #isTraded(exchange: Exchange): boolean {
    const { marketData } = this.#options;
    return marketData.demand.wanted.keys().some((key) =>
      splitKey(key).exchange === exchange && marketData.hours(key).trading
    );
  }

  #lookAtHours(): void {
    const { marketData } = this.#options;
    const phases = new Map<InstrumentKey, Phase>();
    const changed = new Set<InstrumentKey>();
    for (const key of marketData.demand.wanted.keys()) {
      const { phase } = marketData.hours(key);
      phases.set(key, phase);
      if ((this.#phases.get(key) ?? phase) !== phase) changed.add(key);
    }
    this.#phases = phases;
    if (changed.size > 0) this.#hoursChanged(changed);
  }

  /** How the exchanges of the watch list and of the demand stand now. */
  status(): ExchangeStatus[] {
    const now = this.#options.clock.now();
    return Array.from(this.#groups(), ([exchange, keys]) => ({
      ...this.#phaseOf(exchange, now),
      wanted: keys.length > 0,
      ...this.#feedOf(this.#served(exchange, keys), now, keys.length > 0),
    }));
  }

  /** The same in short, of a moment ago: each client that comes asks for it, and a hundred may come at once. */
  markets(): readonly MarketStatus[] {
    const elapsed = this.#options.clock.elapsed();
    if (this.#markets === undefined || elapsed - this.#markets.at >= MARKETS_MS) {
      this.#markets = { at: elapsed, list: this.#marketsNow() };
    }
    return this.#markets.list;
  }

  #marketsNow(): MarketStatus[] {
    const { clock, marketData, upstream } = this.#options;
    const now = clock.now();
    return Array.from(this.#groups(), ([exchange, keys]) => ({
      ...this.#phaseOf(exchange, now),
      stale: this.#served(exchange, keys).some((key) =>
        upstream.upSince(key) === undefined && marketData.hours(key).trading
      ),
    }));
  }

  #phaseOf(exchange: Exchange, now: number): Pick<MarketStatus, "exchange" | "phase" | "day"> {
    const { phase, day } = this.#options.calendar.state(exchange, now);
    return { exchange, phase, ...day === undefined ? {} : { day } };
  }

  /** What is wanted, by exchange; those of the watch list come first. */
  #groups(): Map<Exchange, InstrumentKey[]> {
    const { watchlist, marketData } = this.#options;
    const groups = new Map<Exchange, InstrumentKey[]>();
    for (const exchange of watchlist.keys()) groups.set(exchange, []);
    for (const key of marketData.demand.wanted.keys()) {
      const { exchange } = splitKey(key);
      const group = groups.get(exchange);
      if (group === undefined) groups.set(exchange, [key]);
      else group.push(key);
    }
    return groups;
  }

  /** Where nobody wants anything yet, what matters is whether the watch list could be served. */
  #served(exchange: Exchange, keys: readonly InstrumentKey[]): readonly InstrumentKey[] {
    return keys.length > 0 ? keys : [keyOf(exchange, this.#options.watchlist.get(exchange)?.[0] ?? "0")];
  }

  /** How the feed of instruments stands, in one walk: clients that come and ask make it, whatever else goes on. */
  #feedOf(keys: readonly InstrumentKey[], now: number, wanted: boolean): FeedStatus {
    const { clock, upstream, marketData } = this.#options;
    const elapsed = clock.elapsed();
    const sums = { closed: true, expected: false, down: false, stale: false };
    // Since when a price should have come of one, and when the last one of its moment came.
    let expectedSince = Infinity;
    let lastTickAt = -Infinity;
    // Of the least late of those that tick.
    let lateMs = Infinity;
    for (const key of keys) {
      const { closed, continuous, from, phase, trading } = marketData.hours(key);
      const upSince = upstream.upSince(key);
      sums.closed &&= closed;
      sums.expected ||= !closed && phase !== "unknown";
      sums.down ||= upSince === undefined;
      sums.stale ||= upSince === undefined && trading;
      if (!wanted) continue;
      if (continuous && now - from >= SILENT_AFTER_MS && upstream.ticksOften(key)) {
        expectedSince = Math.min(expectedSince, this.#subscribedSince.get(key) ?? elapsed);
      }
      lastTickAt = Math.max(lastTickAt, marketData.currentAt(key) ?? -Infinity, upSince ?? -Infinity);
      if (elapsed - (marketData.tickedAt(key) ?? -Infinity) <= SILENT_AFTER_MS) {
        lateMs = Math.min(lateMs, marketData.lateByMs(key) ?? Infinity);
      }
    }
    return {
      ...sums,
      silentMs: Math.max(0, elapsed - Math.max(lastTickAt, expectedSince)),
      ...lateMs === Infinity ? {} : { lateMs },
    };
  }
}
