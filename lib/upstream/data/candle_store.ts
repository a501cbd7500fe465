import { getLogger } from "@logtape/logtape";
import { CANDLE_INTERVALS, type CandleInterval } from "../../smartapi/candle_request.ts";
import type { CandleDays } from "../../smartapi/candle_rows.ts";

/** What candles belong to. */
export interface CandleSeries {
  /** Names the instrument, also as a folder: letters, digits, `-` and `_`. */
  readonly name: string;
  readonly interval: CandleInterval;
}

/** Where candles of days that are over are kept. */
export interface CandleStorage {
  /** Those of the days that are kept. */
  load(series: CandleSeries, days: readonly string[]): Promise<CandleDays>;
  /** Keeps days; what cannot be kept is asked for again. */
  save(series: CandleSeries, days: CandleDays): Promise<void>;
}

const log = getLogger(["broker", "candles"]);

/**
 * Candles of days that are over, on disk: a file for each month of a series, or for each year where the candles are
 * long. Each day is a line; one without rows was a day without trading. All of it can be deleted at any time.
 */
export class CandleStore implements CandleStorage {
  /** The last write of each file. */
  readonly #writes = new Map<string, Promise<void>>();
  #warned = false;

  /** @param folder Made when it is needed. */
  constructor(private readonly folder: string) {}

  /** Those of the days that are kept. */
  async load(series: CandleSeries, days: readonly string[]): Promise<CandleDays> {
    const found: CandleDays = new Map();
    for (const [path, ofFile] of this.#files(series, days)) {
      await this.#writes.get(path);
      const kept = await readDays(path);
      for (const day of ofFile) if (kept.has(day)) found.set(day, kept.get(day)!);
    }
    return found;
  }

  /** Keeps days; what cannot be written is asked for again. */
  async save(series: CandleSeries, days: CandleDays): Promise<void> {
    const writes = [...this.#files(series, [...days.keys()])].map(([path, ofFile]) => {
      const before = this.#writes.get(path) ?? Promise.resolve();
      const write = before.then(() => this.#write(path, new Map(ofFile.map((day) => [day, days.get(day)!]))))
        .finally(() => {
          if (this.#writes.get(path) === write) this.#writes.delete(path);
        });
      this.#writes.set(path, write);
      return write;
    });
    await Promise.all(writes);
  }

  /** The days by the path of their file. */
  #files({ name, interval }: CandleSeries, days: readonly string[]): Map<string, string[]> {
    const letters = CANDLE_INTERVALS[interval].minutes >= 60 ? 4 : 7;
    const files = new Map<string, string[]>();
    for (const day of days) {
      const path = `${this.folder}/${name}/${interval}-${day.slice(0, letters)}.gz`;
      const ofFile = files.get(path);
      if (ofFile === undefined) files.set(path, [day]);
      else ofFile.push(day);
    }
    return files;
  }

  /** Written whole under another name, so that nobody reads half of it. */
  async #write(path: string, days: CandleDays): Promise<void> {
    try {
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      const merged = [...await readDays(path), ...days].sort(([a], [b]) => a < b ? -1 : 1);
      const lines = merged.map(([day, rows]) => `${day} ${rows}\n`);
      const draft = `${path}.${crypto.randomUUID()}`;
      await Deno.writeFile(draft, new Blob(lines).stream().pipeThrough(new CompressionStream("gzip")));
      await Deno.rename(draft, path);
    } catch (error) {
      if (this.#warned) return;
      this.#warned = true;
      log.warn("candles cannot be kept, and are asked for again each time: {error}", { error });
    }
  }
}

/** The days of a file; none where there is no file, or a broken one. */
async function readDays(path: string): Promise<CandleDays> {
  try {
    const file = await Deno.open(path);
    const text = await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
    const lines = text.split("\n").filter((line) => /^\d{4}-\d{2}-\d{2} /.test(line));
    return new Map(lines.map((line) => [line.slice(0, 10), line.slice(11)]));
  } catch {
    return new Map();
  }
}
