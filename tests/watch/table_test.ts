import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import type { BoardRow, Worth } from "../../lib/watch/price_board.ts";
import { tableLines } from "../../lib/watch/table.ts";
import { anyText } from "../any_text.ts";

const SCREEN = { columns: 100, rows: 24, colour: false };
const CONNECTED = { source: "live", lost: undefined, news: undefined };

function row(more: Partial<BoardRow> = {}): BoardRow {
  return {
    instrument: "nse:3045",
    symbol: "SBIN-EQ",
    tick: { exchange: "nse", last_traded_price: 812.35, close: 800, timestamp: "2026-11-20 10:15:32" },
    worth: "live",
    ageMs: 1_500,
    reason: undefined,
    ...more,
  };
}

const UNKNOWN = row({
  symbol: "TCS-EQ",
  tick: undefined,
  worth: "unknown",
  ageMs: undefined,
  reason: "waiting",
});

Deno.test("the table has a line for each instrument, and a dash for what is not known", () => {
  const usd = row({
    symbol: "USDINR",
    tick: { exchange: "cds", last_traded_price: 84.25, volume: 1_234_567, timestamp: "2026-11-20 10:15:32" },
    worth: "stale",
    ageMs: 7_200_000,
  });
  deepEqual(tableLines([row(), UNKNOWN, usd], CONNECTED, SCREEN), [
    "                    price  change %     volume      time  age",
    "SBIN-EQ  live      812.35     +1.54          -  10:15:32  1 s",
    "TCS-EQ   unknown        -         -          -         -    -  waiting",
    "USDINR   stale    84.2500         -  12,34,567  10:15:32  2 h",
  ]);
});

Deno.test("no screen is so narrow that a price stands there without what it is worth", () => {
  for (let columns = 0; columns < 100; columns++) {
    for (const worth of ["stale", "suspect", "closed", "quiet"] as const) {
      const line = tableLines([row({ worth })], CONNECTED, { ...SCREEN, columns })[1]!;
      ok(!/\d/.test(line) || line.includes(worth), line);
    }
  }
});

Deno.test("made-up prices and a lost connection stand above everything", () => {
  const lines = tableLines([row()], { source: "simulated", lost: "gone", news: "news" }, SCREEN);
  deepEqual(lines.slice(0, 3), ["SIMULATED: every price is made up", "NOT CONNECTED: gone", "news"]);
});

Deno.test("only what is not live is coloured, and every colour ends", () => {
  const colour = { ...SCREEN, colour: true };
  const lineOf = (worth: Worth) => tableLines([row({ worth })], CONNECTED, colour)[1]!;
  ok(!lineOf("live").includes("\x1b"));
  for (const worth of ["quiet", "closed", "stale", "suspect", "unknown"] as const) {
    // deno-lint-ignore no-control-regex
    match(lineOf(worth), /^\x1b\[\d+m.*\x1b\[0m$/);
  }
});

Deno.test("the table fits the screen, whatever its size and whatever comes over the wire", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 120 }),
      fc.integer({ min: 8, max: 40 }),
      fc.array(anyText({ maxLength: 30 }), { maxLength: 50 }),
      anyText({ maxLength: 30 }),
      (columns, rows, names, news) => {
        const board = names.map((symbol) => row({ symbol }));
        const lines = tableLines(board, { source: "simulated", lost: news, news }, {
          columns,
          rows,
          colour: false,
        });
        ok(lines.length < rows, `${lines.length} of ${rows}`);
        for (const line of lines) {
          ok(line.length <= Math.max(columns, 12), line);
          // deno-lint-ignore no-control-regex
          ok(!/[\x00-\x1f\x7f-\x9f]/.test(line), line);
        }
        const hidden = Number(/^and (\d+) more$/.exec(lines.at(-1)!)?.[1] ?? 0);
        equal(hidden + lines.length - 4 - (hidden > 0 ? 1 : 0), names.length);
      },
    ),
    { numRuns: 40 },
  );
});
