import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import * as wordsModule from "../../static/page/operator_words.js";

// deno-lint-ignore no-explicit-any
const words: any = wordsModule;

const NOW = Date.UTC(2026, 10, 27, 5, 0);

const SLOW = {
  number: 7,
  name: "phone",
  from: "192.168.1.9:5",
  protocol: "json",
  encoding: "gzip",
  subscriptions: 1_200,
  limit: 2_682,
  lagging_ms: 2_140,
  conflated: 12_345,
  bytes: 12_345_678,
  since: NOW - 65_000,
  is_this: false,
};

// deno-lint-ignore no-explicit-any
const line = (client: any) => words.CLIENT_COLUMNS.map(([, text]: any) => text(client, NOW));

Deno.test("a client is a line of words, and of one that says nothing nothing is invented", () => {
  deepEqual(line(SLOW).slice(0, 8), [
    "7",
    "phone",
    "192.168.1.9:5",
    "json, gzip",
    "1,200 of 2,682",
    "2.1 s behind",
    "12,345",
    "12.3 MB",
  ]);
  deepEqual(line({ number: 1, is_this: true }), [
    "1",
    "no token (this page)",
    "—",
    "—, —",
    "—",
    "none",
    "—",
    "—",
    "—",
  ]);
});

Deno.test("the slowest client is first", () => {
  const clients = [{ number: 1, lagging_ms: 0 }, { number: 2, lagging_ms: 5 }, { number: 3 }, SLOW];
  deepEqual(words.byLag(clients).map(({ number }: { number: number }) => number), [7, 2, 1, 3]);
});

Deno.test("what is known of the broker's side is said in words", () => {
  const overview = {
    version: "1",
    source: "live",
    started_at: NOW,
    upstream: { state: "down", reason: "429" },
    budget: { used: 10, capacity: 3_000 },
    login: { failure: "AB1050", clock_drift_ms: -4_000 },
    markets: { nse: { state: "open", stale: true } },
    recording: { state: "on", day_bytes: 1_500, total_bytes: 2e9, max_bytes: 5e9, lost: 0 },
    calendar: "covers this year",
  };
  const rows = Object.fromEntries(words.feedRows(overview, NOW));
  deepEqual(
    [rows.Feed, rows.Budget, rows.Login, rows["Clock drift"], rows.Markets, rows.Recording],
    [
      "down: 429",
      "10 of 3,000 instruments",
      "failed: AB1050",
      "the broker's is 4 s behind ours",
      "NSE open, stale",
      "on; today 1.5 kB, all 2.0 GB of 5.0 GB",
    ],
  );
  for (const [, text] of words.feedRows({}, NOW)) ok(!/undefined|NaN|\[object/.test(text), text);
  equal(
    words.socketText({ state: "waiting", reason: "429", subscriptions: 0 }, 0),
    "Socket 1: waiting (429), 0 subscriptions",
  );
});

Deno.test("latency is drawn from what was measured, with a hole for what was not", () => {
  const minutes = [{ count: 5, p50: 0.002, p99: 0.01 }, { count: 0 }, {
    count: 5,
    p50: 0.001,
    p99: undefined,
  }];
  equal(words.latencyPath(minutes, "p99"), "M0.0 2.0");
  equal(words.latencyPath(minutes, "p50").split("M").length, 3);
  equal(words.latencyPath([], "p50"), "");
  match(words.latencyText(minutes), /half within 1 ms, 99 of 100 within more than measured/);
  match(words.latencyText([{ at: 0, count: 0 }]), /No tick .* measured: 1\./);
  match(words.latencyText([]), /not over yet/);
});
