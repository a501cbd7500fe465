import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../../lib/config/limits.ts";
import { tableOfRows } from "../../instruments/master.ts";
import { CHAIN_ROWS } from "../../instruments/option_rows.ts";
import { ChainWorld, CRUDE, NIFTY } from "./world.ts";

/** Tokens of NIFTY's contracts of 30 November: 24000 is 41000 and 41001, and so on. */
function contractsFrom(first: number, last: number, base = 41_000): string[] {
  const keys: string[] = [];
  for (let strike = first; strike <= last; strike += 50) {
    const token = base + (strike - 24_000) / 25;
    keys.push(`nfo:${token}`, `nfo:${token + 1}`);
  }
  return keys;
}

Deno.test("a chain waits for the first price of its underlying, and then has the strikes around the money", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  const answer = await client.follow({ underlying: "NIFTY", strikes: 2 }, { mode: "snapquote", id: 7 });
  equal(answer.status, "success");
  equal(answer.id, 7);
  match(answer.message, /NIFTY 2026-11-30: its strikes follow with the first price of nse:99926000/);
  deepEqual(answer.chain, {
    id: "nfo:NIFTY nearest",
    underlying: "nfo:NIFTY",
    expiry: "nearest",
    expires: "2026-11-30",
    strikes: 2,
    mode: "snapquote",
    state: "waiting",
    reference: NIFTY,
  });
  deepEqual([...world.stage.demand], [[NIFTY, "snapquote"]]);
  await world.price(NIFTY, 24_812.35);
  deepEqual(world.contracts, contractsFrom(24_700, 24_900));
  const [news] = client.chainNews();
  equal(news!.status, "started");
  match(news!.message, /24800 at the money, and 2 strikes on each side; 10 instruments added/);
  deepEqual([news!.chain.price, news!.chain.at_the_money, news!.chain.state], [
    24_812.35,
    24_800,
    "following",
  ]);
  deepEqual(news!.added.slice(0, 2), [
    { instrument: "nfo:41032", symbol: "NIFTY30NOV2624800CE", strike: 24_800, side: "CE" },
    { instrument: "nfo:41033", symbol: "NIFTY30NOV2624800PE", strike: 24_800, side: "PE" },
  ]);
  deepEqual(news!.dropped, []);
  equal(world.stage.demand.get("nfo:41032"), "snapquote");
});

Deno.test("one more client of a chain has its strikes at once, with their last values, in the answer's wake", async () => {
  const world = ChainWorld.on();
  await world.connect().follow("NIFTY");
  await world.price(NIFTY, 24_812.35);
  await world.price("nfo:41032", 130);
  const client = world.connect();
  client.news();
  client.handle.received(JSON.stringify({ command: "subscribe", chain: "NIFTY" }));
  await world.stage.drain();
  const [answer, snapshot] = client.news();
  equal(answer!.added.length, 43);
  deepEqual(answer!.added[0], { instrument: NIFTY, symbol: "Nifty 50" });
  equal(answer!.results.length, 43);
  deepEqual(answer!.data.map(({ exchangeType }: { exchangeType: number }) => exchangeType), [1, 2]);
  equal(snapshot!.snapshot, true);
  deepEqual(snapshot!.data.map(({ token }: { token: string }) => token), ["99926000", "41032"]);
});

