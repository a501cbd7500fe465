import { strictEqual as equal } from "node:assert/strict";
import { LastTicks } from "../../lib/feed/last_ticks.ts";
import { MarketTick } from "../../lib/feed/market_tick.ts";
import { ltpTick } from "../ticks.ts";

const DOUBT = { reason: "crossed_book", mode: "snapquote" } as const;

const tick = (price: number) => new MarketTick(ltpTick("nse:1", price), new Uint8Array(0));

Deno.test("entry() is made once and changed in place; instruments of the same token do not mix", () => {
  const last = new LastTicks();
  equal(last.get("nse:1"), undefined);
  last.entry("nse:1").tick = tick(5);
  last.entry("nse:1").doubt = DOUBT;
  last.entry("nfo:1").tick = tick(7);
  equal(last.get("nse:1")?.tick?.tick.lastPrice, 5);
  equal(last.get("nse:1")?.doubt, DOUBT);
  equal(last.get("nfo:1")?.tick?.tick.lastPrice, 7);
});

Deno.test("keepOnly() forgets what is no longer subscribed, doubtful or not", () => {
  const last = new LastTicks();
  last.entry("nse:1").tick = tick(1);
  last.entry("nse:2").tick = tick(2);
  last.entry("nse:3").doubt = DOUBT;
  last.keepOnly(new Map([["nse:2", "ltp"]]));
  equal(last.get("nse:1"), undefined);
  equal(last.get("nse:2")?.tick?.tick.lastPrice, 2);
  equal(last.get("nse:3"), undefined);
});
