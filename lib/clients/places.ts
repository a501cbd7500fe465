import { covers, type Entitlement } from "../access/entitlement.ts";
import { type InstrumentKey, type Mode, splitKey } from "../market/market.ts";
import type { RefusalCode } from "./instrument_selection.ts";

/** What there is room for, and for whom. */
export interface PlacesOptions {
  readonly entitlement: Entitlement;
  /** What the client has. */
  readonly subscriptions: ReadonlyMap<InstrumentKey, unknown>;
  /** What all clients have. */
  readonly wanted: ReadonlyMap<InstrumentKey, Mode>;
  /** Instruments that the upstream can carry, for all clients together. */
  readonly capacity: number;
  /** The owner's instruments. Places are reserved for them, whoever subscribes to others. */
  readonly watchlist: ReadonlySet<InstrumentKey>;
  /** Instruments that a client may have; undefined for its share. */
  readonly limit: number | undefined;
  /** Instruments that are to be taken, at most. */
  readonly asked: number;
}

export interface PlaceRefusal {
  readonly code: RefusalCode;
  readonly message: string;
}

/** The part of the capacity that one client may have beside the watch list, where no limit is set. */
const ONE_CLIENTS_SHARE = 0.9;

/** Of the capacity, what one client may have beside the watch list where no limit is set. */
export function shareOf(capacity: number): number {
  return Math.ceil(capacity * ONE_CLIENTS_SHARE);
}

/** The places that one command may take, one instrument after the other. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #taken = new Set<InstrumentKey>();
  readonly #most: number;
  readonly #share: number;
  /** Of the client: in all, and beside the watch list. */
  #own: number;
  #others = 0;
  /** Of the upstream: in all, and those of them that wait for the watch list. */
  #free: number;
  #reserved: number;

  constructor(options: PlacesOptions) {
    this.#options = options;
    const { entitlement, subscriptions, wanted, capacity, watchlist, limit, asked } = options;
    this.#most = Math.min(limit ?? Infinity, entitlement.maxInstruments ?? Infinity);
    this.#share = limit === undefined ? shareOf(capacity) : Infinity;
    this.#own = subscriptions.size;
    this.#free = capacity - wanted.size;
    // One instrument is not to cost a walk through all: only where places may run short are they counted.
    if (this.#own + asked > this.#share) {
      for (const key of subscriptions.keys()) if (!watchlist.has(key)) this.#others++;
    }
    this.#reserved = this.#free - asked < watchlist.size ? reservedPlaces(watchlist, wanted) : 0;
  }

  /** Takes a place for an instrument. @returns Why there is none, or undefined. */
  take(key: InstrumentKey): PlaceRefusal | undefined {
    const { entitlement, subscriptions, watchlist, wanted } = this.#options;
    if (!covers(entitlement, splitKey(key).exchange)) {
      const exchanges = [...entitlement.exchanges!].join(", ");
      return {
        code: "not_allowed",
        message: `the access token of ${entitlement.name} is for ${exchanges} alone`,
      };
    }
    if (this.#taken.has(key) || subscriptions.has(key)) return undefined;
    const isOwners = watchlist.has(key);
    const refusal = this.#beyondOwn(isOwners) ?? (wanted.has(key) ? undefined : this.#beyondAll(isOwners));
    if (refusal !== undefined) return refusal;
    this.#taken.add(key);
    this.#own++;
    if (!isOwners) this.#others++;
    if (wanted.has(key)) return undefined;
    this.#free--;
    if (isOwners) this.#reserved--;
    return undefined;
  }

  /** What the client may have. */
  #beyondOwn(isOwners: boolean): PlaceRefusal | undefined {
    const { capacity } = this.#options;
    const code = "too_many_instruments";
    if (this.#own >= this.#most) {
      const message = `a client may have ${this.#most} instruments: unsubscribe others first, ` +
        "or raise MAX_SUBSCRIPTIONS";
      return { code, message };
    }
    if (isOwners || this.#others < this.#share) return undefined;
    const message = `a client may have ${this.#share} instruments beside the watch list, ` +
      `of ${capacity} that the broker carries: unsubscribe others first, or set MAX_SUBSCRIPTIONS`;
    return { code, message };
  }

  /** What the upstream carries. */
  #beyondAll(isOwners: boolean): PlaceRefusal | undefined {
    if (this.#free > (isOwners ? 0 : this.#reserved)) return undefined;
    const kept = this.#free > 0 ? ` or reserved for the watch list (${this.#free})` : "";
    const message = `the broker carries ${this.#options.capacity} instruments, and all are in use${kept}: ` +
      "unsubscribe others, or raise SMARTAPI_MAX_SOCKETS";
    return { code: "budget_exhausted", message };
  }
}

/** Places for instruments of the watch list that nobody has subscribed. */
export function reservedPlaces(
  watchlist: ReadonlySet<InstrumentKey>,
  wanted: ReadonlyMap<InstrumentKey, Mode>,
): number {
  let reserved = 0;
  for (const key of watchlist) if (!wanted.has(key)) reserved++;
  return reserved;
}
