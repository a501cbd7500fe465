import type { Demand } from "../market/demand.ts";
import type { HoursOf, InstrumentHours } from "../market/instrument_hours.ts";
import type { InstrumentKey, Mode, Tick } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import { CurrentHours } from "./current_hours.ts";
import { type Freshness, freshnessOf } from "./freshness.ts";
import { isSeenIn, type Rejection } from "./guard.ts";
import { type Subscriber, Subscribers } from "./subscribers.ts";
import { LastTicks } from "./last_ticks.ts";
import type { MarketTick } from "./market_tick.ts";
import { RejectedTicks } from "./rejected_ticks.ts";
import { type PriceHandler, TickIntake } from "./tick_intake.ts";
import { TickStats } from "./tick_stats.ts";

/** Why nothing comes of an instrument, in the source's words. */
export interface SourceRefusal {
  readonly code: string;
  readonly message: string;
  /** When it is asked again. */
  readonly retryAt: number;
}

export interface MarketDataOptions {
  readonly clock: Clock;
  readonly hours: HoursOf;
  /** Told of a tick of this very moment while it is not known whether its market trades. */
  readonly seenTrading: (key: InstrumentKey) => void;
  /** What the source has answered instead of serving an instrument. Times in ms since the Unix epoch. */
  readonly refusalOf?: (key: InstrumentKey) => SourceRefusal | undefined;
  /** How often the source was asked for an instrument without any answer. */
  readonly unanswered?: (key: InstrumentKey) => number;
  /** How far the exchange's clock is known to be ahead of this machine's before there is any tick, ms. */
  readonly leadMs?: () => number | undefined;
  /** Since when the feed of an instrument has been up, elapsed ms; undefined while it is down or silent. */
  readonly upSince: (key: InstrumentKey) => number | undefined;
  /** What comes was judged when it came first: what was believed then is believed again. */
  readonly recorded?: boolean;
}

/** The market data as it stands: last values, what they are worth, and who wants the next ones. */
export class MarketData {
  readonly stats = new TickStats();
  readonly rejected = new RejectedTicks();
  readonly #subscribers = new Subscribers();
  readonly #last = new LastTicks();
  readonly #hours: CurrentHours;
  readonly #intake: TickIntake;

  constructor(private readonly options: MarketDataOptions) {
    this.#hours = new CurrentHours(options.clock, options.hours);
    this.#intake = new TickIntake({
      ...options,
      hours: this.#hours,
      last: this.#last,
      subscribers: this.#subscribers,
      stats: this.stats,
      rejected: this.rejected,
    });
  }

  /** Sets who is told of doubtful prices; each change is told once. */
  attach(priceChanged: PriceHandler): void {
    this.#intake.attach(priceChanged);
  }

  /** What all subscribers together want. */
  get demand(): Demand {
    return this.#subscribers.demand;
  }

  subscribe(subscriber: Subscriber, key: InstrumentKey, mode: Mode): void {
    this.#subscribers.subscribe(subscriber, key, mode);
  }

  unsubscribe(subscriber: Subscriber, key: InstrumentKey): void {
    this.#subscribers.unsubscribe(subscriber, key);
  }

  /**
   * Takes a tick: keeps it and hands it on. One that cannot be true changes no price and reaches no one; what is doubtful
   * about a part of it is marked, and does not silence the rest.
   *
   * @param cameAt Elapsed ms of its coming; now by default.
   * @param isAnswer It is known to be a last value, and to tell of no trade of now.
   * @returns The tick as it is shown, with what of it is doubtful; or why it cannot be true.
   */
  accept(
    tick: Tick,
    packet: Uint8Array<ArrayBuffer>,
    cameAt: number = this.options.clock.elapsed(),
    isAnswer = false,
  ): MarketTick | Rejection {
    return this.#intake.accept(tick, packet, cameAt, isAnswer);
  }

  /** Counts a packet that gives no tick. With a key, that instrument's last price becomes doubtful. */
  reject(reason: string, packet: Uint8Array, key?: InstrumentKey): void {
    this.#intake.reject(reason, packet, key);
  }

  /** The last accepted tick. */
  last(key: InstrumentKey): MarketTick | undefined {
    return this.#last.get(key)?.tick;
  }

  /** When the last accepted tick came, elapsed ms. */
  tickedAt(key: InstrumentKey): number | undefined {
    return this.last(key)?.elapsed;
  }

  /** When the last tick came that was of the moment in which it came, elapsed ms. */
  currentAt(key: InstrumentKey): number | undefined {
    return this.#last.get(key)?.currentAt;
  }

  /** How old the last tick was when it came, ms; undefined where the exchange told no time. */
  lateByMs(key: InstrumentKey): number | undefined {
    const tick = this.last(key)?.tick;
    if (tick === undefined || tick.exchangeTime === 0) return undefined;
    return Math.max(0, tick.receivedAt + this.#intake.leadMs - tick.exchangeTime);
  }

  /** The market's time, ms since the Unix epoch: of a replayed market that of the replayed moment. */
  now(): number {
    return this.options.clock.now();
  }

  /** How long ago that was, ms. */
  ageMs(key: InstrumentKey): number | undefined {
    const tickedAt = this.tickedAt(key);
    return tickedAt === undefined ? undefined : Math.round(this.options.clock.elapsed() - tickedAt);
  }

  /** What the last value is worth now, as a mode shows it. */
  freshness(key: InstrumentKey, view: Mode): Freshness {
    const { clock, upSince } = this.options;
    const entry = this.#last.get(key);
    const last = entry?.tick;
    return freshnessOf({
      now: clock.now() + this.#intake.leadMs,
      elapsed: clock.elapsed(),
      closed: this.#hours.now(key).closed,
      feedUpSince: upSince(key),
      lastTickAt: last?.elapsed,
      suspect: isSeenIn(view, entry?.doubt),
      old: last?.isOld(view) ?? false,
      exchangeTime: last?.tick.exchangeTime || undefined,
    });
  }

  /** What the source has answered instead of serving an instrument. */
  refusalOf(key: InstrumentKey): SourceRefusal | undefined {
    return this.options.refusalOf?.(key);
  }

  /** How often the source was asked for an instrument without any answer. */
  unanswered(key: InstrumentKey): number {
    return this.options.unanswered?.(key) ?? 0;
  }

  /** Forgets last values, of numbers that mean something else from now on. */
  forget(keys: Iterable<InstrumentKey>): void {
    for (const key of keys) this.#last.delete(key);
  }

  /** Forgets all last values: it is another time now. */
  forgetAll(): void {
    this.#last.keepOnly(new Map());
    this.#hours.clear();
    this.#intake.forgetClock();
  }

  /** Forgets what is no longer subscribed upstream, and so no longer kept current. */
  keepOnly(subscribed: ReadonlyMap<InstrumentKey, Mode>): void {
    this.#last.keepOnly(subscribed);
    this.#hours.keepOnly(subscribed);
  }

  /** The calendar or the instrument list has changed, and with it perhaps the hours. */
  forgetHours(): void {
    this.#hours.clear();
    this.#last.forgetHours();
  }

  /** What the market of an instrument does now. */
  hours(key: InstrumentKey): InstrumentHours {
    return this.#hours.now(key);
  }
}
