import type { CandleDays } from "../../smartapi/candle_rows.ts";
import type { CandleSeries, CandleStorage } from "./candle_store.ts";

/** Characters that are kept; a year of minutes of one share has some six million. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** Candles of days that are over, for as long as the process runs. What was not asked for the longest goes first. */
export class MemoryCandleStore implements CandleStorage {
  readonly #days = new Map<string, string>();
  #length = 0;

  constructor(private readonly most = MAX_LENGTH) {}

  load(series: CandleSeries, days: readonly string[]): Promise<CandleDays> {
    const found: CandleDays = new Map();
    for (const day of days) {
      const id = idOf(series, day);
      const rows = this.#days.get(id);
      if (rows === undefined) continue;
      // Put to the end: the first one is the one that was asked for longest ago.
      this.#days.delete(id);
      this.#days.set(id, rows);
      found.set(day, rows);
    }
    return Promise.resolve(found);
  }

  save(series: CandleSeries, days: CandleDays): Promise<void> {
    for (const [day, rows] of days) {
      const id = idOf(series, day);
      this.#drop(id);
      this.#days.set(id, rows);
      this.#length += id.length + rows.length;
    }
    for (const id of this.#days.keys()) {
      if (this.#length <= this.most) break;
      this.#drop(id);
    }
    return Promise.resolve();
  }

  #drop(id: string): void {
    const rows = this.#days.get(id);
    if (rows === undefined) return;
    this.#days.delete(id);
    this.#length -= id.length + rows.length;
  }
}

function idOf({ name, interval }: CandleSeries, day: string): string {
  return `${name} ${interval} ${day}`;
}
