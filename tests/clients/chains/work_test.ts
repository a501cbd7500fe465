/** What chains cost, counted and compared with plain subscriptions to the same instruments. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { ChainWorld, NIFTY } from "./world.ts";
import type { InstrumentKey } from "../../../lib/market/market.ts";

const CLIENTS = 20;

const EXPIRIES = ["2026-11-30", "2026-12-08", "2026-12-29"];

/** A world whose work for ticks is counted: texts that are made, and frames that are sent. */
function counted() {
  const world = ChainWorld.on(undefined, { upstream: { capacity: 1_000 } });
  let texts = 0;
  const { symbolOf } = world.list;
  world.list.symbolOf = (key) => (texts++, symbolOf(key));
  const sockets: { readonly frames: string[] }[] = [];
  return {
    world,
    connect() {
      const client = world.connect();
      sockets.push(client.socket);
      return client;
    },
    /** Ticks of all that is wanted, one read after the other. @returns What they cost. */
    async ticks(rounds = 3) {
      const keys = [...world.stage.demand.keys()];
      await world.stage.pass(1_000);
      texts = 0;
      const before = sockets.map(({ frames }) => frames.length);
      for (let round = 0; round < rounds; round++) {
        for (const key of keys) world.stage.tick(key, key === NIFTY ? 24_812 : 100 + round);
        await world.stage.pass(100);
      }
      const frames = sockets.reduce((sum, socket, i) => sum + socket.frames.length - before[i]!, 0);
      return { texts, frames, groups: world.stage.groups, wanted: keys.length };
    },
  };
}

Deno.test("three chains of twenty clients each cost what plain subscriptions to the same instruments cost", async () => {
  const chains = counted();
  for (const expiry of EXPIRIES) {
    for (let i = 0; i < CLIENTS; i++) {
      await chains.connect().follow({ underlying: "NIFTY", expiry, strikes: 10 }, { mode: "snapquote" });
    }
  }
  await chains.world.price(NIFTY, 24_812);
  const plain = counted();
  for (let each = 0; each < EXPIRIES.length; each++) {
    const tokens = Array.from({ length: 42 }, (_, i) => `${41_000 + 1_000 * each + 12 + i}`);
    for (let i = 0; i < CLIENTS; i++) {
      const client = plain.connect();
      await client.ask({ command: "subscribe", exchange: "nfo", tokens, mode: "snapquote" });
      await client.ask({ command: "subscribe", exchange: "nse", tokens: ["99926000"], mode: "snapquote" });
    }
  }
  const cost = await chains.ticks();
  deepEqual(cost, await plain.ticks());
  deepEqual(cost, { texts: 3 * 127, frames: 3 * 60, groups: 3, wanted: 3 * 42 + 1 });
});

Deno.test("when the money moves, clients that have the same stay one audience, and each instrument is asked for once", async () => {
  const chains = counted();
  const clients = [];
  for (const expiry of EXPIRIES) {
    for (let i = 0; i < CLIENTS; i++) {
      const client = chains.connect();
      await client.follow({ underlying: "NIFTY", expiry, strikes: 10 });
      clients.push(client);
    }
  }
  await chains.world.price(NIFTY, 24_812);
  const asked: InstrumentKey[] = [];
  const { marketData } = chains.world.stage.pipeline;
  const subscribe = marketData.subscribe.bind(marketData);
  marketData.subscribe = (subscriber, key, mode) => {
    asked.push(key);
    subscribe(subscriber, key, mode);
  };
  await chains.world.stage.pass(300);
  await chains.world.price(NIFTY, 24_861);
  // Not after a moment in which they are merged again: at once.
  equal(chains.world.stage.groups, 3);
  deepEqual([asked.length, new Set(asked).size], [6, 6]);
  for (const client of clients) {
    equal(client.chainNews().filter(({ status }) => status === "moved").length, 1);
  }
  equal((await chains.ticks()).groups, 3);
});

Deno.test("however many follow, a change is made in turns, and ends with everyone at the money", async () => {
  const chains = counted();
  const clients = Array.from({ length: 130 }, () => chains.connect());
  for (const client of clients) await client.follow({ underlying: "NIFTY", strikes: 5 });
  await chains.world.price(NIFTY, 24_812);
  await chains.world.stage.pass(300);
  for (const client of clients) client.news();
  chains.world.stage.tick(NIFTY, 24_861);
  const told = () => clients.filter((client) => client.chainNews().length > 0).length;
  ok(told() <= 50);
  chains.world.stage.tick(NIFTY, 24_911);
  await chains.world.stage.pass(600);
  for (const client of clients) {
    const news = client.chainNews();
    if (news.length > 0) equal(news.at(-1)!.chain.at_the_money, 24_900);
  }
  equal((await chains.ticks()).groups, 1);
  equal(chains.world.contracts.length, 22);
});
