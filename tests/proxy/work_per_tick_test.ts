/**
 * What a tick costs in the standard scenarios, counted from the broker's frame to the clients' sockets. A change that
 * does more fails here, on any machine and under any load. One that does less writes the smaller number down.
 */
import { ok } from "node:assert/strict";
import { recorderIn } from "../recording/files.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { CountingClock, KEYS, TickWork, TOKENS, type Work } from "./tick_work.ts";

const JSON_QUERY = "encoding=json";

/** Of all the shares. */
const ALL = subscribeTo(TOKENS);

function subscribeTo(tokens: readonly string[]) {
  return { command: "subscribe", exchange: "nse", tokens, mode: "quote" };
}

/** Ten shares, beginning at one of them. */
function tenFrom(first: number): readonly string[] {
  return Array.from({ length: 10 }, (_, i) => TOKENS[(first + i) % TOKENS.length]!);
}

/** The least there can be: one client that takes everything as it comes. */
const ONE_CLIENT: Work = {
  lookUps: 8,
  mapChanges: 0,
  texts: 1,
  messages: 0.01,
  sends: 0.01,
  slices: 1,
  timers: 0,
  microtasks: 0.02,
  clockReads: 3.041,
};

/** Fails when more is done than has been written down. */
function noMoreThan(most: Work, work: Work): void {
  const grown = Object.entries(work).filter(([name, count]) => count > most[name as keyof Work]);
  const all = JSON.stringify(work);
  ok(grown.length === 0, `more ${grown.map(([name]) => name).join(", ")} for each tick than before: ${all}`);
}

Deno.test("one client of everything", async () => {
  const world = await TickWork.start();
  await world.join("/", JSON_QUERY, ALL);
  noMoreThan(ONE_CLIENT, await world.ticks(KEYS));
  await world.stop();
});

Deno.test("one client of everything, compressed", async () => {
  const world = await TickWork.start();
  await world.join("/", "", ALL);
  noMoreThan(ONE_CLIENT, await world.ticks(KEYS));
  await world.stop();
});

Deno.test("a hundred clients that are alike", async () => {
  const world = await TickWork.start();
  for (let i = 0; i < 100; i++) await world.join("/", JSON_QUERY, ALL);
  noMoreThan({ ...ONE_CLIENT, sends: 1 }, await world.ticks(KEYS));
  await world.stop();
});

Deno.test("a hundred clients with lists of their own, a tenth each, in small reads", async () => {
  const world = await TickWork.start();
  for (let i = 0; i < 100; i++) await world.join("/", JSON_QUERY, subscribeTo(tenFrom(i)));
  noMoreThan({
    ...ONE_CLIENT,
    lookUps: 8.9,
    mapChanges: 0.18,
    messages: 1.9,
    sends: 1.9,
    timers: 0.09,
    microtasks: 0.14,
    clockReads: 8.892,
  }, await world.ticks(KEYS, { reads: 10 }));
  await world.stop();
});

Deno.test("a hundred clients of the broker's wire", async () => {
  const world = await TickWork.start();
  const tokenList = [{ exchangeType: 1, tokens: TOKENS }];
  for (let i = 0; i < 100; i++) {
    await world.join("/smart-stream", "", { action: 1, params: { mode: 2, tokenList } });
  }
  noMoreThan({ ...ONE_CLIENT, lookUps: 7, texts: 0, sends: 100 }, await world.ticks(KEYS));
  await world.stop();
});

Deno.test("clients that follow a chain", async () => {
  const world = await TickWork.start();
  const chain = { underlying: "NIFTY", strikes: 10 };
  for (let i = 0; i < 20; i++) {
    await world.join("/", JSON_QUERY, { command: "subscribe", chain, mode: "quote" });
  }
  await world.ticks(["nse:99926000"]);
  noMoreThan(
    { ...ONE_CLIENT, messages: 0.044, sends: 0.87, microtasks: 0.087, clockReads: 3.179 },
    await world.ticks(world.wanted),
  );
  await world.stop();
});

Deno.test("a recording is kept", async () => {
  using folder = new TemporaryFolder();
  const clock = new CountingClock();
  const recorder = recorderIn(folder.path, { clock });
  const world = await TickWork.start({ recorder }, clock);
  recorder.start();
  await world.join("/", JSON_QUERY, ALL);
  noMoreThan({ ...ONE_CLIENT, timers: 0.001 }, await world.ticks(KEYS));
  await world.stop();
  await recorder.stop();
});

Deno.test("a client has the candles of everything", async () => {
  const world = await TickWork.start();
  await world.join("/", JSON_QUERY, ALL, { ...ALL, candles: ["1m", "5s"], every: 10_000 });
  noMoreThan(ONE_CLIENT, await world.ticks(KEYS));
  await world.stop();
});
