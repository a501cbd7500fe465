import { type Demand, DemandSet } from "../market/demand.ts";
import { type InstrumentKey, type Mode, MODES } from "../market/market.ts";
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

/** One for each subscriber and mode, for all of its instruments: a hundred of them stay in the processor's caches. */
const SUBSCRIPTIONS = new WeakMap<Subscriber, Partial<Record<Mode, Subscription>>>();

function subscriptionOf(subscriber: Subscriber, mode: Mode): Subscription {
  let byMode = SUBSCRIPTIONS.get(subscriber);
  if (byMode === undefined) SUBSCRIPTIONS.set(subscriber, byMode = {});
  return byMode[mode] ??= { subscriber, mode };
}

/**
 * Who wants what. The union of all subscriptions is the demand on the upstream: each instrument once, in the highest
 * mode that anyone asks for, from its first subscriber's coming to its last one's going.
 */
export class Subscribers {
  readonly #byKey = new Map<InstrumentKey, InstrumentSubscribers>();
  readonly #demand = new DemandSet();

  get demand(): Demand {
    return this.#demand;
  }

  /** Adds a subscription, or changes its mode. */
  subscribe(subscriber: Subscriber, key: InstrumentKey, mode: Mode): void {
    let subscribers = this.#byKey.get(key);
    if (subscribers === undefined) this.#byKey.set(key, subscribers = new InstrumentSubscribers());
    subscribers.set(subscriber, mode);
    this.#demand.set(key, subscribers.highestMode());
  }

  /** Takes a subscription back; one that was never there changes nothing. */
  unsubscribe(subscriber: Subscriber, key: InstrumentKey): void {
    const subscribers = this.#byKey.get(key);
    if (!subscribers?.delete(subscriber)) return;
    const mode = subscribers.highestMode();
    if (mode === undefined) this.#byKey.delete(key);
    this.#demand.set(key, mode);
  }

  /** Hands a tick to everyone who wants its instrument now, whoever comes or goes meanwhile. */
  publish(key: InstrumentKey, tick: MarketTick): void {
    const subscribers = this.#byKey.get(key);
    if (subscribers === undefined) return;
    for (const { subscriber, mode } of subscribers.list) subscriber.offer(tick, mode);
  }
}

/** Those who want one instrument. A change costs the same, however many they are. */
class InstrumentSubscribers {
  readonly #modes = new Map<Subscriber, Mode>();
  /** How many want each mode. */
  readonly #counts: Record<Mode, number> = { ltp: 0, quote: 0, snapquote: 0 };
  #list: readonly Subscription[] | undefined;

  /** Never changed: who is being told goes on with the one that was. */
  get list(): readonly Subscription[] {
    return this.#list ??= Array.from(this.#modes, ([subscriber, mode]) => subscriptionOf(subscriber, mode));
  }

  set(subscriber: Subscriber, mode: Mode): void {
    const before = this.#modes.get(subscriber);
    if (before === mode) return;
    if (before !== undefined) this.#counts[before]--;
    this.#counts[mode]++;
    this.#modes.set(subscriber, mode);
    this.#list = undefined;
  }

  /** @returns Whether it was there. */
  delete(subscriber: Subscriber): boolean {
    const mode = this.#modes.get(subscriber);
    if (mode === undefined) return false;
    this.#counts[mode]--;
    this.#modes.delete(subscriber);
    this.#list = undefined;
    return true;
  }

  highestMode(): Mode | undefined {
    return MODES.findLast((mode) => this.#counts[mode] > 0);
  }
}
