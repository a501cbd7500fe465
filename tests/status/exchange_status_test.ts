import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import builtIn from "../../lib/market/calendar.json" with { type: "json" };
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { checkCalendar } from "../../lib/market/calendar_file.ts";
import { ExchangeLook } from "../../lib/status/exchange_status.ts";
import type { Exchange, InstrumentKey } from "../../lib/market/market.ts";
import { FakeClock } from "../fakes.ts";

const NIFTY: InstrumentKey = "nse:99926000";
const SBIN: InstrumentKey = "nse:3045";

function setting(wanted: InstrumentKey[], start = "2026-11-20T10:00:00+05:30") {
  const clock = new FakeClock(Date.parse(start));
  const up = new Map<InstrumentKey, number | undefined>();
  const ticked = new Map<InstrumentKey, number>();
  const began = clock.now() - 3_600_000;
  const look = new ExchangeLook({
    clock,
    calendar: new MarketCalendar(checkCalendar(builtIn)),
    broker: { upSince: (key) => up.has(key) ? up.get(key) : began, ticksOften: (key) => key === NIFTY },
    watchlist: new Map<Exchange, string[]>([["nse", ["3045"]]]),
    wanted: () => wanted,
    tickedAt: (key) => ticked.get(key),
  });
  const carry = () => look.carried(new Map(wanted.map((key) => [key, "ltp"])));
  carry();
  return { clock, up, ticked, look, carry, silent: () => look.facts()[0].silentMs };
}

Deno.test("exchanges are those of the watch list and of what is wanted", () => {
  const { look, up } = setting(["mcx:1", "mcx:2"]);
  up.set("mcx:2", undefined);
  deepEqual(look.facts().map(({ exchange, closed, down }) => [exchange, closed, down]), [
    ["nse", false, false],
    ["mcx", false, true],
  ]);
  up.set(SBIN, undefined);
  equal(look.facts()[0].down, true, "the watch list could not be served");
});

Deno.test("silence counts from the last tick of anything, once something liquid has its place", () => {
  const wanted = [SBIN];
  const { clock, ticked, carry, silent } = setting(wanted);
  clock.advance(200_000);
  equal(silent(), 0, "silence of what is illiquid means nothing");
  wanted.push(NIFTY);
  carry();
  equal(silent(), 0);
  clock.advance(130_000);
  equal(silent(), 130_000);
  ticked.set(SBIN, clock.now() - 10_000);
  equal(silent(), 10_000);
});

Deno.test("a new socket has its time to bring something", () => {
  const { clock, up, silent } = setting([NIFTY]);
  clock.advance(130_000);
  up.set(NIFTY, clock.now() - 1_000);
  equal(silent(), 1_000);
});

Deno.test("before and right after the opening, and in the auction, silence means nothing", () => {
  for (
    const start of ["2026-11-20T09:05:00+05:30", "2026-11-20T09:13:30+05:30", "2026-11-21T10:00:00+05:30"]
  ) {
    const { clock, silent } = setting([NIFTY], start);
    clock.advance(180_000);
    equal(silent(), 0, start);
  }
  const { clock, silent } = setting([NIFTY], "2026-11-20T09:14:00+05:30");
  clock.advance(180_001);
  equal(silent(), 180_001);
});
