import { csvLine, csvTable } from "./csv.ts";
import type { Turn } from "./http_call.ts";
import { csvTextResponse, jsonTextResponse } from "./responses.ts";

/** Rows that are written in one turn: some hundred kilobytes at most. */
const ROWS_AT_ONCE = 100;

/** Rows that are written in a unit of work. */
const ROWS_PER_UNIT = 5;

/** Answers with an object the last field of which, `data`, has many rows. What they say is known; to write it takes its turns. */
export async function jsonRows(
  head: Readonly<Record<string, unknown>>,
  rows: readonly Record<string, unknown>[],
  turn: Turn,
): Promise<Response> {
  const texts = await written(rows, turn, (row) => JSON.stringify(row));
  return jsonTextResponse(`${JSON.stringify(head).slice(0, -1)},"data":[${texts.join(",")}]}`);
}

/** The same as a table. @param cellsOf What stands in a row's cells, by column. */
export async function csvRows<Row>(
  columns: readonly string[],
  rows: readonly Row[],
  cellsOf: (row: Row) => Record<string, unknown>,
  turn: Turn,
): Promise<Response> {
  const lines = await written(rows, turn, (row) => {
    const cells = cellsOf(row);
    return csvLine(columns.map((column) => cells[column]));
  });
  return csvTextResponse(csvTable(columns, lines));
}

async function written<Row>(
  rows: readonly Row[],
  turn: Turn,
  write: (row: Row) => string,
): Promise<string[]> {
  const texts: string[] = [];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const some = rows.slice(from, from + ROWS_AT_ONCE);
    await turn(1 + some.length / ROWS_PER_UNIT, () => {
      for (const row of some) texts.push(write(row));
    });
  }
  return texts;
}
