import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { keyOf } from "../../lib/market/market.ts";
import { yearsTo } from "../../lib/market/option_end.ts";
import { impliedVolatility } from "../../lib/pricing/implied_volatility.ts";
import { IndexRun } from "../../lib/simulator/index_run.ts";
import { simulatedInstruments } from "../../lib/simulator/instruments.ts";
import { SimulatedMarket } from "../../lib/simulator/market.ts";
import { withOptionChains } from "../../lib/simulator/option_chains.ts";
import { seededRandom } from "../fakes.ts";
import { catalogOf } from "../instruments/catalog_of.ts";
import { TEN_O_CLOCK } from "../ticks.ts";

const BASE = simulatedInstruments(TEN_O_CLOCK);
const MARKET = withOptionChains(BASE, TEN_O_CLOCK);
const NIFTY = "nse:99926000";

function market(): SimulatedMarket {
  return new SimulatedMarket(MARKET, seededRandom(3));
}

/** Calls and puts of an expiry by strike, at the prices of a moment. */
function chainOf(sim: SimulatedMarket, underlying: string, expiry: string, at: number) {
  const rows = new Map<number, { CE?: number; PE?: number }>();
  for (const { exchange, token, contract } of MARKET) {
    if (contract?.underlying !== underlying || contract.expiry !== expiry || contract.kind === "FUT") {
      continue;
    }
    const row = rows.get(contract.strike!) ?? {};
    rows.set(contract.strike!, row);
    row[contract.kind] = sim.peek(keyOf(exchange, token), at)!.lastPrice!;
  }
  return [...rows].sort(([a], [b]) => a - b).map(([strike, { CE, PE }]) => ({ strike, call: CE!, put: PE }));
}

Deno.test("the market has chains of two underlyings, with expiries next to each other, and nothing else is added", async () => {
  const { instruments } = await catalogOf(MARKET);
  const expiries = ["NIFTY", "SENSEX"].map((word) => {
    const found = instruments.underlying(word);
    ok(found.kind === "found");
    const { underlying } = found;
    const counts = underlying.expiries.map((expiry) => instruments.strikes(underlying, expiry).length);
    return [underlying.expiries, counts];
  });
  deepEqual(expiries, [
    [["2026-11-24", "2026-12-01", "2026-12-29"], [97, 97, 97]],
    [["2026-11-26", "2026-12-03", "2026-12-31"], [81, 81, 81]],
  ]);
  const added = MARKET.slice(BASE.length);
  deepEqual(MARKET.slice(0, BASE.length).map(({ symbol }) => symbol), BASE.map(({ symbol }) => symbol));
  equal(new Set(MARKET.map(({ exchange, token }) => keyOf(exchange, token))).size, MARKET.length);
  ok(added.every(({ contract }) => contract!.expiry > "2026-11-20"));
});

Deno.test("calls and puts obey parity, whatever the index does", () => {
  const sim = market();
  let now = TEN_O_CLOCK;
  for (const expiry of ["2026-11-24", "2026-12-01", "2026-12-29"]) {
    for (let i = 0; i < 5; i++, now += 60_000) {
      sim.move(NIFTY, now);
      sim.moveTo(NIFTY, sim.priceOf(NIFTY)! + 200 * (i - 2), now);
      const discount = Math.exp(-0.06 * yearsTo("nfo", expiry, now));
      const forwards = chainOf(sim, "NIFTY", expiry, now).flatMap(({ strike, call, put }) =>
        put === undefined || call < 1 || put < 1 ? [] : [strike + (call - put) / discount]
      );
      ok(forwards.length > 20);
      const spread = Math.max(...forwards) - Math.min(...forwards);
      ok(spread < 0.21, `${expiry}: ${spread}`);
      ok(Math.abs(forwards[0]! / sim.priceOf(NIFTY)! - 1) < 0.005);
    }
  }
});

Deno.test("volatilities smile: far strikes have more than those at the money, puts more than calls", () => {
  const sim = market();
  const expiry = "2026-12-29";
  const years = yearsTo("nfo", expiry, TEN_O_CLOCK);
  const forward = sim.peek("nfo:68392", TEN_O_CLOCK)!.lastPrice!;
  const volatilities = chainOf(sim, "NIFTY", expiry, TEN_O_CLOCK).map(({ strike, call, put }) => {
    const side = strike < forward ? "PE" : "CE";
    const found = impliedVolatility(
      { side, strike, forward, years, rate: 0.06 },
      side === "PE" ? put! : call,
      0.025,
    );
    ok(found.kind === "solved", `${strike} ${found.kind === "none" && found.reason}`);
    return { strike, volatility: found.volatility };
  });
  const at = (strike: number) => volatilities.find((each) => each.strike === strike)!.volatility;
  ok(at(22_800) > at(24_900) + 0.005 && at(26_900) > at(25_400));
  ok(at(22_900) > at(26_900));
  ok(at(24_900) > 0.11 && at(24_900) < 0.14, `${at(24_900)}`);
});

Deno.test("time decays: with the index at rest every option costs less each day, and its intrinsic value at the end", () => {
  const sim = market();
  const expiry = "2026-12-01";
  const end = Date.parse("2026-12-01T15:30:00+05:30");
  let before = chainOf(sim, "NIFTY", expiry, TEN_O_CLOCK);
  for (let now = TEN_O_CLOCK + 86_400_000; now < end; now += 86_400_000) {
    const after = chainOf(sim, "NIFTY", expiry, now);
    const straddle = (rows: typeof after) => rows.reduce((sum, { call, put }) => sum + call + (put ?? 0), 0);
    ok(straddle(after) < straddle(before));
    before = after;
  }
  const spot = sim.priceOf(NIFTY)!;
  for (const { strike, call, put } of chainOf(sim, "NIFTY", expiry, end + 1_000)) {
    ok(Math.abs(call - Math.max(0.05, spot - strike)) < 0.051, `${strike} ${call}`);
    ok(Math.abs(put! - Math.max(0.05, strike - spot)) < 0.051);
  }
});

Deno.test("run, the index goes through fifty strikes in a minute, and its future and options with it", () => {
  const sim = market();
  const run = new IndexRun(sim, () => 50);
  const begin = sim.priceOf(NIFTY)!;
  const future = sim.peek("nfo:68392", TEN_O_CLOCK)!.lastPrice!;
  let travelled = 0;
  let highest = begin;
  let last = begin;
  let values = 0;
  for (let now = TEN_O_CLOCK; now <= TEN_O_CLOCK + 60_000; now += 50) {
    if (run.move(now) === undefined) continue;
    const price = sim.priceOf(NIFTY)!;
    travelled += Math.abs(price - last);
    last = price;
    values++;
    if (price > highest) {
      highest = price;
      const ahead = sim.peek("nfo:68392", now)!.lastPrice! - future;
      ok(Math.abs(ahead - (price - begin)) < 10, `${ahead} ${price - begin}`);
    }
  }
  ok(Math.abs(travelled - 50 * 50) < 30, `${travelled}`);
  ok(Math.abs(highest - begin - 25 * 50) < 15, `${highest - begin}`);
  ok(values >= 230 && values <= 241, `${values}`);
  const still = new IndexRun(sim, () => 0);
  equal(still.move(TEN_O_CLOCK), undefined);
});
