import type { InstrumentTable } from "../../lib/instruments/index/table.ts";
import type { Instruments } from "../../lib/instruments/instrument.ts";
import { splitKey } from "../../lib/market/market.ts";

/** Instruments whose whole list a test changes, as a new download does. */
export class ListInHand implements Instruments {
  readonly complete = true;
  #table: InstrumentTable;
  readonly #listeners = new Set<() => void>();

  constructor(table: InstrumentTable) {
    this.#table = table;
  }

  adopt(table: InstrumentTable): void {
    this.#table = table;
    for (const changed of this.#listeners) changed();
  }

  symbolOf: Instruments["symbolOf"] = (key) => this.#table.symbolOf(key) ?? splitKey(key).token;
  get: Instruments["get"] = (key) => this.#table.get(key);
  tradedAs: Instruments["tradedAs"] = (key, at) => this.#table.tradedAs(key, at);
  find: Instruments["find"] = (word, exchange) => this.#table.find(word, exchange);
  suggest: Instruments["suggest"] = (word, limit) => this.#table.suggest(word, limit);
  search: Instruments["search"] = (query, limit, exchange) => this.#table.search(query, limit, exchange);
  status: Instruments["status"] = () => ({ rows: this.#table.rows, source: "download" });
  onChange: Instruments["onChange"] = (changed) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };
}
