import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Rig } from "./rig.ts";
import { builtInCalendar } from "../hours.ts";

Deno.test("a closing auction is silent and may cross: neither a mute socket nor a wrong price", async () => {
  await using rig = await Rig.start({
    start: "2026-11-20T15:14:00+05:30",
    proxy: { calendar: builtInCalendar() },
  });
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
  await rig.until(() => client.ticks.length > 10);
  await rig.until(() => client.news.some(({ state }) => state === "closing_auction"), 90_000);
  rig.control.inject("crossed_book");
  rig.control.set({ mute: true });
  await rig.pass(300_000, 400);
  deepEqual(client.news.map(({ status }) => status), ["market"]);
  equal(rig.control.stats().handshakes[101], 1);
  deepEqual((await rig.health()).suspect_packets, {});
});
