import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { SimulatedInstrument } from "./instruments.ts";
import { madeUpRow, type MasterFileRow, ODD_ROWS, rowsOf } from "./master_rows.ts";

/** Where the broker keeps the master, on a host of its own. */
export const MASTER_PATH = "/OpenAPI_File/files/OpenAPIScripMaster.json";

/** Rows of the real master in 2026, about. */
export const HUGE_ROWS = 160_000;

const PAGE =
  "<!DOCTYPE html><html><head><title>Access Denied</title></head><body>Access Denied</body></html>\n";

/**
 * Answers a request for the instrument master; false for any other. `?variant=` asks for another answer: `huge` has the rows
 * of the real one, `truncated` is half of one, `html` is an error's page.
 */
export function answerMaster(
  request: IncomingMessage,
  response: ServerResponse,
  instruments: readonly SimulatedInstrument[],
): boolean {
  const url = URL.parse(request.url ?? "/", "http://localhost");
  if (url?.pathname !== MASTER_PATH) return false;
  const variant = url.searchParams.get("variant");
  const type = variant === "html" ? "text/html" : "application/json";
  response.writeHead(200, { "content-type": type });
  if (variant === "html") response.end(PAGE);
  else if (variant === "truncated") {
    const text = [...masterText(instruments)].join("");
    response.end(text.slice(0, text.length / 2));
  } else {
    const stream = Readable.from(masterText(instruments, variant === "huge" ? HUGE_ROWS : 0));
    response.on("close", () => stream.destroy());
    stream.pipe(response);
  }
  return true;
}

/**
 * The master of the simulated instruments, in the shape of the broker's, in pieces.
 *
 * @param rows As many rows at least; those beyond the simulated instruments are made up, and never tick.
 */
export function* masterText(instruments: readonly SimulatedInstrument[], rows = 0): Generator<string> {
  yield "[";
  let count = 0;
  let piece = "";
  for (const row of allRows(instruments, rows)) {
    // With spaces, which a reader has to take as well.
    piece += (count++ === 0 ? "" : ",") +
      JSON.stringify(row).replaceAll('":"', '": "').replaceAll('","', '", "');
    if (piece.length < 65_536) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}]`;
}

function* allRows(instruments: readonly SimulatedInstrument[], rows: number): Generator<MasterFileRow> {
  let count = 0;
  for (const row of [...instruments.flatMap(rowsOf), ...ODD_ROWS]) {
    yield row;
    count++;
  }
  for (; count < rows; count++) yield madeUpRow(count);
}
