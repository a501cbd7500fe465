import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { quoteColumns } from "../../../lib/clients/http/quote_csv.ts";
import { LEASE_MS } from "../../../lib/clients/http/leases.ts";
import { DEFAULT_LIMITS } from "../../../lib/config/limits.ts";
import { MarketCalendar } from "../../../lib/market/calendar.ts";
import { ALWAYS_OPEN } from "../../../lib/market/calendar_file.ts";
import { type InstrumentKey, MODES } from "../../../lib/market/market.ts";
import { ltpTick, quoteTick, snapQuoteTick, TEN_O_CLOCK } from "../../ticks.ts";
import { Stage } from "../stage.ts";
import { TurnClock } from "../turn_clock.ts";
import { ask, askJson, type Body } from "./ask.ts";
import { CRUDE, instruments } from "./instruments.ts";

const SBIN: InstrumentKey = "nse:3045";

function open(options: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  return new Stage({ instruments, ...options });
}

/** An answer that is waited for with the clock in the hand. */
function pending(stage: Stage, address: string): { answer: Body | undefined } {
  const held: { answer: Body | undefined } = { answer: undefined };
  askJson(stage, address).then((answer) => held.answer = answer);
  return held;
}

Deno.test("/quotes answers what is known at once, with freshness and ages", async () => {
  const stage = open();
  await stage.subscribed("nse");
  const now = stage.clock.now();
  stage.upstream.tick(ltpTick("nse:99926000", 24_000.5, { exchangeTime: now - 700, receivedAt: now }));
  stage.clock.advance(300);
  const answer = await askJson(stage, "/quotes?exchange=nse&tokens=99926000&mode=ltp&wait=0");
  const { data, ...rest } = answer;
  deepEqual(rest, {
    http: 200,
    status: "success",
    message: "1 instrument",
    source: "live",
    as_of: now + 300,
  });
  deepEqual(data, [{
    asked: "nse:99926000",
    status: "accepted",
    instrument: "nse:99926000",
    freshness: "live",
    last_tick_age_ms: 300,
    price_age_ms: 1_000,
    exchange: "nse",
    exchange_type: 1,
    token: "99926000",
    symbol: "Nifty 50",
    mode: "ltp",
    last_traded_price: 24_000.5,
    timestamp: "2026-11-20 09:59:59",
    exchange_timestamp: now - 700,
    sequence_number: 1,
  }]);
});

Deno.test("ages are whole numbers, and absent where the exchange told no time", async () => {
  const stage = open();
  await askJson(stage, "/quotes?symbols=SBIN&mode=ltp&wait=0");
  stage.upstream.tick(ltpTick(SBIN, 800, { exchangeTime: 0, receivedAt: stage.clock.now() }));
  stage.clock.advance(7.25);
  const { data: [row] } = await askJson(stage, "/quotes?symbols=SBIN&mode=ltp&wait=0");
  deepEqual([row.last_traded_price, row.last_tick_age_ms, row.price_age_ms], [800, 7, undefined]);
  const { client, socket, send } = await stage.subscribed();
  send({ command: "subscribe", symbols: ["SBIN"] });
  await stage.drain();
  deepEqual(JSON.parse(socket.frames.at(-2)!).results[0].last_tick_age_ms, 7);
  client.gone();
});

Deno.test("/quotes subscribes where nobody has, and answers with the first tick in the mode", async () => {
  const stage = open();
  const asked = pending(stage, "/quotes?symbols=sbin&mode=quote");
  await stage.drain();
  equal(stage.demand.get(SBIN), "quote");
  stage.upstream.tick(ltpTick(SBIN, 800));
  await stage.drain();
  equal(asked.answer, undefined);
  stage.upstream.tick(quoteTick(SBIN, 801, { volume: 5 }));
  await stage.drain();
  const [row] = asked.answer!.data;
  deepEqual([row.last_traded_price, row.volume, row.asked, row.symbol], [801, 5, "sbin", "SBIN-EQ"]);
});

Deno.test("/quotes waits no longer than it was told, and for one that never ticks only once", async () => {
  const stage = open();
  const asked = pending(stage, "/quotes?symbols=SBIN,RELIANCE&wait=500");
  await stage.drain();
  stage.upstream.tick(quoteTick(SBIN, 800));
  stage.clock.advance(499);
  await stage.drain();
  equal(asked.answer, undefined);
  stage.clock.advance(1);
  await stage.drain();
  const [known, unknown] = asked.answer!.data;
  equal(known.last_traded_price, 800);
  deepEqual(
    [unknown.status, unknown.state, unknown.reason, unknown.instrument, unknown.freshness],
    ["accepted", "requested", "waiting for the first tick", "nse:2885", "unknown"],
  );
  const again = pending(stage, "/quotes?symbols=SBIN,RELIANCE&wait=500");
  await stage.drain();
  ok(again.answer !== undefined);
});