Deno.test("when the money moves, strikes are added and dropped within a second, with a word and snapshots", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 2 });
  const other = world.connect();
  await world.price(NIFTY, 24_812);
  await other.ask({ command: "subscribe", exchange: "nfo", tokens: ["41040"] });
  await world.price("nfo:41040", 55);
  client.news();
  await world.price(NIFTY, 24_837);
  deepEqual(client.chainNews(), []);
  await world.price(NIFTY, 24_861);
  await world.stage.pass(1_000);
  const messages = client.news();
  const news = messages.find(({ type }) => type === "chain")!;
  equal(news.status, "moved");
  match(news.message, /NIFTY 2026-11-30: 24850 at the money, .*; 2 instruments added, 2 dropped/);
  const keysOf = (parts: { instrument: string }[]) => parts.map(({ instrument }) => instrument).sort();
  deepEqual(keysOf(news.added), contractsFrom(24_950, 24_950));
  deepEqual(keysOf(news.dropped), contractsFrom(24_700, 24_700));
  deepEqual(world.contracts, [...contractsFrom(24_750, 24_950), "nfo:41040"].filter(unique).sort());
  // What another one had already is shown at once: 25000 is not of the chain yet.
  await world.price(NIFTY, 24_900);
  await world.stage.pass(1_000);
  const snapshot = client.news().find((each) => each.snapshot);
  deepEqual(snapshot!.data.map(({ token }: { token: string }) => token), ["41040"]);
});

function unique<Value>(value: Value, at: number, values: Value[]): boolean {
  return values.indexOf(value) === at;
}

Deno.test("a price that runs through many strikes brings at most four changes a second, and ends at the money", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 3 });
  await world.price(NIFTY, 24_200);
  client.news();
  for (let i = 0; i <= 100; i++) {
    await world.price(NIFTY, 24_200 + 15 * i);
    world.clock.advance(20);
  }
  world.clock.advance(250);
  await world.stage.drain();
  const news = client.chainNews();
  ok(news.length >= 6 && news.length <= 10, `${news.length}`);
  equal(news.at(-1)!.chain.at_the_money, 25_700);
  deepEqual(world.contracts, contractsFrom(25_550, 25_850));
});

Deno.test("at the end of the list there are fewer strikes on that side", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 2 });
  await world.price(NIFTY, 27_000);
  deepEqual(world.contracts, contractsFrom(25_900, 26_000));
});

Deno.test("when an expiry is over the next one follows without a restart, and is said", async () => {
  const world = ChainWorld.on("2026-11-30T15:00:00+05:30");
  const client = world.connect();
  const later = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 1 });
  await later.follow({ underlying: "NIFTY", strikes: 1, expiry: "next" });
  await world.price(NIFTY, 24_800);
  deepEqual(world.contracts, [...contractsFrom(24_750, 24_850), ...contractsFrom(24_750, 24_850, 42_000)]);
  client.news();
  world.clock.advance(8.9 * 3_600_000);
  deepEqual(client.chainNews(), []);
  world.clock.advance(0.2 * 3_600_000);
  await world.stage.drain();
  const [news, ...rest] = client.chainNews();
  deepEqual(rest, []);
  equal(news!.status, "rolled");
  match(news!.message, /the expiry before is over; NIFTY 2026-12-08/);
  deepEqual([news!.chain.expiry, news!.chain.expires], ["nearest", "2026-12-08"]);
  equal(later.chainNews().at(-1)!.chain.expires, "2026-12-29");
  deepEqual(world.contracts, [
    ...contractsFrom(24_750, 24_850, 42_000),
    ...contractsFrom(24_750, 24_850, 43_000),
  ]);
});

Deno.test("a chain of a day ends with its day, and is said; a new list without its contracts ends it as well", async () => {
  const world = ChainWorld.on("2026-11-30T15:00:00+05:30");
  const client = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 1, expiry: "30-Nov-2026" });
  await client.follow({ underlying: "SENSEX", strikes: 1, expiry: "2026-12-03" });
  await world.price(NIFTY, 24_800);
  world.clock.advance(9.1 * 3_600_000);
  await world.stage.drain();
  const [news] = client.chainNews().slice(-1);
  deepEqual([news!.status, news!.chain.state, news!.dropped.length], ["ended", "ended", 7]);
  deepEqual([...world.stage.demand.keys()], ["bse:99919000"]);
  const { chains } = await client.ask({ command: "list_subscriptions" });
  deepEqual(chains.map(({ id }: { id: string }) => id), ["bfo:SENSEX 2026-12-03"]);
  world.list.adopt(await tableOfRows(CHAIN_ROWS.filter(({ name }) => name !== "SENSEX")));
  await world.stage.drain();
  equal(client.chainNews().at(-1)!.status, "ended");
  deepEqual([...world.stage.demand.keys()], []);
});

