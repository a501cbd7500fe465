import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { endOf, yearsTo } from "../../../lib/market/option_end.ts";
import { chainAnswer } from "../../../lib/clients/http/schemas/chain.ts";
import { errorAnswer } from "../../../lib/clients/http/schemas/status.ts";
import { CHAIN_COLUMNS, SIDE_FIELDS } from "../../../lib/clients/http/chain_rows.ts";
import type { InstrumentKey } from "../../../lib/market/market.ts";
import { blackPrice, greeksOf, type OptionTerms } from "../../../lib/pricing/black76.ts";
import { ChainWorld, NIFTY } from "../chains/world.ts";
import { snapQuoteTick } from "../../ticks.ts";
import { pageOf, words } from "../../documented.ts";
import { ask, askJson, type Body } from "./ask.ts";

const FORWARD = 24_842.5;
const VOLATILITY = 0.13;
const RATE = 0.06;

/** A price with a book around it, in a packet of now. */
function quote(world: ChainWorld, key: InstrumentKey, price: number, more: Body = {}): void {
  const now = world.clock.now();
  world.stage.upstream.tick(snapQuoteTick(key, price, {
    receivedAt: now,
    exchangeTime: now,
    lastTradeTime: now - 1_000,
    bids: [{ price: price - 0.001, quantity: 75, orders: 2 }],
    asks: [{ price: price + 0.001, quantity: 150, orders: 3 }],
    volume: 1_000,
    openInterest: 50_000,
    ...more,
  }));
}

/** The chain of an expiry, at prices of Black's model. */
function quoteChain(world: ChainWorld, expiry: string, base: number, forward = FORWARD): void {
  const years = yearsTo("nfo", expiry, world.clock.now());
  for (let strike = 24_000, token = base; strike <= 26_000; strike += 50) {
    for (const side of ["CE", "PE"] as const) {
      const terms: OptionTerms = { side, strike, forward, years, rate: RATE };
      const key: InstrumentKey = `nfo:${token++}`;
      if (world.stage.demand.has(key)) quote(world, key, blackPrice(terms, VOLATILITY));
    }
  }
}

/** A request that waits for its first values, which come. */
async function answered(
  world: ChainWorld,
  address: string,
  base = 41_000,
  expiry = "2026-11-30",
): Promise<Body> {
  const asked = askJson(world.stage, address);
  await world.stage.drain();
  if (world.stage.demand.has(NIFTY)) quote(world, NIFTY, 24_812.35, { bids: [], asks: [] });
  await world.stage.drain();
  quoteChain(world, expiry, base);
  await world.stage.drain();
  world.clock.advance(2_000);
  return await asked;
}

Deno.test("/chain is one table around the money, with what the prices imply", async () => {
  const world = ChainWorld.on();
  const answer = await answered(world, "/chain?underlying=NIFTY&strikes=2");
  const { data, as_of, days_left, forward, ...rest } = answer;
  deepEqual(rest, {
    http: 200,
    status: "success",
    message: "nfo:NIFTY 2026-11-30: 5 strikes",
    source: "live",
    underlying: "nfo:NIFTY",
    expires: "2026-11-30",
    expiries: ["2026-11-30", "2026-12-08", "2026-12-29"],
    rate: 6,
    reference: {
      instrument: NIFTY,
      symbol: "Nifty 50",
      last_traded_price: 24_812.35,
      freshness: "live",
      last_tick_age_ms: as_of - Date.parse("2026-11-27T10:00:00+05:30"),
    },
    at_the_money: 24_800,
  });
  ok(Math.abs(days_left - (endOf("nfo", "2026-11-30") - as_of) / 86_400_000) < 1e-3);
  equal(forward.from, "parity");
  ok(Math.abs(forward.price - FORWARD) < 0.05, `${forward.price}`);
  deepEqual(data.map(({ strike }: Body) => strike), [24_700, 24_750, 24_800, 24_850, 24_900]);
  for (const { strike, call, put } of data) {
    const years = yearsTo("nfo", "2026-11-30", as_of);
    for (const [side, state] of [["CE", call], ["PE", put]] as const) {
      ok(Math.abs(state.implied_volatility - 100 * VOLATILITY) < 0.005, JSON.stringify(state));
      const greeks = greeksOf({ side, strike, forward: FORWARD, years, rate: RATE }, VOLATILITY);
      for (const name of ["delta", "gamma", "theta", "vega"] as const) {
        ok(Math.abs(state[name] / greeks[name] - 1) < 2e-3, `${name} ${state[name]} ${greeks[name]}`);
      }
    }
  }
  const { call } = data[2];
  deepEqual(
    [call.instrument, call.symbol, call.freshness, call.valued_from, call.bid_quantity, call.ask_quantity],
    ["nfo:41032", "NIFTY30NOV2624800CE", "live", "book", 75, 150],
  );
  deepEqual(
    [call.volume, call.open_interest, call.open_interest_change, call.price_age_ms - call.last_tick_age_ms],
    [1_000, 50_000, 0, 1_000],
  );
});

