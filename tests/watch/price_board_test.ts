import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { system } from "../../lib/clients/json/schemas/messages.ts";
import { PriceBoard } from "../../lib/watch/price_board.ts";
import type { Json } from "../../lib/watch/proxy_events.ts";
import { FakeClock } from "../fakes.ts";

const SBIN = "nse:3045";

/** A board with one price that is live, and one instrument without a price. */
function open(): { clock: FakeClock; board: PriceBoard; hear: (name: string, data: Json) => void } {
  const clock = new FakeClock();
  const board = new PriceBoard(clock);
  const hear = (name: string, data: Json) => board.take({ kind: "event", name, data });
  hear("info", {
    source: "live",
    results: [
      { status: "accepted", instrument: SBIN, symbol: "SBIN-EQ", reason: "waiting for the first tick" },
      { status: "refused", instrument: "NOBODY", message: "no instrument has this name today" },
    ],
  });
  return { clock, board, hear };
}

function tick(freshness: string, more: Json = {}): Json {
  const tick = { exchange: "nse", token: "3045", symbol: "SBIN-EQ", last_traded_price: 800, ...more };
  return { sent_at: 5_000, data: [{ exchange_timestamp: 4_000, freshness, ...tick }] };
}

Deno.test("a price is unknown before its first tick, and says why", () => {
  const { board } = open();
  deepEqual(board.rows().map(({ symbol, worth, ageMs, reason }) => [symbol, worth, ageMs, reason]), [
    ["SBIN-EQ", "unknown", undefined, "waiting for the first tick"],
    ["NOBODY", "unknown", undefined, "no instrument has this name today"],
  ]);
});

Deno.test("a tick is worth what the proxy says, ages, and is quiet after a minute", () => {
  const { clock, board, hear } = open();
  for (const worth of ["closed", "stale", "suspect", "quiet", "live"]) {
    hear("message", tick(worth));
    equal(board.rows()[0]!.worth, worth);
  }
  clock.advance(60_000);
  deepEqual([board.rows()[0]!.worth, board.rows()[0]!.ageMs], ["live", 61_000]);
  clock.advance(1);
  equal(board.rows()[0]!.worth, "quiet");
});

Deno.test("a tick of a proxy that says nothing of its worth is not called live", () => {
  const { board, hear } = open();
  hear("message", { data: [{ exchange: "nse", token: "3045", symbol: "SBIN-EQ" }] });
  equal(board.rows()[0]!.worth, "quiet");
});

/** What is heard, and what a live price is worth after it. */
const NEWS: readonly (readonly [Json | "lost", string])[] = [
  ["lost", "stale"],
  [{ status: "upstream_down", instruments: [SBIN] }, "stale"],
  [{ status: "upstream_down", instruments: ["nse:1"] }, "live"],
  [{ status: "upstream_silent", instruments: [SBIN] }, "stale"],
  [{ status: "subscription_refused", instruments: [SBIN] }, "stale"],
  [{ status: "expired", instruments: [SBIN] }, "unknown"],
  [{ status: "replaced", instruments: [SBIN] }, "unknown"],
  [{ status: "renamed", instruments: [SBIN] }, "live"],
  [{ status: "market", exchange: "nse", state: "unknown" }, "quiet"],
  [{ status: "upstream_down" }, "stale"],
  [{ status: "upstream_refused" }, "stale"],
  [{ status: "stale", exchange: "nse" }, "stale"],
  [{ status: "stale", exchange: "mcx" }, "live"],
  [{ status: "suspect", instruments: [SBIN] }, "suspect"],
  [{ status: "market", exchange: "nse", state: "closed" }, "closed"],
  [{ status: "market", exchange: "nse", state: "holiday" }, "closed"],
  [{ status: "market", exchange: "nse", state: "post_close" }, "quiet"],
  [{ status: "market", exchange: "mcx", state: "closed" }, "live"],
];

Deno.test("news take from what a price is worth, and only a tick gives it back", () => {
  for (const [news, worth] of NEWS) {
    const { board, hear } = open();
    hear("message", tick("live"));
    if (news === "lost") board.take({ kind: "lost", reason: "gone", retryInMs: 1 });
    else hear("system", { ...news, message: "news" });
    equal(board.rows()[0]!.worth, worth, JSON.stringify(news));
    for (const status of ["upstream_up", "fresh"]) {
      hear("system", { status, exchange: "nse", instruments: [SBIN], message: "well again" });
    }
    hear("system", { status: "market", exchange: "nse", state: "open", message: "open" });
    if (worth !== "live") equal(board.rows()[0]!.worth, worth, JSON.stringify(news));
    equal(board.rows()[1]!.worth, "unknown");
    hear("message", tick("live"));
    equal(board.rows()[0]!.worth, "live");
  }
});

Deno.test("every event that can be sent is either known to take from a price, or takes nothing", () => {
  const harmless = [
    "token_required",
    "upstream_up",
    "fresh",
    "renamed",
    "replay_completed",
    "replay_refused",
    "conflated",
    "waited",
    "restart",
    "shutdown",
  ];
  const told = new Set([...NEWS.map(([news]) => news === "lost" ? news : news.status), ...harmless]);
  for (const status of system.shape.status.options) ok(told.has(status), status);
});

Deno.test("a price of which the exchange told no time has no age", () => {
  const { board, hear } = open();
  hear("message", tick("live", { exchange_timestamp: undefined }));
  deepEqual([board.rows()[0]!.worth, board.rows()[0]!.ageMs], ["live", undefined]);
});

Deno.test("a board knows that it is not connected until the next welcome", () => {
  const { board, hear } = open();
  board.take({ kind: "lost", reason: "gone", retryInMs: 1 });
  equal(board.lost, "gone");
  hear("info", { source: "simulated", results: [] });
  deepEqual([board.lost, board.source], [undefined, "simulated"]);
});
