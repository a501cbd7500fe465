import type { InstrumentTable } from "../../lib/instruments/index/table.ts";
import type { Instruments } from "../../lib/instruments/instrument.ts";
import { listAge } from "../../lib/instruments/list_age.ts";
import { istDay } from "../../lib/market/day.ts";
import type { ResolveOptions } from "../../lib/instruments/resolver/resolve.ts";
import { type Exchange, splitKey } from "../../lib/market/market.ts";
import { FakeClock } from "../fakes.ts";

/** Instruments whose whole list a test changes, as a new download does. */
export class ListInHand implements Instruments {
  readonly complete = true;
  #table: InstrumentTable;
  readonly #listeners = new Set<() => void>();

  constructor(table: InstrumentTable, private readonly clock: FakeClock = new FakeClock()) {
    this.#table = table;
  }

  #today(): number {
    return istDay(this.clock.now());
  }

  #options(exchange: Exchange | undefined): ResolveOptions {
    return { exchange, today: this.#today(), list: listAge(this, this.clock.now()) };
  }

  adopt(table: InstrumentTable): void {
    this.#table = table;
    for (const changed of this.#listeners) changed();
  }

  symbolOf: Instruments["symbolOf"] = (key) => this.#table.symbolOf(key) ?? splitKey(key).token;
  get: Instruments["get"] = (key) => this.#table.get(key);
  tradedAs: Instruments["tradedAs"] = (key, at) => this.#table.tradedAs(key, at);
  resolve: Instruments["resolve"] = (word, exchange) => this.#table.resolve(word, this.#options(exchange));
  underlying: Instruments["underlying"] = (word, exchange) =>
    this.#table.underlying(word, this.#options(exchange));
  strikes: Instruments["strikes"] = (underlying, expiry) => this.#table.strikes(underlying, expiry);
  mayTick: Instruments["mayTick"] = (key) => this.#table.mayTick(key, this.#today()) ?? !this.complete;
  search: Instruments["search"] = (query, limit, exchange) =>
    this.#table.search(query, { limit, exchange, today: this.#today() });
  status: Instruments["status"] = () => ({ rows: this.#table.rows, source: "download" });
  onChange: Instruments["onChange"] = (changed) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };
}
