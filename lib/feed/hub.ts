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
  readonly mode: Mode;
}

/**
 * Who wants what. The union of all subscriptions is the demand on the upstream: each instrument once, in the highest
 * mode that anyone asks for, from its first subscriber's coming to its last one's going.
 */
export class Hub {
  readonly #subscriptions = new Map<InstrumentKey, Subscription[]>();
  readonly #demand = new DemandSet();
  #publishing: readonly Subscription[] | undefined;

  get demand(): Demand {
    return this.#demand;
  }

  /** Adds a subscription, or changes its mode. */
  subscribe(subscriber: Subscriber, key: InstrumentKey, mode: Mode): void {
    const list = this.#editable(key);
    const known = list.find((each) => each.subscriber === subscriber);
    if (known === undefined) list.push({ subscriber, mode });
    else list[list.indexOf(known)] = { subscriber, mode };
    this.#demand.set(key, highestMode(list));
  }

  /** Takes a subscription back; one that was never there changes nothing. */
  unsubscribe(subscriber: Subscriber, key: InstrumentKey): void {
    if (!this.#subscriptions.has(key)) return;
    const list = this.#editable(key);
    const index = list.findIndex((each) => each.subscriber === subscriber);
    if (index < 0) return;
    list.splice(index, 1);
    if (list.length === 0) this.#subscriptions.delete(key);
    this.#demand.set(key, highestMode(list));
  }

  /** Hands a tick to everyone who wants its instrument now, whoever comes or goes meanwhile. */
  publish(key: InstrumentKey, tick: MarketTick): void {
    const list = this.#subscriptions.get(key);
    if (list === undefined) return;
    const outer = this.#publishing;
    this.#publishing = list;
    try {
      for (const { subscriber, mode } of list) subscriber.offer(tick, mode);
    } finally {
      this.#publishing = outer;
    }
  }

  /** The list of an instrument to change in place; a copy while that list is being published to. */
  #editable(key: InstrumentKey): Subscription[] {
    const list = this.#subscriptions.get(key);
    if (list !== undefined && list !== this.#publishing) return list;
    const copy = list === undefined ? [] : [...list];
    this.#subscriptions.set(key, copy);
    return copy;
  }
}

function highestMode(list: readonly Subscription[]): Mode | undefined {
  let highest: Mode | undefined;
  for (const { mode } of list) highest = highest === undefined ? mode : higherMode(highest, mode);
  return highest;
}
