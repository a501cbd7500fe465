import type { Entitlement } from "../access/entitlement.ts";
import type { Limits } from "../config/limits.ts";
import type { MarketData } from "../feed/market_data.ts";
import type { Instruments } from "../instruments/instrument.ts";
import { type InstrumentKey, keyOf, type Mode, splitKey } from "../market/market.ts";
import type { Row, Watchlist } from "./instrument_selection.ts";
import { Places, reservedPlaces, shareOf } from "./places.ts";

export interface InstrumentBudgetOptions {
  readonly marketData: Pick<MarketData, "demand">;
  readonly instruments: Pick<Instruments, "symbolOf">;
  /** Instruments that the upstream can carry, for all clients together. */
  readonly capacity: number;
  /** The owner's instruments: places are reserved for them, whoever subscribes to others. */
  readonly watchlist: Watchlist;
  readonly limits: Limits;
}

/** Who has subscriptions, and what it may have. */
export interface SubscriptionHolder {
  readonly entitlement: Entitlement;
  readonly subscriptions: ReadonlyMap<InstrumentKey, Mode>;
}

/** Instruments in use of those that the upstream can carry. */
export interface Budget {
  readonly used: number;
  readonly capacity: number;
  /** Places for instruments of the watch list that are not in use. */
  readonly reserved: number;
  /** For all others. */
  readonly left: number;
}

/** The instruments that the upstream can carry: who may have which of them, and how many are left. */
export class InstrumentBudget {
  readonly #options: InstrumentBudgetOptions;
  /** The lists of the owner's watch list, and their instruments. */
  #watched: { readonly lists: readonly (readonly string[])[]; readonly keys: ReadonlySet<InstrumentKey> } = {
    lists: [],
    keys: new Set(),
  };

  constructor(options: InstrumentBudgetOptions) {
    this.#options = options;
  }

  current(): Budget {
    const { capacity, marketData } = this.#options;
    const { wanted } = marketData.demand;
    const used = wanted.size;
    const reserved = Math.min(reservedPlaces(this.#watchlist, wanted), Math.max(0, capacity - used));
    return { used, capacity, reserved, left: Math.max(0, capacity - used - reserved) };
  }

  /** Instruments that a client may have, those of the watch list among them, as long as there is room. */
  most({ maxInstruments = Infinity }: Entitlement): number {
    const { capacity, limits } = this.#options;
    return Math.min(
      limits.subscriptions ?? shareOf(capacity) + this.#watchlist.size,
      maxInstruments,
      capacity,
    );
  }

  /** The rows, those refused that their holder may not have, or that there is no room for. Nothing is changed. */
  permitted({ entitlement, subscriptions }: SubscriptionHolder, rows: readonly Row[]): Row[] {
    const { capacity, instruments, limits, marketData } = this.#options;
    const places = new Places({
      entitlement,
      subscriptions,
      wanted: marketData.demand.wanted,
      capacity,
      watchlist: this.#watchlist,
      limit: limits.subscriptions,
      asked: rows.length,
    });
    return rows.map((row): Row => {
      const refusal = row.status === "accepted" ? places.take(row.key) : undefined;
      if (row.status === "refused" || refusal === undefined) return row;
      const word = `${splitKey(row.key).exchange}:${instruments.symbolOf(row.key)}`;
      return { status: "refused", word, ...refusal };
    });
  }

  /** The instruments of the owner's watch list; a new list of instruments may have changed them. */
  get #watchlist(): ReadonlySet<InstrumentKey> {
    const { watchlist } = this.#options;
    const { lists } = this.#watched;
    const isSame = watchlist.size === lists.length &&
      [...watchlist.values()].every((list, i) => list === lists[i]);
    if (!isSame) {
      const keys = [...watchlist].flatMap(([exchange, tokens]) =>
        tokens.map((token) => keyOf(exchange, token))
      );
      this.#watched = { lists: [...watchlist.values()], keys: new Set(keys) };
    }
    return this.#watched.keys;
  }
}
