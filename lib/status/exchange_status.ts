import type { MarketCalendar, Phase } from "../market/calendar.ts";
import type { InstrumentHours } from "../market/instrument_hours.ts";
import { type Exchange, type InstrumentKey, keyOf, splitKey } from "../market/market.ts";
import { istMidnight } from "../market/ist.ts";
import { warnOfCoverage } from "../market/open_calendar.ts";
import type { Clock } from "../util/clock.ts";

/** How one exchange stands whose instruments clients want, or that is in the watch list. */
export interface ExchangeStatus {
  readonly exchange: Exchange;
  /** Clients want instruments of it; otherwise it is only in the watch list. */
  readonly wanted: boolean;
  /** What the exchange as a whole does: `open`, `pre_open`, `closing_auction`, `transition`, `post_close`, `closed`,
   * `holiday`, or `unknown`; single instruments may have hours of their own. */
  readonly phase: string;
  /** The name of the day, where it is a special one. */
  readonly day?: string;
  /** Nothing at all happens there, so nothing should flow. */
  readonly closed: boolean;
  /** Something should flow of its instruments now, or it is at least possible that it does. */
  readonly expected: boolean;
  /** A socket that carries its instruments, or would, is not connected, or is silent where it should tick. */
  readonly down: boolean;
  /** Instruments trade whose feed is down: their last prices are old. */
  readonly stale: boolean;
  /** For how long no accepted price of its moment has come in continuous trading, ms; 0 where nothing of it ticks often. */
  readonly silentMs: number;
  /** How old the prices are that come all the same, ms; undefined where none come. */
  readonly lateMs?: number;
}

/** What changed at an exchange. Times in ms since the Unix epoch. */
export type ExchangeChange =
  | { readonly kind: "phase"; readonly exchange: Exchange; readonly phase: string; readonly day?: string }
  | { readonly kind: "stale"; readonly exchange: Exchange; readonly since: number }
  /** The feed is up again; or nothing of it that is wanted trades any more. */
  | {
    readonly kind: "fresh";
    readonly exchange: Exchange;
    readonly since: number;
    readonly trading: boolean;
  };

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
    const { calendar, clock, watchlist, marketData, upstream } = this.#options;
    const now = clock.now();
    const groups = new Map<Exchange, InstrumentKey[]>();
    for (const exchange of watchlist.keys()) groups.set(exchange, []);
    for (const key of marketData.demand.wanted.keys()) {
      const { exchange } = splitKey(key);
      const group = groups.get(exchange);
      if (group === undefined) groups.set(exchange, [key]);
      else group.push(key);
    }
    return Array.from(groups, ([exchange, keys]) => {
      // Where nobody wants anything yet, what matters is whether the watch list could be served.
      const served = keys.length > 0 ? keys : [keyOf(exchange, watchlist.get(exchange)?.[0] ?? "0")];
      const { phase, day } = calendar.state(exchange, now);
      let closed = true;
      let expected = false;
      let down = false;
      let stale = false;
      for (const key of served) {
        const hours = marketData.hours(key);
        const isDown = upstream.upSince(key) === undefined;
        closed &&= hours.closed;
        expected ||= !hours.closed && hours.phase !== "unknown";
        down ||= isDown;
        stale ||= isDown && hours.trading;
      }
      return {
        exchange,
        wanted: keys.length > 0,
        phase,
        ...day === undefined ? {} : { day },
        closed,
        expected,
        down,
        stale,
        silentMs: this.#silentMs(keys),
        ...this.#lateness(keys),
      };
    });
  }

  /** How long no accepted price of an exchange has come; 0 in auctions, and where nothing of it ticks often. */
  #silentMs(keys: readonly InstrumentKey[]): number {
    const { clock, upstream, marketData } = this.#options;
    const now = clock.elapsed();
    let expectedSince = Infinity;
    let lastTickAt = -Infinity;
    for (const key of keys) {
      const { continuous, from } = marketData.hours(key);
      if (continuous && clock.now() - from >= SILENT_AFTER_MS && upstream.ticksOften(key)) {
        expectedSince = Math.min(expectedSince, this.#subscribedSince.get(key) ?? now);
      }
      lastTickAt = Math.max(
        lastTickAt,
        marketData.currentAt(key) ?? -Infinity,
        upstream.upSince(key) ?? -Infinity,
      );
    }
    return Math.max(0, now - Math.max(lastTickAt, expectedSince));
  }
  /** Of the least late of those that tick. */
  #lateness(keys: readonly InstrumentKey[]): Pick<ExchangeStatus, "lateMs"> {
    const { clock, marketData } = this.#options;
    let lateMs = Infinity;
    for (const key of keys) {
      if (clock.elapsed() - (marketData.tickedAt(key) ?? -Infinity) > SILENT_AFTER_MS) continue;
      lateMs = Math.min(lateMs, marketData.lateByMs(key) ?? Infinity);
    }
    return lateMs === Infinity ? {} : { lateMs };
  }
}
