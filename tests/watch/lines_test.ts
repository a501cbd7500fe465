import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { csvTicks, ndjson } from "../../lib/watch/lines.ts";
import { notesOf } from "../../lib/watch/notes.ts";
import type { ProxyEvent } from "../../lib/watch/proxy_events.ts";
import { quoteTick, snapQuoteTick } from "../ticks.ts";
import { instruments } from "../clients/http/instruments.ts";
import { Stage } from "../clients/stage.ts";
import { fetchOf, Watcher } from "./proxy_fetch.ts";

/** What a watcher of a proxy hears that has a last value, a tick, an outage and an end. */
async function hear(mode: string): Promise<readonly ProxyEvent[]> {
  const stage = new Stage({ instruments, source: "simulated" });
  const watcher = new Watcher(stage, fetchOf(stage), {
    url: new URL(`http://proxy.example/events?symbols=SBIN,NOBODY&mode=${mode}`),
  });
  await watcher.pass();
  const times = () => ({ receivedAt: stage.clock.now(), exchangeTime: stage.clock.now() });
  stage.upstream.tick(
    snapQuoteTick("nse:3045", 800, {
      ...times(),
      bids: [{ price: 799.5, quantity: 10, orders: 2 }],
    }),
  );
  await watcher.pass();
  stage.upstream.tick(quoteTick("nse:3045", 801, times()));
  const cause = { kind: "network", message: "gone" };
  stage.upstream.event({ kind: "down", since: stage.clock.now(), cause, keys: ["nse:3045"] });
  stage.upstream.event({ kind: "up", from: 1, to: 2, keys: ["nse:3045"] });
  await watcher.pass();
  stage.gateway.recheck(() => false);
  await watcher.pass();
  watcher.stop();
  await watcher.pass();
  return watcher.heard;
}

Deno.test("NDJSON has all that was heard, each tick with its source and what it is worth", async () => {
  const { head, linesOf } = ndjson();
  equal(head, "");
  const text = (await hear("snapquote")).map(linesOf).join("");
  const values = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  deepEqual(values.map(({ type }) => type), [
    "info",
    "tick",
    "tick",
    "system",
    "system",
    "gap",
    "close",
    "lost",
  ]);
  for (const tick of values.filter(({ type }) => type === "tick")) {
    deepEqual([tick.source, typeof tick.sent_at, tick.symbol], ["simulated", "number", "SBIN-EQ"]);
  }
  deepEqual([values[1].freshness, values[1].bids.length, values[2].mode], ["live", 1, "quote"]);
});

Deno.test("NDJSON says how many ticks newer ones replaced, and which are last known values", () => {
  const { linesOf } = ndjson();
  const data = { type: "market_data", snapshot: true, conflated: 3, sent_at: 1, data: [{ token: "1" }] };
  const text = linesOf({ kind: "event", name: "message", data });
  deepEqual(text.trimEnd().split("\n").map((line) => JSON.parse(line)), [
    { type: "conflated", conflated: 3 },
    { type: "tick", sent_at: 1, snapshot: true, token: "1" },
  ]);
});

Deno.test("CSV has a head, and ticks alone with as many cells", async () => {
  const { head, linesOf } = csvTicks("snapquote");
  const text = head + (await hear("snapquote")).map(linesOf).join("");
  const [columns, ...rows] = text.trimEnd().split("\r\n").map((line) => line.split(","));
  equal(rows.length, 2);
  const first = Object.fromEntries(columns!.map((column, i) => [column, rows[0]![i]]));
  deepEqual([first.source, first.freshness, first.symbol, first.last_traded_price, first.bid1_price], [
    "simulated",
    "live",
    "SBIN-EQ",
    "800",
    "799.5",
  ]);
  for (const row of rows) equal(row.length, columns!.length);
});

Deno.test("a person is told of everything but ticks, in lines without control characters", async () => {
  const notes = (await hear("quote")).flatMap(notesOf);
  match(notes[0]!, /^SIMULATED/);
  match(notes[1]!, /^NOBODY: no instrument/);
  match(notes.join("\n"), /No market data[^]*not seen[^]*trying again in/);
  deepEqual(notesOf({ kind: "lost", reason: "a\x1b[2Jb\n", retryInMs: 0 }), [
    "a?[2Jb?; trying again in 0.0 s",
  ]);
});
