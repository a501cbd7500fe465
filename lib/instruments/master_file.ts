import { atOnce, paced, turn } from "../util/pace.ts";
import { ListReport } from "./list_report.ts";
import { isBad, type MasterRow, readMasterRow } from "./master_row.ts";
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

/** As much is parsed at a time: about a millisecond's work, and what it leaves to the collector stays small. */
const SLICE_BYTES = 64 * 1024;

/** Where no row ends within so many characters, there are no rows. */
const MAX_ROW_TEXT = 1024 * 1024;

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
  for await (const objects of objectsOf(chunks)) {
    for (const object of objects) {
      const row = readMasterRow(object);
      if (isBad(row)) report.leaveOut(row.reason, exampleOf(object));
      else builder.add(row);
    }
    slices++;
    await turn();
    signal?.throwIfAborted();
  }
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
  const buffer = new Uint8Array(SLICE_BYTES);
  for (let read; (read = await file.read(buffer)) !== null;) yield buffer.subarray(0, read);
}

async function* objectsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly unknown[]> {
  const decoder = new TextDecoder();
  let rest = "";
  let begun = false;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
      rest += decoder.decode(chunk.subarray(from, from + SLICE_BYTES), { stream: true });
      if (!begun) {
        rest = rest.trimStart();
        if (rest === "") continue;
        rest = afterBracket(rest);
        begun = true;
      }
      const end = rest.lastIndexOf("}") + 1;
      const objects = parse(rest.slice(0, end));
      if (objects !== undefined) {
        rest = rest.slice(end);
        yield objects;
      } else if (rest.length > MAX_ROW_TEXT) throw new Error("not JSON, or not rows");
    }
  }
  rest += decoder.decode();
  if (!begun) throw new Error("empty");
  if (rest.trim() !== "]") throw new Error("cut off, or not JSON");
}

function afterBracket(text: string): string {
  if (text.startsWith("[")) return text.slice(1);
  throw new Error(text.startsWith("<") ? "an HTML page" : "not a JSON array");
}

/** The objects of a piece; undefined where it does not end with one, since a brace may stand within a string. */
function parse(text: string): unknown[] | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(`[${text.replace(/^\s*,/, "")}]`);
  } catch {
    return undefined;
  }
}
