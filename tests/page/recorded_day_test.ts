import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { addressOf, dayWords, feedUrl, recordedDay } from "../../static/page/recorded_day.js";

Deno.test("the page's address says which day is played, and nothing means the live feed", () => {
  equal(recordedDay(""), undefined);
  equal(recordedDay("?other=1"), undefined);
  deepEqual(recordedDay("?replay=2026-11-20"), { date: "2026-11-20", recorded: undefined });
  const played = recordedDay("?replay=2026-11-20&recorded=simulated");
  deepEqual(played, { date: "2026-11-20", recorded: "simulated" });
  equal(feedUrl("ws://h:1/", undefined), "ws://h:1/");
  equal(feedUrl("ws://h:1/", played), "ws://h:1/replay?date=2026-11-20&recorded=simulated");
  // Whatever stands there is a date to the proxy, and nothing else.
  equal(feedUrl("wss://h/", recordedDay("?replay=a%26session%3Db")), "wss://h/replay?date=a%26session%3Db");
});

Deno.test("the way to a day and back keeps what else stands in the address", () => {
  const place = { pathname: "/", search: "?chart=nse%3A3045&replay=2026-11-19&recorded=live" };
  equal(addressOf(place, undefined), "/?chart=nse%3A3045");
  equal(addressOf(place, { date: "2026-11-20" }), "/?chart=nse%3A3045&replay=2026-11-20");
  equal(addressOf({ pathname: "/", search: "?replay=2026-11-19" }, undefined), "/");
  equal(dayWords({ date: "2026-11-20", recorded: "simulated" }), "20 Nov 2026, made-up prices");
});
