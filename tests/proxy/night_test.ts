import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { Rig } from "./rig.ts";
import { builtInCalendar } from "../hours.ts";

Deno.test("a quiet evening, with pongs and no ticks, brings no reconnect and no false word", async () => {
  await using rig = await Rig.start({
    start: "2026-11-20T16:10:00+05:30",
    proxy: {
      // Pings are rarer, so that time can pass in larger steps.
      policy: { pingEvery: 60_000, silentAfter: 300_000 },
      calendar: builtInCalendar(),
      watchlist: new Map([["nse", ["99926000", "3045"]]]),
    },
  });
  rig.control.set({ session: "closed", idleSeconds: 0 });
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length >= 2);
  // The last value of a closed market, and it says so.
  ok(client.ticks.every(({ freshness }) => freshness === "closed"));
  deepEqual(client.messages[0]!.markets.nse, { state: "closed", stale: false });
  await rig.pass(4 * 3_600_000, 10_000);
  deepEqual(client.news, []);
  equal(rig.control.stats().handshakes[101], 1);
  equal(rig.control.stats().logins.length, 1);
  ok(rig.control.stats().pings > 200);
  const late = await rig.connect();
  late.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => late.ticks.length >= 2);
  equal(late.batches[0]!.snapshot, true);
  ok(late.ticks.every(({ freshness }) => freshness === "closed"));
});
