import { atOnce, paced, turn } from "../util/pace.ts";
import { ListReport } from "./list_report.ts";
import type { MasterRow } from "./master_row.ts";
import { MasterText } from "./master_text.ts";
import type { InstrumentTable } from "./index/table.ts";
import { TableBuilder } from "./index/table_builder.ts";

/** A master that was read to its end. */
export interface MasterReading {
  readonly table: InstrumentTable;
  /** Rows that are not in the table, or are not whole. */
  readonly report: ListReport;
  /** Pieces in which it was read, with a round of the event loop after each. */
  readonly slices: number;
}

/** As much is read at a time: about a millisecond's work. */
const SLICE_BYTES = 128 * 1024;

/** As much is taken from a file at a time. */
const FILE_BYTES = 2 * SLICE_BYTES;

/**
 * Reads the broker's master, one JSON array of flat objects, without ever holding it whole.
 *
 * @throws {Error} What came is something else, or was cut off.
 */
export async function readMaster(
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<MasterReading> {
  const report = new ListReport();
  const builder = new TableBuilder(report);
  let slices = 0;
  const text = new MasterText({
    take: (row) => builder.add(row),
    takePlain: (facts, bytes, found) => builder.addPlain(facts, bytes, found),
    leaveOut: (reason, json) => report.leaveOut(reason, () => exampleOf(json())),
  });
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
      text.write(chunk.subarray(from, from + SLICE_BYTES));
      slices++;
      await turn();
      signal?.throwIfAborted();
    }
  }
  text.end();
  return { table: await paced(builder.finish(), signal), report, slices };
}

/** A table of a few rows that are at hand. */
export function tableOf(rows: Iterable<MasterRow>): InstrumentTable {
  const builder = new TableBuilder(new ListReport());
  for (const row of rows) builder.add(row);
  return atOnce(builder.finish());
}

/** What of a row people can find it by. */
function exampleOf(row: unknown): string {
  const { token, symbol, expiry } = (row ?? {}) as Record<string, unknown>;
  return [token, symbol, expiry].filter((each) => each !== undefined && each !== "").join(" ") ||
    JSON.stringify(row);
}

/** The pieces of a file. */
export async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(FILE_BYTES);
  for (let read; (read = await file.read(buffer)) !== null;) yield buffer.subarray(0, read);
}