Deno.test("another list of the day brings its strikes; one without any expiry is waited out", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 1 });
  await world.price(NIFTY, 24_800);
  client.news();
  const without = CHAIN_ROWS.filter(({ symbol }) => !`${symbol}`.startsWith("NIFTY30NOV2624850"));
  world.list.adopt(await tableOfRows(without));
  await world.stage.drain();
  const news = client.chainNews();
  equal(news.at(-1)!.status, "changed");
  deepEqual(world.contracts, [...contractsFrom(24_750, 24_800), ...contractsFrom(24_900, 24_900)]);
  world.list.adopt(await tableOfRows(CHAIN_ROWS.filter(({ name }) => name !== "NIFTY")));
  await world.stage.drain();
  const waiting = client.chainNews().at(-1)!;
  deepEqual([waiting.status, waiting.chain.state, waiting.chain.expires], ["rolled", "waiting", undefined]);
  match(waiting.message, /no such expiry is listed; it waits for the next list/);
  deepEqual(world.contracts, []);
  world.list.adopt(await tableOfRows(CHAIN_ROWS));
  await world.price(NIFTY, 24_800);
  deepEqual(world.contracts, contractsFrom(24_750, 24_850));
});

Deno.test("a commodity's chain follows its future, since its spot does not tick", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  const answer = await client.follow({ underlying: "crudeoil", expiry: "monthly", strikes: 1 });
  deepEqual([answer.chain.reference, answer.chain.expires], [CRUDE, "2026-12-16"]);
  await world.price(CRUDE, 5_862);
  equal(client.chainNews()[0]!.chain.at_the_money, 5_850);
});

Deno.test("what there is no room for is refused with the reason, and asked for again when the money moves", async () => {
  const world = ChainWorld.on(undefined, { upstream: { capacity: 10 }, watchlist: new Map() });
  const client = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 3 });
  await world.price(NIFTY, 24_800);
  const [news] = client.chainNews();
  equal(news!.added.length, 8);
  equal(news!.refused.length, 6);
  equal(news!.refused[0].code, "too_many_instruments");
  match(news!.message, /6 instruments refused: nfo:NIFTY30NOV2624700CE: a client may have 9 instruments/);
  // The nearest to the money come first.
  deepEqual(world.contracts, [...contractsFrom(24_750, 24_850), ...contractsFrom(24_900, 24_900)]);
  client.news();
  await world.price(NIFTY, 24_900);
  await world.stage.pass(1_000);
  deepEqual(world.contracts, contractsFrom(24_850, 25_000));
  const own = ChainWorld.on(undefined, { limits: { ...DEFAULT_LIMITS, subscriptions: 4 } });
  const small = own.connect();
  const answer = await small.follow({ underlying: "NIFTY", strikes: 1 });
  equal(answer.status, "success");
  await own.price(NIFTY, 24_800);
  match(small.chainNews()[0]!.message, /a client may have 4 instruments/);
});

Deno.test("a moving chain lets go first: it goes on where every place is taken", async () => {
  const world = ChainWorld.on(undefined, { upstream: { capacity: 8 }, watchlist: new Map() });
  const client = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 1 });
  await world.price(NIFTY, 24_500);
  for (let price = 24_500; price <= 25_500; price += 50) {
    await world.price(NIFTY, price);
    await world.stage.pass(300);
  }
  deepEqual(world.contracts, contractsFrom(25_450, 25_550));
  ok(client.chainNews().every(({ refused }) => refused === undefined));
});

