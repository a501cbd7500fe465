import type { Demand } from "../market/demand.ts";
import type { HoursOf, InstrumentHours } from "../market/instrument_hours.ts";
import type { InstrumentKey, Mode, Tick } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import { ExchangeClock } from "./exchange_clock.ts";
import { type Freshness, freshnessOf, isOldTick } from "./freshness.ts";
import { type Doubt, doubtOf, isSeenIn, type PriceDoubt, rejectionOf } from "./guard.ts";
import { Hub, type Subscriber } from "./hub.ts";
import { type LastTick, LastTicks } from "./last_ticks.ts";
import { MarketTick } from "./market_tick.ts";
import { RejectedTicks } from "./rejected_ticks.ts";
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

/** A price that is doubted for its jump is held back for so long, where no other packet comes. */
const HOLD_MS = 1_000;

/** What is to be known of an instrument beside its ticks: something became doubtful, or nothing is any more. */
export type PriceHandler = (key: InstrumentKey, doubt: PriceDoubt | undefined) => void;

/** The market data as it stands: last values, what they are worth, and who wants the next ones. */
export class MarketData {
  readonly stats = new TickStats();
  readonly rejected = new RejectedTicks();
  readonly #hub = new Hub();
  readonly #last = new LastTicks();
  readonly #hours = new Map<InstrumentKey, InstrumentHours>();
  #priceChanged: PriceHandler = () => {};
  #exchangeClock: ExchangeClock | undefined;

  constructor(private readonly options: MarketDataOptions) {}