/** A market that is closed all day. */
const SHUT = new MarketCalendar({
  ...ALWAYS_OPEN,
  sessions: ALWAYS_OPEN.sessions.map((session) => ({ ...session, phases: [] })),
});

/** Every text in an answer, whatever field it stands in. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

Deno.test("nothing in a row says live but of a price that is", async () => {
  const stage = open({ source: "simulated" });
  const address = "/quotes?symbols=SBIN,RELIANCE,NOBODY&mode=ltp&wait=0";
  await askJson(stage, address);
  stage.tick(SBIN, 800);
  const freshness = async () => {
    const { data } = await askJson(stage, address);
    const table = await (await ask(stage, `${address}&format=csv`)).text();
    const lines = table.trim().split("\r\n").slice(1).map((line) => line.split(","));
    const found = data.map((row: Body) => row.freshness);
    for (const [i, each] of found.entries()) {
      const says = [...textsIn(data[i]), ...lines[i]!].includes("live");
      equal(says, each === "live", JSON.stringify(data[i]));
    }
    return found;
  };
  deepEqual(await freshness(), ["live", "unknown", "unknown"]);
  stage.clock.advance(61_000);
  deepEqual(await freshness(), ["quiet", "unknown", "unknown"]);
  stage.tick(SBIN, 801);
  stage.upstream.up = undefined;
  deepEqual(await freshness(), ["stale", "unknown", "unknown"]);
  stage.upstream.up = stage.clock.elapsed() + 1;
  stage.clock.advance(1_000);
  deepEqual(await freshness(), ["stale", "unknown", "unknown"]);
  stage.tick(SBIN, 802);
  deepEqual(await freshness(), ["live", "unknown", "unknown"]);
  stage.pipeline.marketData.reject("a test", new Uint8Array(), SBIN);
  deepEqual(await freshness(), ["suspect", "unknown", "unknown"]);
  const closed = open({ source: "simulated", calendar: SHUT });
  await askJson(closed, address);
  closed.tick(SBIN, 800);
  const [row] = (await askJson(closed, address)).data;
  deepEqual([row.freshness, row.last_traded_price], ["closed", 800]);
});

Deno.test("a lease lasts while it is asked for, and ends by itself", async () => {
  const stage = open();
  await askJson(stage, "/quotes?symbols=SBIN,RELIANCE&wait=0");
  equal(stage.demand.size, 2);
  stage.clock.advance(LEASE_MS - 1);
  await askJson(stage, "/quotes?symbols=SBIN&mode=ltp&wait=0");
  equal(stage.demand.get(SBIN), "quote", "a lower mode takes nothing from the higher one");
  stage.clock.advance(1);
  deepEqual([...stage.demand.keys()], [SBIN]);
  stage.clock.advance(LEASE_MS);
  equal(stage.demand.size, 0);
  equal(stage.clock.pending, 0);
});

Deno.test("the proxy's stop ends all leases", async () => {
  const stage = open();
  await askJson(stage, "/quotes?symbols=SBIN&wait=0");
  await askJson(stage, "/quotes?symbols=RELIANCE&wait=0", { peer: "127.0.0.2" });
  stage.clock.advance(0);
  stage.pipeline.leases.stop();
  equal(stage.demand.size, 0);
  equal(stage.clock.pending, 0);
});

Deno.test("what can be had is answered, and the rest is refused row by row, in the order asked", async () => {
  const stage = open();
  const { http, status, code, data } = await askJson(stage, "/quotes?symbols=SBIN,RELIANC,reliance&wait=0");
  deepEqual([http, status, code], [200, "partial", "unknown_instrument"]);
  deepEqual(data.map(({ asked, status }: Body) => [asked, status]), [
    ["SBIN", "accepted"],
    ["RELIANC", "refused"],
    ["reliance", "accepted"],
  ]);
  deepEqual(data[1].suggestions, ["nse:RELIANCE-EQ", "bse:RELIANCE", "nse:RELIANCE-BL"]);
});

Deno.test("nothing that can be had is an error with the number that fits", async () => {
  const few = { name: "few", maxInstruments: 1 };
  const nse = { name: "nse", exchanges: new Set(["nse"] as const) };
  const cases = [
    ["/quotes?symbols=NOBODY", {}, 404, "unknown_instrument"],
    ["/quotes?exchange=bse", {}, 404, "unknown_exchange"],
    [`/quotes?symbols=${CRUDE.symbol}`, { entitlement: nse }, 403, "not_allowed"],
    ["/quotes?symbols=SBIN&wait=0", { entitlement: few }, 200, undefined],
    ["/quotes?symbols=RELIANCE&wait=0", { entitlement: few }, 403, "too_many_instruments"],
    ["/quotes?symbols=RELIANCE&wait=0", { entitlement: few, peer: "10.0.0.9" }, 503, "budget_exhausted"],
  ] as const;
  const stage = open({ upstream: { capacity: 1 }, watchlist: new Map() });
  for (const [address, options, http, code] of cases) {
    const answer = await askJson(stage, address, options);
    deepEqual([answer.http, answer.code], [http, code], address);
    if (http !== 200) ok(answer.message.length > 20, answer.message);
  }
});

Deno.test("more than one address may ask is refused until it has waited", async () => {
  const stage = open({ limits: { ...DEFAULT_LIMITS, commandsPerSecond: 1 } });
  let refused: Response | undefined;
  for (let i = 0; i < 100 && refused === undefined; i++) {
    const response = await ask(stage, "/quotes?symbols=SBIN&wait=0");
    if (response.status === 429) refused = response;
    else await response.body?.cancel();
  }
  equal((await refused!.json()).code, "rate_limited");
  ok(Number(refused!.headers.get("retry-after")) > 0);
  equal((await ask(stage, "/quotes?symbols=SBIN&wait=0", { peer: "10.0.0.9" })).status, 200);
  stage.clock.advance(10_000);
  equal((await ask(stage, "/quotes?symbols=SBIN&wait=0")).status, 200);
});

Deno.test("the table has the same columns in a mode, whatever is known", async () => {
  const stage = open();
  await askJson(stage, "/quotes?symbols=SBIN&mode=snapquote&wait=0");
  stage.upstream.tick(
    snapQuoteTick(SBIN, 800, {
      bids: [{ price: 799.5, quantity: 10, orders: 2 }],
      receivedAt: TEN_O_CLOCK,
    }),
  );
  for (const mode of MODES) {
    const address = `/quotes?symbols=SBIN,=1%2B1,RELIANCE&mode=${mode}&wait=0&format=csv`;
    const response = await ask(stage, address);
    match(response.headers.get("content-type")!, /^text\/csv; charset=utf-8/);
    const lines = (await response.text()).split("\r\n");
    deepEqual(lines[0], quoteColumns(mode).join());
    equal(lines.length, 5);
    const row = Object.fromEntries(quoteColumns(mode).map((name, i) => [name, lines[1]!.split(",")[i]]));
    deepEqual([row.asked, row.last_traded_price, row.freshness, row.source], ["SBIN", "800", "live", "live"]);
    if (mode === "snapquote") {
      deepEqual([row.bid1_price, row.bid1_orders, row.ask1_price], ["799.5", "2", ""]);
    }
    ok(lines[2]!.startsWith("'=1+1,refused,"));
    ok(lines[3]!.includes("waiting for the first tick"));
  }
});

Deno.test("an ampersand in a name is read where it is written as it must be, and explained where not", async () => {
  const stage = open();
  equal((await askJson(stage, "/quotes?symbols=M%26M-EQ&wait=0")).data[0].instrument, "nse:31181");
  match((await askJson(stage, "/quotes?symbols=M&M-EQ")).message, /%26/);
});

Deno.test("many quotes are of one moment, and take several turns of the event loop to look up and to write", async () => {
  const clock = new TurnClock();
  const stage = new Stage({ clock, upstream: { capacity: 1_000 }, watchlist: new Map() });
  const tokens = Array.from({ length: 500 }, (_, i) => String(i + 1));
  const path = `/quotes?exchange=nse&tokens=${tokens.join(",")}&wait=0`;
  /** Asks, and does something after each turn. @returns The answer, and how many turns it took. */
  const turnsOf = async (after: (turns: number) => void) => {
    const asked = pending(stage, path);
    let turns = 0;
    for (; asked.answer === undefined; turns++) {
      ok(turns < 50, "no answer");
      after(turns);
      clock.turn();
      await stage.drain();
    }
    return { answer: asked.answer, turns };
  };
  await turnsOf(() => {});
  let price = 0;
  const { answer, turns } = await turnsOf((turns) => {
    price = 100 + turns;
    clock.advance(1);
    for (const token of tokens) stage.tick(`nse:${token}`, price);
  });
  ok(turns >= 3, `${turns} turns`);
  const [first] = answer.data;
  equal(answer.data.length, 500);
  deepEqual(new Set(answer.data.map(({ last_traded_price }: Body) => last_traded_price)).size, 1);
  ok(first.last_traded_price < price, "newer ticks came while it was written");
  // The message is of the same moment.
  equal(first.exchange_timestamp, answer.as_of);
});

Deno.test("requests of one address that come together are read in turns, and too many of them are refused unread", async () => {
  const clock = new TurnClock();
  const stage = new Stage({ clock });
  let answered = 0;
  const refused: number[] = [];
  for (let i = 0; i < 150; i++) {
    ask(stage, "/search?query=nifty").then(({ status }) =>
      status === 200 ? answered++ : refused.push(status)
    );
  }
  await stage.drain();
  ok(answered <= 6, `${answered} in one turn`);
  deepEqual([refused.length > 40, new Set(refused)], [true, new Set([429])]);
  for (let turns = 0; answered + refused.length < 150; turns++) {
    ok(turns < 150, "no answer");
    clock.turn();
    await stage.drain();
  }
  ok(answered >= 100);
});