Deno.test("a chain whose underlying there is no room for, or that the token is not for, is refused as a whole", async () => {
  const world = ChainWorld.on(undefined, { upstream: { capacity: 1 }, watchlist: new Map() });
  await world.connect().ask({ command: "subscribe", exchange: "bse", tokens: ["99919000"] });
  const answer = await world.connect().follow("NIFTY");
  deepEqual([answer.status, answer.code], ["error", "budget_exhausted"]);
  match(answer.message, /the chain follows nse:Nifty 50: the broker carries 1 instruments/);
  const free = ChainWorld.on();
  const derivatives = free.connect({ name: "options", exchanges: new Set(["nfo"]) });
  const refused = await derivatives.follow("NIFTY");
  deepEqual([refused.status, refused.code], ["error", "not_allowed"]);
  match(refused.message, /the chain follows nse:Nifty 50: the access token of options is for nfo alone/);
  const shares = free.connect({ name: "shares", exchanges: new Set(["nse"]) });
  await shares.follow({ underlying: "NIFTY", strikes: 1 });
  await free.price(NIFTY, 24_800);
  const [news] = shares.chainNews();
  deepEqual([news!.added.length, news!.refused.length], [0, 6]);
  equal(free.stage.demand.size, 1);
});

Deno.test("a client has several chains, sees which instrument is of which, and gives each up by itself", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  for (const underlying of ["NIFTY", "SENSEX", "CRUDEOIL"]) await client.follow({ underlying, strikes: 1 });
  await client.follow({ underlying: "NIFTY", strikes: 2, expiry: "2026-12-08" });
  await world.price(NIFTY, 24_800);
  await world.price("bse:99919000", 81_000);
  await world.price(CRUDE, 5_800);
  const { data, chains } = await client.ask({ command: "list_subscriptions" });
  deepEqual(chains.map(({ id }: { id: string }) => id), [
    "nfo:NIFTY nearest",
    "bfo:SENSEX nearest",
    "mcx:CRUDEOIL nearest",
    "nfo:NIFTY 2026-12-08",
  ]);
  const spot = data.find(({ instrument }: { instrument: string }) => instrument === NIFTY);
  deepEqual(spot.chains, ["nfo:NIFTY nearest", "nfo:NIFTY 2026-12-08"]);
  equal(data.length, 3 * 7 + 10);
  const gone = await client.ask({
    command: "unsubscribe",
    chain: { underlying: "Nifty 50", expiry: "8 dec 2026" },
  });
  deepEqual([gone.message, gone.left], ["Unsubscribed from nfo:NIFTY 2026-12-08", 21]);
  const both = await client.ask({ command: "unsubscribe", chain: "NIFTY" });
  deepEqual([both.message, both.left], ["Unsubscribed from nfo:NIFTY nearest", 14]);
  equal((await client.ask({ command: "unsubscribe", chain: "NIFTY" })).message, "Unsubscribed from no chain");
  equal((await client.ask({ command: "unsubscribe", chain: "NIFTTY" })).code, "unknown_instrument");
  const all = await client.ask({ command: "unsubscribe", all: true });
  equal(all.left, 0);
  deepEqual([...world.stage.demand.keys()], []);
  await world.price(NIFTY, 25_500);
  deepEqual(client.chainNews(), []);
});

Deno.test("asked for again, a chain changes its width and mode", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  await client.follow({ underlying: "NIFTY", strikes: 3 }, { mode: "snapquote" });
  await world.price(NIFTY, 24_800);
  const answer = await client.follow({ underlying: "NIFTY", strikes: 1 }, { mode: "quote" });
  deepEqual([answer.chain.strikes, answer.chain.mode], [1, "quote"]);
  deepEqual(world.contracts, contractsFrom(24_750, 24_850));
  deepEqual(new Set(world.stage.demand.values()), new Set(["quote"]));
  equal((await client.ask({ command: "list_subscriptions" })).chains.length, 1);
});

