import type { Entitlement } from "../../access/entitlement.ts";
import type { Subscriber } from "../../feed/subscribers.ts";
import type { MarketData } from "../../feed/market_data.ts";
import type { MarketTick } from "../../feed/market_tick.ts";
import { higherMode, type InstrumentKey, type Mode, MODE_NUMBERS } from "../../market/market.ts";
import { type Clock, type Moment, momentOf } from "../../util/clock.ts";
import type { Row } from "../instrument_selection.ts";
import type { DatedSubscriptions } from "../subscription_state.ts";
import type { InstrumentBudget, SubscriptionHolder } from "../instrument_budget.ts";

export interface LeasesOptions {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, "subscribe" | "unsubscribe" | "last">;
  readonly budget: Pick<InstrumentBudget, "permitted">;
}

/** How long an instrument stays subscribed after it was last asked for: whoever asks every minute has it current. */
export const LEASE_MS = 75_000;

/** Subscriptions of those who ask and go. Each ends when nobody has asked for it again for a while. */
export class Leases {
  readonly #holders = new Map<string, LeaseHolder>();

  constructor(private readonly options: LeasesOptions) {}

  /** Who is counted as one client: all that asks with one token from one address. */
  of(peer: string, entitlement: Entitlement): LeaseHolder {
    const id = `${entitlement.name} ${peer}`;
    const known = this.#holders.get(id);
    if (known !== undefined) {
      known.entitlement = entitlement;
      return known;
    }
    const holder = new LeaseHolder(entitlement, this.options, () => this.#holders.delete(id));
    this.#holders.set(id, holder);
    return holder;
  }

  /** Ends all of them. */
  stop(): void {
    for (const holder of [...this.#holders.values()]) holder.stop();
  }
}

interface Lease {
  /** When it was taken in its present mode. */
  readonly at: Moment;
  /** Elapsed time of its end. */
  until: number;
}

/** One who asks and goes, and what is subscribed on its behalf. */
export class LeaseHolder implements Subscriber, SubscriptionHolder, DatedSubscriptions {
  readonly #modes = new Map<InstrumentKey, Mode>();
  readonly #leases = new Map<InstrumentKey, Lease>();
  readonly #waiting = new Set<(tick: MarketTick) => void>();
  #disarm: (() => void) | undefined;

  constructor(
    public entitlement: Entitlement,
    private readonly options: LeasesOptions,
    private readonly ended: () => void,
  ) {}

  get subscriptions(): ReadonlyMap<InstrumentKey, Mode> {
    return this.#modes;
  }

  subscribedAt(key: InstrumentKey): Moment | undefined {
    return this.#leases.get(key)?.at;
  }

  /**
   * Takes leases of what may be had and what there is room for, or makes them last longer; the higher mode counts.
   *
   * @returns The rows, those that were refused now with the reason.
   */
  take(rows: readonly Row[], mode: Mode): Row[] {
    const { budget, clock, marketData } = this.options;
    const results = budget.permitted(this, rows);
    const until = clock.elapsed() + LEASE_MS;
    for (const row of results) {
      if (row.status !== "accepted") continue;
      const { key } = row;
      const before = this.#modes.get(key);
      const wanted = before === undefined ? mode : higherMode(before, mode);
      if (wanted === before) this.#leases.get(key)!.until = until;
      else {
        this.#modes.set(key, wanted);
        this.#leases.set(key, { at: momentOf(clock), until });
        marketData.subscribe(this, key, wanted);
      }
    }
    if (this.#leases.size === 0) this.ended();
    else this.#disarm ??= clock.after(LEASE_MS, () => this.#expire());
    return results;
  }

  /**
   * Waits until each instrument has a value in a mode. For each the time counts from when its lease was taken, so that
   * one that never ticks holds up the first request and none after it.
   *
   * @param ms At most so long.
   */
  firstTicks(keys: readonly InstrumentKey[], mode: Mode, ms: number): Promise<void> {
    const { clock, marketData } = this.options;
    const now = clock.elapsed();
    const isEnough = (tick: MarketTick | undefined) =>
      tick !== undefined && MODE_NUMBERS[tick.tick.mode] >= MODE_NUMBERS[mode];
    const missing = new Set<InstrumentKey>();
    let until = now;
    for (const key of keys) {
      const end = this.#leases.get(key)!.at.elapsed + ms;
      if (end <= now || isEnough(marketData.last(key))) continue;
      missing.add(key);
      until = Math.max(until, end);
    }
    if (missing.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        disarm();
        this.#waiting.delete(look);
        resolve();
      };
      const look = (tick: MarketTick) => {
        if (isEnough(tick) && missing.delete(tick.tick.key) && missing.size === 0) end();
      };
      const disarm = clock.after(until - now, end);
      this.#waiting.add(look);
    });
  }

  offer(tick: MarketTick): void {
    for (const look of this.#waiting) look(tick);
  }

  stop(): void {
    for (const key of [...this.#leases.keys()]) this.#end(key);
    this.#disarm?.();
    this.#disarm = undefined;
    this.ended();
  }

  #expire(): void {
    const now = this.options.clock.elapsed();
    let next = Infinity;
    for (const [key, { until }] of [...this.#leases]) {
      if (until <= now) this.#end(key);
      else next = Math.min(next, until);
    }
    this.#disarm = undefined;
    if (next === Infinity) this.ended();
    else this.#disarm = this.options.clock.after(next - now, () => this.#expire());
  }

  #end(key: InstrumentKey): void {
    this.#leases.delete(key);
    this.#modes.delete(key);
    this.options.marketData.unsubscribe(this, key);
  }
}