Deno.test("where a future ends with the options, the forward is its price; else parity's", async () => {
  const world = ChainWorld.on();
  const asked = askJson(world.stage, "/chain?underlying=NIFTY&strikes=1&expiry=monthly");
  // November's last listed expiry has no future of its own day.
  await world.stage.drain();
  equal(world.stage.demand.has("nfo:68392"), false);
  world.clock.advance(20_000);
  equal((await asked).expires, "2026-11-30");
  quote(world, NIFTY, 24_812.35, { bids: [], asks: [] });
  const december = askJson(world.stage, "/chain?underlying=NIFTY&strikes=1&expiry=2026-12-29");
  await world.stage.drain();
  ok(world.stage.demand.has("nfo:68392"));
  await world.stage.drain();
  quoteChain(world, "2026-12-29", 43_000);
  quote(world, "nfo:68392", FORWARD);
  await world.stage.drain();
  const { forward, data } = await december;
  deepEqual(forward, { from: "future", price: FORWARD, instrument: "nfo:68392" });
  ok(Math.abs(data[0].put.implied_volatility - 13) < 0.001);
});

Deno.test("a price that is missing, stale, old or impossible yields no volatility, and says why", async () => {
  const world = ChainWorld.on();
  const address = "/chain?underlying=NIFTY&strikes=4&wait=0";
  await answered(world, address);
  await answered(world, address);
  const years = yearsTo("nfo", "2026-11-30", world.clock.now());
  const worth = (side: "CE" | "PE", strike: number) =>
    blackPrice({ side, strike, forward: FORWARD, years, rate: RATE }, VOLATILITY);
  // 24600 below what exercising pays; 24650 at it; 24700 crossed; 24750 far apart; 25000 for more than the index.
  quote(world, "nfo:41024", worth("CE", 24_600) - 60);
  quote(world, "nfo:41026", Math.exp(-RATE * years) * (FORWARD - 24_650));
  const level = (price: number) => [{ price, quantity: 1, orders: 1 }];
  quote(world, "nfo:41028", 150, { bids: level(160), asks: level(150) });
  quote(world, "nfo:41030", 500, { bids: level(1), asks: level(400) });
  // So far a jump is believed when it comes again.
  for (let i = 0; i < 2; i++) quote(world, "nfo:41040", 26_000);
  const { data } = await askJson(world.stage, address);
  const why = Object.fromEntries(data.map(({ strike, call }: Body) => [strike, call.not_valued]));
  deepEqual(why, {
    24600: "below_intrinsic",
    24650: "no_time_value",
    24700: "suspect",
    24750: "wide_spread",
    24800: undefined,
    24850: undefined,
    24900: undefined,
    24950: undefined,
    25000: "above_maximum",
  });
  for (const { call } of data) equal(call.not_valued === undefined, call.implied_volatility !== undefined);
  ok(data.every(({ put }: Body) => put.implied_volatility > 0));
  world.clock.advance(61_000);
  const old = await askJson(world.stage, address);
  ok(old.data.every(({ put }: Body) => put.not_valued === "old_price" && put.freshness === "quiet"));
  equal(old.forward, undefined);
  world.stage.upstream.up = undefined;
  const down = await askJson(world.stage, address);
  ok(down.data.every(({ put }: Body) => put.not_valued === "stale" && put.freshness === "stale"));
  ok(down.data.every(({ put }: Body) => put.last_traded_price > 0 && put.last_tick_age_ms >= 61_000));
});

Deno.test("contracts that never ticked, and those there is no room for, have their row and the reason", async () => {
  const world = ChainWorld.on(undefined, { upstream: { capacity: 6 }, watchlist: new Map() });
  const answer = await answered(world, "/chain?underlying=NIFTY&strikes=1");
  deepEqual(
    [answer.status, answer.code],
    ["partial", "too_many_instruments"].map((each, i) => i === 0 ? each : answer.code),
  );
  match(answer.message, /3 strikes; nfo:NIFTY30NOV2624\d50[CP]E: .*(a client may have|the broker carries)/);
  const refused = answer.data.flatMap(({ call, put }: Body) => [call, put])
    .filter(({ not_valued }: Body) => not_valued === "refused");
  ok(refused.length > 0 && refused.every(({ message, code }: Body) => message.length > 0 && code.length > 0));
  const silent = ChainWorld.on();
  const asked = askJson(silent.stage, "/chain?underlying=NIFTY&strikes=1");
  await silent.stage.drain();
  quote(silent, NIFTY, 24_812.35, { bids: [], asks: [] });
  await silent.stage.drain();
  silent.clock.advance(2_000);
  const { data, forward } = await asked;
  equal(forward, undefined);
  deepEqual(data[0].call, {
    instrument: "nfo:41030",
    symbol: "NIFTY30NOV2624750CE",
    freshness: "unknown",
    not_valued: "no_price",
  });
});

Deno.test("without a price of the underlying there is no table, and that is said", async () => {
  const world = ChainWorld.on();
  const asked = askJson(world.stage, "/chain?underlying=NIFTY");
  await world.stage.drain();
  world.clock.advance(2_000);
  const { data, message, reference, at_the_money, status } = await asked;
  deepEqual([status, data, at_the_money, reference.freshness], ["success", [], undefined, "unknown"]);
  match(message, /0 strikes; there is no price of nse:99926000 yet/);
});