Deno.test("what a client has named itself stays when a chain lets go of it, and the other way round", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  await client.ask({ command: "subscribe", exchange: "nfo", tokens: ["41032"], mode: "quote" });
  await client.follow({ underlying: "NIFTY", strikes: 1 });
  await world.price(NIFTY, 24_800);
  equal(world.stage.demand.get("nfo:41032"), "quote");
  await client.ask({ command: "unsubscribe", exchange: "nfo", tokens: ["41032"] });
  equal(world.stage.demand.get("nfo:41032"), "ltp");
  await client.ask({ command: "subscribe", exchange: "nfo", tokens: ["41032"], mode: "snapquote" });
  await client.ask({ command: "unsubscribe", chain: "NIFTY" });
  deepEqual([...world.stage.demand], [["nfo:41032", "snapquote"]]);
  await client.follow({ underlying: "NIFTY", strikes: 1 });
  await world.price(NIFTY, 25_500);
  deepEqual(world.contracts, ["nfo:41032", ...contractsFrom(25_450, 25_550)]);
});

Deno.test("who leaves takes its chains along; nothing is kept and no timer runs", async () => {
  const world = ChainWorld.on();
  const clients = Array.from({ length: 3 }, () => world.connect());
  for (const client of clients) await client.follow("NIFTY");
  await world.price(NIFTY, 24_800);
  for (const client of clients) client.handle.gone();
  await world.stage.pass(1_000);
  equal(world.stage.demand.size, 0);
  const idle = ChainWorld.on();
  equal(world.clock.pending, idle.clock.pending);
});

Deno.test("what cannot be is refused with what would do", async () => {
  const world = ChainWorld.on();
  const client = world.connect();
  const table: readonly (readonly [chain: unknown, code: string, message: RegExp, more?: object])[] = [
    ["NIFTTY", "unknown_instrument", /NIFTTY: no instrument has this name today; did you mean nfo:NIFTY\?/],
    ["SBIN", "no_options", /SBIN: no options on it are in the list/],
    ["USDINR", "no_options", /cds:USDINR has neither a spot price nor a future until 2026-12-29/],
    [
      { underlying: "NIFTY", expiry: "2026-12-01" },
      "unknown_expiry",
      /it has 2026-11-30, 2026-12-08, 2026-12-29/,
    ],
    [{ underlying: "NIFTY", expiry: "2026-11-24" }, "unknown_expiry", /nfo:NIFTY has no expiry 2026-11-24/],
    [
      { underlying: "SENSEX", expiry: "next" },
      "unknown_expiry",
      /bfo:SENSEX has no expiry next .* it has 2026-12-03/,
    ],
    [
      { underlying: "NIFTY", expiry: "nearst" },
      "bad_command",
      /"chain.expiry" is "nearst"; .*mean "nearest"\?/,
    ],
    [
      { underlying: "NIFTY", expiry: 5 },
      "bad_command",
      /"chain.expiry" must be nearest, next, monthly or a day/,
    ],
    [
      { underlying: "NIFTY", strikes: 0 },
      "bad_command",
      /"chain.strikes" must be a whole number from 1 to 100/,
    ],
    [{ underlying: "NIFTY", strikes: 101 }, "bad_command", /"chain.strikes" must be/],
    [
      { underlying: "NIFTY", strike: 5 },
      "bad_command",
      /"chain" has no field "strike"; did you mean "strikes"\?/,
    ],
    [{ symbol: "NIFTY" }, "bad_command", /"chain.underlying" must be a name/],
    [{}, "bad_command", /"chain.underlying" must be a name/],
    [[], "bad_command", /"chain" must be an object/],
    [{ underlying: "NIFTY", exchange: "nasdaq" }, "bad_command", /"chain.exchange" "nasdaq" is not known/],
    ["NIFTY", "bad_command", /"symbols" takes a command of its own/, { symbols: ["SBIN"] }],
    ["NIFTY", "bad_command", /"chain" takes its exchange inside/, { exchange: "nfo" }],
  ];
  for (const [chain, code, message, more] of table) {
    const answer = await client.follow(chain, more);
    deepEqual([answer.status, answer.code], ["error", code], JSON.stringify(chain));
    match(answer.message, message);
  }
  equal(world.stage.demand.size, 0);
  const text = await client.follow({ underlying: "NIFTY", strikes: "5", expiry: null, exchange: "NSE" });
  deepEqual([text.status, text.chain.strikes], ["success", 5]);
});
