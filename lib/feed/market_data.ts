import type { Demand } from "../market/demand.ts";
import type { InstrumentKey, Mode, Tick } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import { type Freshness, freshnessOf } from "./freshness.ts";
import { suspicionOf } from "./guard.ts";
import { Hub, type Subscriber } from "./hub.ts";
import { LastTicks } from "./last_ticks.ts";
import { MarketTick } from "./market_tick.ts";
import { RejectedTicks } from "./rejected_ticks.ts";
import { TickStats } from "./tick_stats.ts";

/** What the market of an instrument does, and from when until when that holds. Times in ms since the Unix epoch. */
export interface Hours {
  /** Continuous trading or the closing auction: prices are expected to be of now. */
  readonly trading: boolean;
  /** No auction: no bid stands above an ask. */
  readonly continuous: boolean;
  /** Nothing at all happens. */
  readonly closed: boolean;
  readonly from: number;
  readonly until: number;
}

export interface MarketDataOptions {
  readonly clock: Clock;
  readonly hours: (key: InstrumentKey, at: number) => Hours;
  /** Since when the feed of an instrument has been up; undefined while it is down or silent. */
  readonly upSince: (key: InstrumentKey) => number | undefined;
}

/** What is to be known of an instrument beside its ticks: its price became doubtful, or is good again (no reason). */
export type PriceHandler = (key: InstrumentKey, reason: string | undefined) => void;

/** The market data as it stands: last values, what they are worth, and who wants the next ones. */
export class MarketData {
  readonly stats = new TickStats();
  readonly rejected = new RejectedTicks();
  readonly #hub = new Hub();
  readonly #last = new LastTicks();
  readonly #hours = new Map<InstrumentKey, Hours>();
  #priceChanged: PriceHandler = () => {};

  constructor(private readonly options: MarketDataOptions) {}

  /** Sets who is told of doubtful prices; each change is told once. */
  attach(priceChanged: PriceHandler): void {
    this.#priceChanged = priceChanged;
  }

  /** What all subscribers together want. */
  get demand(): Demand {
    return this.#hub.demand;
  }

  subscribe(subscriber: Subscriber, key: InstrumentKey, mode: Mode): void {
    this.#hub.subscribe(subscriber, key, mode);
  }

  unsubscribe(subscriber: Subscriber, key: InstrumentKey): void {
    this.#hub.unsubscribe(subscriber, key);
  }

  /**
   * Takes a tick: keeps it and hands it on, unless it cannot be true. Such a tick changes no price and reaches no one.
   *
   * @returns Why it cannot be true, where it cannot.
   */
  accept(tick: Tick, packet: Uint8Array<ArrayBuffer>): string | undefined {
    const { key } = tick;
    const hours = this.hours(key);
    const entry = this.#last.entry(key);
    const reason = suspicionOf(tick, { ...previousOf(entry.tick), continuous: hours.continuous });
    if (reason !== undefined) {
      this.reject(reason, packet, key);
      return reason;
    }
    const rejectedBefore = entry.rejection !== undefined;
    delete entry.rejection;
    const accepted = new MarketTick(tick, packet, hours.closed);
    entry.tick = accepted;
    this.stats.note(tick, hours.continuous);
    if (rejectedBefore) this.#priceChanged(key, undefined);
    this.#hub.publish(key, accepted);
    return undefined;
  }

  /** Counts a packet that gives no tick. With a key, that instrument's last price becomes doubtful. */
  reject(reason: string, packet: Uint8Array, key?: InstrumentKey): void {
    this.rejected.note(reason, packet);
    if (key === undefined) return;
    const entry = this.#last.entry(key);
    if (entry.rejection === reason) return;
    entry.rejection = reason;
    this.#priceChanged(key, reason);
  }

  /** The last accepted tick. */
  last(key: InstrumentKey): MarketTick | undefined {
    return this.#last.get(key)?.tick;
  }

  /** When the last accepted tick came, ms since the Unix epoch. */
  tickedAt(key: InstrumentKey): number | undefined {
    return this.last(key)?.tick.receivedAt;
  }

  /** What the last value is worth now. */
  freshness(key: InstrumentKey): Freshness {
    const entry = this.#last.get(key);
    return freshnessOf({
      now: this.options.clock.now(),
      closed: this.hours(key).closed,
      feedUpSince: this.options.upSince(key),
      lastTickAt: entry?.tick?.tick.receivedAt,
      suspect: entry?.rejection !== undefined,
      pricedAt: entry?.tick === undefined ? undefined : pricedAt(entry.tick.tick),
    });
  }

  /** Forgets what is no longer subscribed upstream, and so no longer kept current. */
  keepOnly(subscribed: ReadonlyMap<InstrumentKey, Mode>): void {
    this.#last.keepOnly(subscribed);
    for (const key of this.#hours.keys()) if (!subscribed.has(key)) this.#hours.delete(key);
  }

  /** What the market of an instrument does now; looked up once for each of its phases. */
  hours(key: InstrumentKey): Hours {
    const now = this.options.clock.now();
    const known = this.#hours.get(key);
    if (known !== undefined && known.from <= now && now < known.until) return known;
    const hours = this.options.hours(key, now);
    this.#hours.set(key, hours);
    return hours;
  }
}

function previousOf(last: MarketTick | undefined): { previous?: Tick } {
  return last === undefined ? {} : { previous: last.tick };
}

/** The last trade's time where the packet tells it, else the packet's. */
function pricedAt(tick: Tick): number {
  return tick.mode === "snapquote" ? tick.lastTradeTime ?? tick.exchangeTime : tick.exchangeTime;
}
