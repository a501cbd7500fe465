import { type Demand, DemandSet } from "../market/demand.ts";
import { higherMode, type InstrumentKey, type Mode } from "../market/market.ts";
import type { MarketTick } from "./market_tick.ts";

/** Someone who wants ticks of instruments; given each tick once. */
export interface Subscriber {
  /** @param mode What was asked for; a richer tick is to be cut down to it. */
  offer(tick: MarketTick, mode: Mode): void;
}

interface Subscription {
  readonly subscriber: Subscriber;
  mode: Mode;
}

/**
 * Who wants what. The union of all subscriptions is the demand on the upstream: each instrument once, in the highest
 * mode that anyone asks for, from its first subscriber's coming to its last one's going.
 */
export class Hub {
  readonly #subscriptions = new Map<InstrumentKey, Subscription[]>();
  readonly #demand = new DemandSet();

  get demand(): Demand {
    return this.#demand;
  }

  /** Adds a subscription, or changes its mode. */
  subscribe(subscriber: Subscriber, key: InstrumentKey, mode: Mode): void {
    const list = this.#subscriptions.get(key);
    if (list === undefined) {
      this.#subscriptions.set(key, [{ subscriber, mode }]);
      return this.#demand.set(key, mode);
    }
    const known = list.find((each) => each.subscriber === subscriber);
    if (known === undefined) list.push({ subscriber, mode });
    else known.mode = mode;
    this.#demand.set(key, highestMode(list));
  }

  /** Takes a subscription back; one that was never there changes nothing. */
  unsubscribe(subscriber: Subscriber, key: InstrumentKey): void {
    const list = this.#subscriptions.get(key);
    const index = list?.findIndex((each) => each.subscriber === subscriber) ?? -1;
    if (list === undefined || index < 0) return;
    list.splice(index, 1);
    if (list.length === 0) this.#subscriptions.delete(key);
    this.#demand.set(key, highestMode(list));
  }

  /** Hands a tick to everyone who wants its instrument. */
  publish(key: InstrumentKey, tick: MarketTick): void {
    const list = this.#subscriptions.get(key);
    if (list === undefined) return;
    for (let i = 0; i < list.length; i++) {
      const { subscriber, mode } = list[i]!;
      subscriber.offer(tick, mode);
    }
  }
}

function highestMode(list: readonly Subscription[]): Mode | undefined {
  let highest: Mode | undefined;
  for (const { mode } of list) highest = highest === undefined ? mode : higherMode(highest, mode);
  return highest;
}
