import type { InstrumentHours } from "../market/instrument_hours.ts";
import type { InstrumentKey, Tick } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import type { CurrentHours } from "./current_hours.ts";
import { ExchangeClock } from "./exchange_clock.ts";
import { isOldTick } from "./freshness.ts";
import { type Doubt, doubtOf, type PriceDoubt, type Rejection, rejectionOf } from "./guard.ts";
import type { Subscribers } from "./subscribers.ts";
import type { LastTick, LastTicks } from "./last_ticks.ts";
import { MarketTick } from "./market_tick.ts";
import type { RejectedTicks } from "./rejected_ticks.ts";
import type { TickStats } from "./tick_stats.ts";

export interface TickIntakeOptions {
  readonly clock: Clock;
  readonly hours: CurrentHours;
  readonly last: LastTicks;
  readonly subscribers: Subscribers;
  readonly stats: TickStats;
  readonly rejected: RejectedTicks;
  /** Told of a tick of this very moment while it is not known whether its market trades. */
  readonly seenTrading: (key: InstrumentKey) => void;
  /** Since when the feed of an instrument has been up, elapsed ms; undefined while it is down or silent. */
  readonly upSince: (key: InstrumentKey) => number | undefined;
  /** How far the exchange's clock is known to be ahead of this machine's before there is any tick, ms. */
  readonly leadMs?: () => number | undefined;
  /** What comes was judged when it came first: what was believed then is believed again. */
  readonly recorded?: boolean;
}

/** A price that is doubted for its jump is held back for so long, where no other packet comes. */
const HOLD_MS = 1_000;

/** What is to be known of an instrument beside its ticks: something became doubtful, or nothing is any more. */
export type PriceHandler = (key: InstrumentKey, doubt: PriceDoubt | undefined) => void;

/** What is done with each tick that comes: it is judged, kept and published. */
export class TickIntake {
  #priceChanged: PriceHandler = () => {};
  #exchangeClock: ExchangeClock | undefined;

  constructor(private readonly options: TickIntakeOptions) {}