  /** Made with the first tick: what the login tells of the clocks is known by then. */
  get #clock(): ExchangeClock {
    return this.#exchangeClock ??= new ExchangeClock(this.options.leadMs?.());
  }

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
   * Takes a tick: keeps it and hands it on. One that cannot be true changes no price and reaches no one; what is doubtful
   * about a part of it is marked, and does not silence the rest.
   *
   * @param cameAt Elapsed ms of its coming; now by default.
   * @returns Why it cannot be true, or what of it is doubtful; undefined for a good one.
   */
  accept(
    tick: Tick,
    packet: Uint8Array<ArrayBuffer>,
    cameAt: number = this.options.clock.elapsed(),
  ): string | undefined {
    const { key } = tick;
    const ahead = tick.exchangeTime > 0 && this.#clock.isAhead(tick.exchangeTime, tick.receivedAt);
    const entry = this.#last.entry(key);
    const hours = this.#hoursOf(tick, ahead, entry.tick);
    const previous = entry.believed ?? entry.tick?.tick;
    const context = { previous, unconfirmed: entry.unconfirmed, ahead, hours };
    const rejection = this.options.recorded ? undefined : rejectionOf(tick, context);
    // What was overtaken says nothing about what has overtaken it.
    if (rejection === "out_of_order") {
      this.rejected.note(rejection, packet);
      return rejection;
    }
    // Whatever has come says more about a jump before it than time does.
    entry.disarm?.();
    entry.disarm = undefined;
    if (rejection === "price_jump") this.#hold(tick, packet, entry, cameAt);
    else entry.unconfirmed = undefined;
    if (rejection !== undefined) {
      this.reject(rejection, packet, key);
      return rejection;
    }
    entry.believed = undefined;
    const doubt = doubtOf(tick, { hours });
    if (doubt !== undefined) this.rejected.note(doubt.reason, packet);
    this.#show(tick, packet, entry, { hours, doubt, cameAt });
    return doubt?.reason;
  }

  /** Keeps a price back for a moment; where nothing comes meanwhile, it is shown with its doubt. */
  #hold(tick: Tick, packet: Uint8Array<ArrayBuffer>, entry: LastTick, cameAt: number): void {
    entry.unconfirmed = tick.lastPrice;
    entry.disarm = this.options.clock.after(HOLD_MS, () => {
      entry.disarm = undefined;
      if (this.#last.get(tick.key) !== entry) return;
      entry.believed ??= entry.tick?.tick;
      this.#show(tick, packet, entry, {
        hours: this.hours(tick.key),
        doubt: { reason: "price_jump", part: "tick", mode: "ltp" },
        cameAt,
      });
    });
  }

  #show(
    tick: Tick,
    packet: Uint8Array<ArrayBuffer>,
    entry: LastTick,
    { hours, doubt, cameAt: elapsed }: {
      readonly hours: InstrumentHours;
      readonly doubt: Doubt | undefined;
      readonly cameAt: number;
    },
  ): void {
    const { key } = tick;
    const old = isOldTick(tick, this.#clock.leadMs) ||
      (hours.phase === "unknown" && this.#isAnswer(tick, entry.tick));
    const shown = new MarketTick(tick, packet, { elapsed, closed: hours.closed, old, doubt });
    entry.tick = shown;
    if (!old) entry.currentAt = elapsed;
    this.stats.note(tick, hours.continuous);
    this.#doubt(key, entry, doubt);
    this.#hub.publish(key, shown);
  }

  /** Counts a packet that gives no tick. With a key, that instrument's last price becomes doubtful. */
  reject(reason: string, packet: Uint8Array, key?: InstrumentKey): void {
    this.rejected.note(reason, packet);
    if (key !== undefined) this.#doubt(key, this.#last.entry(key), { reason, mode: "ltp" });
  }

  #doubt(key: InstrumentKey, entry: LastTick, doubt: PriceDoubt | undefined): void {
    const before = entry.doubt;
    entry.doubt = doubt;
    if (before?.reason !== doubt?.reason) this.#priceChanged(key, doubt);
  }

  /** The last accepted tick. */
  last(key: InstrumentKey): MarketTick | undefined {
    return this.#last.get(key)?.tick;
  }

  /** When the last accepted tick came, elapsed ms. */
  tickedAt(key: InstrumentKey): number | undefined {
    return this.last(key)?.marks.elapsed;
  }

  /** When the last tick came that was of the moment in which it came, elapsed ms. */
  currentAt(key: InstrumentKey): number | undefined {
    return this.#last.get(key)?.currentAt;
  }

  /** How old the last tick was when it came, ms; undefined where the exchange told no time. */
  lateByMs(key: InstrumentKey): number | undefined {
    const tick = this.last(key)?.tick;
    if (tick === undefined || tick.exchangeTime === 0) return undefined;
    return Math.max(0, tick.receivedAt + this.#clock.leadMs - tick.exchangeTime);
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
      now: clock.now(),
      elapsed: clock.elapsed(),
      closed: this.hours(key).closed,
      feedUpSince: upSince(key),
      lastTickAt: last?.marks.elapsed,
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
    this.#exchangeClock = undefined;
  }

  /** Forgets what is no longer subscribed upstream, and so no longer kept current. */
  keepOnly(subscribed: ReadonlyMap<InstrumentKey, Mode>): void {
    this.#last.keepOnly(subscribed);
    for (const key of this.#hours.keys()) if (!subscribed.has(key)) this.#hours.delete(key);
  }

  /** The calendar or the instrument list has changed, and with it perhaps the hours. */
  forgetHours(): void {
    this.#hours.clear();
  }

  /** The hours of a tick's instrument; the tick itself may tell that its market trades. */
  #hoursOf(tick: Tick, ahead: boolean, previous: MarketTick | undefined): InstrumentHours {
    const hours = this.hours(tick.key);
    if (
      hours.phase !== "unknown" || ahead || isOldTick(tick, this.#clock.leadMs) ||
      this.#isAnswer(tick, previous)
    ) {
      return hours;
    }
    this.options.seenTrading(tick.key);
    return this.hours(tick.key);
  }

  /**
   * Whether a tick may be the last value with which a subscription is answered: of a closed market that carries the time
   * of its sending, and so tells of no trade. It is the first of its connection, or of its mode.
   */
  #isAnswer({ key, mode }: Tick, previous: MarketTick | undefined): boolean {
    const upSince = this.options.upSince(key);
    if (previous === undefined || upSince === undefined) return true;
    return previous.marks.elapsed < upSince || previous.tick.mode !== mode;
  }

  /** What the market of an instrument does now; looked up once for each of its phases. */
  hours(key: InstrumentKey): InstrumentHours {
    const now = this.options.clock.now();
    const known = this.#hours.get(key);
    if (known !== undefined && known.from <= now && now < known.until) return known;
    const hours = this.options.hours(key, now);
    this.#hours.set(key, hours);
    return hours;
  }
}
