import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { instrumentHours } from "../../lib/market/instrument_hours.ts";
import { ExchangeMonitor } from "../../lib/status/exchange_status.ts";
import type { ExchangeChange } from "../../lib/status/market_status.ts";
import type { Exchange, InstrumentKey } from "../../lib/market/market.ts";
import { FakeClock } from "../fakes.ts";
import { builtInCalendar } from "../hours.ts";

const NIFTY: InstrumentKey = "nse:99926000";
const SBIN: InstrumentKey = "nse:3045";

function setting(wanted: InstrumentKey[], start = "2026-11-20T10:00:00+05:30") {
  const clock = new FakeClock(Date.parse(start));
  const up = new Map<InstrumentKey, number | undefined>();
  const ticked = new Map<InstrumentKey, number>();
  const began = clock.elapsed() - 3_600_000;
  const calendar = builtInCalendar();
  const monitor = new ExchangeMonitor({
    clock,
    calendar,
    upstream: { upSince: (key) => up.has(key) ? up.get(key) : began, ticksOften: (key) => key === NIFTY },
    watchlist: new Map<Exchange, string[]>([["nse", ["3045"]]]),
    marketData: {
      demand: {
        get wanted() {
          return new Map(wanted.map((key) => [key, "ltp"]));
        },
      },
      hours: (key) =>
        instrumentHours(calendar, key, { kind: key === NIFTY ? "index" : "stock" }, clock.now()),
      tickedAt: (key) => ticked.get(key),
      currentAt: (key) => ticked.get(key),
      lateByMs: () => 0,
    },
  });
  const changes: ExchangeChange[] = [];
  monitor.attach((change) => changes.push(change));
  const subscribed = () => monitor.subscribed(new Map(wanted.map((key) => [key, "ltp"])));
  subscribed();
  return { clock, up, ticked, monitor, changes, subscribed, silent: () => monitor.status()[0]!.silentMs };
}

Deno.test("exchanges are those of the watch list and of what is wanted", () => {
  const { monitor, up } = setting(["mcx:1", "mcx:2"]);
  up.set("mcx:2", undefined);
  deepEqual(monitor.status().map(({ exchange, closed, down }) => [exchange, closed, down]), [
    ["nse", false, false],
    ["mcx", false, true],
  ]);
  up.set(SBIN, undefined);
  equal(monitor.status()[0]!.down, true, "the watch list could not be served");
});

Deno.test("silence counts from the last tick of anything, once something that ticks often is subscribed", () => {
  const wanted = [SBIN];
  const { clock, ticked, subscribed, silent } = setting(wanted);
  clock.advance(200_000);
  equal(silent(), 0, "silence of what hardly ticks means nothing");
  wanted.push(NIFTY);
  subscribed();
  equal(silent(), 0);
  clock.advance(130_000);
  equal(silent(), 130_000);
  ticked.set(SBIN, clock.elapsed() - 10_000);
  equal(silent(), 10_000);
});

Deno.test("a new socket has its time to bring something", () => {
  const { clock, up, silent } = setting([NIFTY]);
  clock.advance(130_000);
  up.set(NIFTY, clock.elapsed() - 1_000);
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

Deno.test("look() tells nothing of how it finds things, and each change of the phase once", () => {
  const { clock, monitor, changes } = setting([NIFTY], "2026-11-20T15:14:50+05:30");
  monitor.start();
  clock.advance(5_000);
  deepEqual(changes, []);
  clock.advance(60_000);
  equal(changes.length, 1);
  const change = changes.at(0) as ExchangeChange | undefined;
  deepEqual([change!.kind, change!.exchange], ["phase", "nse"]);
  monitor.stop();
  equal(clock.pending, 0);
});

Deno.test("look() tells when an open exchange goes stale, and when it is fresh again", () => {
  const { clock, monitor, changes, up } = setting([NIFTY]);
  monitor.start();
  up.set(NIFTY, undefined);
  clock.advance(1_000);
  const since = clock.now();
  clock.advance(10_000);
  up.set(NIFTY, clock.elapsed());
  monitor.look();
  deepEqual(changes.map(({ kind }) => kind), ["stale", "fresh"]);
  deepEqual(changes[0], { kind: "stale", exchange: "nse", since });
  monitor.stop();
});

Deno.test("an exchange that is stale when it is first wanted is told; of one that nobody wants nothing is", () => {
  const wanted: InstrumentKey[] = [];
  const { clock, monitor, changes, up } = setting(wanted);
  up.set(SBIN, undefined);
  monitor.start();
  clock.advance(2_000);
  deepEqual(changes, []);
  equal(monitor.status()[0]!.stale, true);
  wanted.push(SBIN);
  clock.advance(1_000);
  deepEqual(changes.map(({ exchange, kind }) => `${exchange} ${kind}`), ["nse stale"]);
  wanted.pop();
  clock.advance(1_000);
  up.delete(SBIN);
  clock.advance(90_000);
  wanted.push(SBIN);
  clock.advance(2_000);
  deepEqual(changes.length, 1, "an outage of before its time is not told to a newcomer");
  equal(monitor.status()[0]!.stale, false);
  monitor.stop();
});
