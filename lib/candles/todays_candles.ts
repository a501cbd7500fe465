import type { InstrumentKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import { type BrokerCandles, NoCandles, todayOf } from "./broker_candles.ts";
import type { SourcedBar } from "./candle.ts";

/** The broker has a minute whole so long after its end. */
const SETTLED_AFTER_MS = 5_000;

/** After a refusal the broker is not asked about the same instrument for so long. */
const NOT_AGAIN_FOR_MS = 30_000;

/** Instruments whose minutes of today are kept; those that were asked for last. */
const MAX_KEPT = 300;

const MINUTE = 60_000;

/** The broker's minutes of today, as they were when it was asked. */
export interface Today {
  readonly bars: readonly SourcedBar[];
  /** Up to here they are whole, ms since the Unix epoch. */
  readonly until: number;
}

interface Kept extends Today {
  readonly day: string;
  /** Why there is nothing newer, and until when it is not tried again, elapsed ms. */
  readonly refusal?: { readonly message: string; readonly until: number };
}

/** What the broker has of today: asked for once, and again only where what came since was not seen otherwise. */
export class TodaysCandles {
  readonly #kept = new Map<InstrumentKey, Kept>();
  readonly #asking = new Map<InstrumentKey, Promise<void>>();

  constructor(private readonly broker: BrokerCandles, private readonly clock: Clock) {}

  /** What was asked for; undefined for nothing yet. */
  known(key: InstrumentKey): Today | undefined {
    const kept = this.#kept.get(key);
    return kept?.day === todayOf(this.clock).day ? kept : undefined;
  }

  /**
   * Has the minutes up to a moment, as far as they are whole.
   *
   * @returns Why there are none, in words for people; undefined when all is well.
   */
  async fetch(key: InstrumentKey, until: number): Promise<string | undefined> {
    if ((this.known(key)?.until ?? -Infinity) >= Math.min(until, this.#settled())) return undefined;
    const kept = this.#kept.get(key);
    if (kept?.refusal !== undefined && this.clock.elapsed() < kept.refusal.until) return kept.refusal.message;
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#ask(key).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    await asking;
    return this.#kept.get(key)?.refusal?.message;
  }

  /** Numbers that mean something else from now on. */
  forget(keys: Iterable<InstrumentKey>): void {
    for (const key of keys) this.#kept.delete(key);
  }

  async #ask(key: InstrumentKey): Promise<void> {
    const { day } = todayOf(this.clock);
    const until = this.#settled();
    try {
      this.#keep(key, { day, until, bars: await this.broker.minutesOf(day, key) });
    } catch (error) {
      if (!(error instanceof NoCandles)) throw error;
      const refusal = { message: error.message, until: this.clock.elapsed() + NOT_AGAIN_FOR_MS };
      this.#keep(key, { day, until: -Infinity, bars: [], ...this.known(key), refusal });
    }
  }

  #keep(key: InstrumentKey, kept: Kept): void {
    // Put to the end, so that the first one is the one that was asked for longest ago.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
  }

  #settled(): number {
    return Math.floor((this.clock.now() - SETTLED_AFTER_MS) / MINUTE) * MINUTE;
  }
}