  /** Made with the first tick: what the login tells of the clocks is known by then. */
  get #clock(): ExchangeClock {
    return this.#exchangeClock ??= new ExchangeClock(this.options.leadMs?.());
  }

  /** How far the exchange's clock is ahead of this machine's, ms. */
  get leadMs(): number {
    return this.#exchangeClock?.leadMs ?? this.options.leadMs?.() ?? 0;
  }

  /** It is another time now: what was learnt of the clocks is of no use. */
  forgetClock(): void {
    this.#exchangeClock = undefined;
  }

  /** Sets who is told of doubtful prices; each change is told once. */
  attach(priceChanged: PriceHandler): void {
    this.#priceChanged = priceChanged;
  }

  /**
   * Takes a tick: keeps it and hands it on. One that cannot be true changes no price and reaches no one; what is doubtful
   * about a part of it is marked, and does not silence the rest.
   *
   * @param cameAt Elapsed ms of its coming.
   * @param isAnswer It is known to be a last value, and to tell of no trade of now.
   * @returns The tick as it is shown, with what of it is doubtful; or why it cannot be true.
   */
  accept(
    tick: Tick,
    packet: Uint8Array<ArrayBuffer>,
    cameAt: number,
    isAnswer: boolean,
  ): MarketTick | Rejection {
    const { key } = tick;
    const ahead = tick.exchangeTime > 0 && this.#clock.isAhead(tick.exchangeTime, tick.receivedAt, cameAt);
    const entry = this.options.last.entry(key);
    const hours = this.#hoursOf(tick, entry, ahead, isAnswer);
    const previous = entry.believed ?? entry.tick?.tick;
    const context = { previous, unconfirmed: entry.unconfirmed, ahead, hours };
    const rejection = this.options.recorded ? undefined : rejectionOf(tick, context);
    // What was overtaken says nothing about what has overtaken it.
    if (rejection === "out_of_order") {
      this.options.rejected.note(rejection, packet);
      return rejection;
    }
    // Whatever has come says more about a jump before it than time does.
    entry.disarm?.();
    entry.disarm = undefined;
    if (rejection === "price_jump") this.#hold(tick, packet, entry, { cameAt, isAnswer });
    else entry.unconfirmed = undefined;
    if (rejection !== undefined) {
      this.reject(rejection, packet, key);
      return rejection;
    }
    entry.believed = undefined;
    const doubt = doubtOf(tick, { hours });
    if (doubt !== undefined) this.options.rejected.note(doubt.reason, packet);
    return this.#show(tick, packet, entry, { hours, doubt, cameAt, isAnswer });
  }

  /** Keeps a price back for a moment; where nothing comes meanwhile, it is shown with its doubt. */
  #hold(
    tick: Tick,
    packet: Uint8Array<ArrayBuffer>,
    entry: LastTick,
    came: { readonly cameAt: number; readonly isAnswer: boolean },
  ): void {
    entry.unconfirmed = tick.lastPrice;
    entry.disarm = this.options.clock.after(HOLD_MS, () => {
      entry.disarm = undefined;
      if (this.options.last.get(tick.key) !== entry) return;
      entry.believed ??= entry.tick?.tick;
      this.#show(tick, packet, entry, {
        hours: this.options.hours.of(tick.key, entry),
        doubt: { reason: "price_jump", part: "tick", mode: "ltp" },
        ...came,
      });
    });
  }

  #show(
    tick: Tick,
    packet: Uint8Array<ArrayBuffer>,
    entry: LastTick,
    { hours, doubt, cameAt: elapsed, isAnswer }: {
      readonly hours: InstrumentHours;
      readonly doubt: Doubt | undefined;
      readonly cameAt: number;
      readonly isAnswer: boolean;
    },
  ): MarketTick {
    const { key } = tick;
    const old = isOldTick(tick, this.#clock.leadMs) ||
      (hours.phase === "unknown" && (isAnswer || this.#isAnswer(tick, entry.tick)));
    const shown = new MarketTick(tick, packet, { elapsed, closed: hours.closed, old, doubt });
    entry.tick = shown;
    if (!old) entry.currentAt = elapsed;
    this.options.stats.note(tick, hours.continuous);
    this.#doubt(key, entry, doubt);
    this.options.subscribers.publish(key, shown);
    return shown;
  }

  /** The hours of a tick's instrument; the tick itself may tell that its market trades. */
  #hoursOf(tick: Tick, entry: LastTick, ahead: boolean, isAnswer: boolean): InstrumentHours {
    const hours = this.options.hours.of(tick.key, entry);
    if (
      hours.phase !== "unknown" || ahead || isAnswer || isOldTick(tick, this.#clock.leadMs) ||
      this.#isAnswer(tick, entry.tick)
    ) {
      return hours;
    }
    this.options.seenTrading(tick.key);
    return this.options.hours.of(tick.key, entry);
  }

  /**
   * Whether a tick may be the last value with which a subscription is answered: of a closed market that carries the time
   * of its sending, and so tells of no trade. It is the first of its connection, or of its mode.
   */
  #isAnswer({ key, mode }: Tick, previous: MarketTick | undefined): boolean {
    const upSince = this.options.upSince(key);
    if (previous === undefined || upSince === undefined) return true;
    return previous.elapsed < upSince || previous.tick.mode !== mode;
  }

  /** Counts a packet that gives no tick. With a key, that instrument's last price becomes doubtful. */
  reject(reason: string, packet: Uint8Array, key?: InstrumentKey): void {
    this.options.rejected.note(reason, packet);
    if (key !== undefined) this.#doubt(key, this.options.last.entry(key), { reason, mode: "ltp" });
  }

  #doubt(key: InstrumentKey, entry: LastTick, doubt: PriceDoubt | undefined): void {
    const before = entry.doubt;
    entry.doubt = doubt;
    if (before?.reason !== doubt?.reason) this.#priceChanged(key, doubt);
  }
}