Deno.test("the table of CSV has columns that never change, and a line for each strike", async () => {
  const world = ChainWorld.on();
  await answered(world, "/chain?underlying=NIFTY&strikes=1");
  const response = await ask(world.stage, "/chain?underlying=NIFTY&strikes=1&format=csv");
  match(response.headers.get("content-type")!, /^text\/csv/);
  const [head, ...lines] = (await response.text()).trimEnd().split("\r\n").map((line) => line.split(","));
  deepEqual(head, [...CHAIN_COLUMNS]);
  const cell = (line: string[], column: string) => line[head!.indexOf(column)];
  deepEqual(lines.map((line) => cell(line, "strike")), ["24750", "24800", "24850"]);
  deepEqual(lines.map((line) => cell(line, "at_the_money")), ["false", "true", "false"]);
  deepEqual(new Set(lines.map((line) => line.length)), new Set([head!.length]));
  equal(cell(lines[1]!, "underlying"), "nfo:NIFTY");
  equal(cell(lines[1]!, "put_symbol"), "NIFTY30NOV2624800PE");
  ok(Math.abs(Number(cell(lines[1]!, "put_implied_volatility")) - 13) < 0.01);
  const empty = await ask(world.stage, "/chain?underlying=SENSEX&format=csv&wait=0");
  deepEqual((await empty.text()).trimEnd().split(","), [...CHAIN_COLUMNS]);
});

Deno.test("what is asked for twice in a second is computed once; interest is the caller's choice", async () => {
  const world = ChainWorld.on();
  await answered(world, "/chain?underlying=NIFTY&strikes=1");
  const first = await askJson(world.stage, "/chain?underlying=NIFTY&strikes=1");
  const again = await askJson(world.stage, "/chain?underlying=NIFTY&strikes=1");
  deepEqual(again.data, first.data);
  const none = await askJson(world.stage, "/chain?underlying=NIFTY&strikes=1&rate=0");
  equal(none.rate, 0);
  ok(none.data[0].call.implied_volatility !== first.data[0].call.implied_volatility);
});

Deno.test("what cannot be is refused with what would do", async () => {
  const world = ChainWorld.on();
  const table: readonly (readonly [query: string, http: number, code: string, message: RegExp])[] = [
    ["", 400, "bad_query", /"underlying" must be a name/],
    ["underlying=NIFTTY", 404, "unknown_instrument", /did you mean nfo:NIFTY\?/],
    ["underlying=SBIN", 404, "no_options", /no options on it are in the list/],
    ["underlying=NIFTY&expiry=2026-12-01", 404, "unknown_expiry", /it has 2026-11-30/],
    ["underlying=NIFTY&expiry=weekly", 400, "bad_query", /"expiry" is "weekly"; it must be nearest/],
    ["underlying=NIFTY&strikes=0", 400, "bad_query", /"strikes" must be a whole number/],
    ["underlying=NIFTY&rate=51", 400, "bad_query", /"rate" must be per cent/],
    ["underlying=NIFTY&symbol=a", 400, "bad_query", /has no parameter "symbol"/],
  ];
  for (const [query, http, code, message] of table) {
    const asked = askJson(world.stage, `/chain?${query}`);
    await world.stage.pass(1);
    const answer = await asked;
    deepEqual([answer.http, answer.code], [http, code], query);
    match(answer.message, message);
  }
  const options = { name: "options", exchanges: new Set(["nfo" as const]) };
  const refused = await askJson(world.stage, "/chain?underlying=NIFTY", { entitlement: options });
  deepEqual([refused.http, refused.code], [403, "not_allowed"]);
  deepEqual((await askJson(world.stage, "/chain?underlying=NIFTTY")).suggestions, ["nfo:NIFTY"]);
});

Deno.test("every field of the answer is described, and every reason for no volatility documented", async () => {
  const world = ChainWorld.on(undefined, { upstream: { capacity: 6 }, watchlist: new Map() });
  const answers = [
    await answered(world, "/chain?underlying=NIFTY&strikes=1"),
    await askJson(ChainWorld.on().stage, "/chain?underlying=NIFTY&wait=0"),
    await answered(ChainWorld.on(), "/chain?underlying=NIFTY&strikes=3"),
  ];
  // A schema drops what it does not know.
  for (const { http: _, ...answer } of answers) deepEqual(chainAnswer.parse(answer), answer);
  const { http: _, ...error } = await askJson(world.stage, "/chain?underlying=NIFTTY");
  deepEqual(errorAnswer.parse(error), error);
  const { table } = pageOf("http.md");
  const { call } = chainAnswer.shape.data.element.shape;
  deepEqual(Object.keys(call.unwrap().shape), [...SIDE_FIELDS]);
  const reasons = table(/^\| `not_valued` +\| meaning/).map(([reason]) => words(reason!)[0]);
  deepEqual(reasons, [...call.unwrap().shape.not_valued.unwrap().options]);
});
