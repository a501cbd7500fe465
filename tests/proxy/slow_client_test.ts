import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { LAG_BYTES } from "../../lib/clients/delivery/outbox.ts";
import { manyInstruments } from "../../lib/simulator/instruments.ts";
import { logLines } from "../log/lines.ts";
import { seededRandom } from "../fakes.ts";
import { Crowd, type SeenTick } from "./crowd.ts";
import { type Handed, HandedCounts } from "./handed.ts";
import { RawClient, ticksOf } from "./raw_client.ts";
import { Rig } from "./rig.ts";
import type { Message } from "./test_client.ts";

const INSTRUMENTS = manyInstruments(200);
const RATE = 3_000;
const GOOD = 98;
const BATCH_MS = 50;

/** For so long the market moves; then it is quiet, so that what everyone has got can be compared. */
const MOVES_MS = 5_000;

/** All together pass more than the 30 s after which the frozen one is closed. */
const QUIET_MS = 33_000;

/** What the slow one reads of the clock's second. */
const SLOW_BYTES_PER_S = 10_000;

interface Run {
  readonly ticks: (SeenTick & { readonly at: number })[];
  readonly conflated: number;
  readonly counts: number[];
}

/** A client by hand, in the richest form there is, so that the operating system's own buffers are full soon. */
async function connectRaw(rig: Rig, who: string): Promise<RawClient> {
  const { client } = await RawClient.connect(rig.proxy.port, "/?encoding=json", { "x-who": who });
  await client.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
  return client;
}

/** The good clients' day, with or without two others; `each` is called after each turn of the clock. */
async function run(handed: HandedCounts, others?: {
  join(rig: Rig): Promise<void>;
  each(ms: number): Promise<void>;
  quiet(rig: Rig): Promise<void>;
  bye(): void;
}): Promise<Run> {
  await using rig = await Rig.start({
    // Its own chances, so that it moves alike whoever else draws.
    simulator: { instruments: INSTRUMENTS, rate: RATE, random: seededRandom(11) },
    proxy: {
      limits: { ...DEFAULT_LIMITS, handshakesPerSecond: 1_000 },
      batchMs: BATCH_MS,
      upgradeWebSocket: handed.upgradeWebSocket,
      watchlist: new Map([["nse", INSTRUMENTS.map(({ token }) => token)]]),
    },
  });
  await rig.until(() => rig.control.stats().sockets === 1);
  const crowd = await Crowd.join(rig, GOOD);
  await others?.join(rig);
  // In both runs the broker is asked for the same.
  const rich = await rig.connect();
  rich.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
  await crowd.subscribe();
  while (rig.control.stats().subscriptions[0]?.length !== INSTRUMENTS.length) await rig.turn(1);
  await crowd.turn(5);
  for (let passed = 0; passed < MOVES_MS; passed += BATCH_MS) {
    await crowd.turn(BATCH_MS);
    await others?.each(BATCH_MS);
  }
  rig.control.set({ mute: true });
  for (let i = 0; i < 4; i++) await crowd.turn(BATCH_MS);
  await others?.quiet(rig);
  const { counts } = crowd;
  const read = crowd.read();
  await crowd.leave();
  others?.bye();
  return { ...read, counts };
}

/** How many of the clock's turns passed between the proxy's having a tick and its delivery: shortest first. */
function delays({ ticks }: Run): number[] {
  return ticks.map(({ at, received_at }) => Math.round((at - received_at) / BATCH_MS)).sort((a, b) => a - b);
}

/** Turns that sockets take of the machine's time, whoever reads; two runs are never alike to the turn. */
const NOISE_TURNS = 3;

function lastPrices(ticks: Iterable<{ token: string; last_traded_price: number }>): Map<string, number> {
  return new Map([...ticks].map(({ token, last_traded_price }) => [token, last_traded_price]));
}

const priceLine = (ticks: readonly SeenTick[]) =>
  ticks.map(({ token, sequence_number, last_traded_price }) =>
    `${token} ${sequence_number} ${last_traded_price}`
  );

Deno.test("a client that reads slowly and one that reads never cost the other 98 nothing", async () => {
  const handed = new HandedCounts();
  const alone = await run(handed);

  let slow: RawClient, frozen: RawClient;
  const heard: Message[] = [];
  await using log = await logLines();
  const beside = await run(handed, {
    async join(rig) {
      slow = await connectRaw(rig, "slow");
      frozen = await connectRaw(rig, "frozen");
    },
    async each(ms) {
      heard.push(...await slow.readSome(SLOW_BYTES_PER_S * ms / 1000));
    },
    async quiet(rig) {
      for (const client of [slow, frozen]) await client.send({ command: "status" });
      await rig.turn(BATCH_MS);
      // Nothing new comes: it reads what is on its way, and then what had waited.
      let done = false;
      const caughtUp = () => log.lines.some((line) => line.includes("has caught up"));
      const rest = slow.readUntil((message) => message.conflated > 0 && caughtUp()).then((messages) => {
        heard.push(...messages);
        done = true;
      });
      await rig.until(() => done);
      await rest;
      equal((await rig.health()).clients, GOOD + 3);
      await rig.pass(QUIET_MS, 400);
      equal((await rig.health()).clients, GOOD + 2, "the frozen one is given up");
    },
    bye: () => slow.close(),
  });

  // The good ones have every tick, the same ones, in the same order, and as soon.
  for (const { ticks, conflated, counts } of [alone, beside]) {
    equal(counts.length, GOOD);
    equal(new Set(counts).size, 1);
    equal(conflated, 0);
    ok(Math.abs(ticks.length - RATE * MOVES_MS / 1000) < RATE / 10, `${ticks.length} ticks`);
  }
  deepEqual(priceLine(beside.ticks), priceLine(alone.ticks));
  const [with2, without] = [delays(beside), delays(alone)];
  for (const share of [0.5, 0.9, 0.99]) {
    const [a, b] = [with2, without].map((each) => each[Math.floor(each.length * share)]);
    ok(Math.abs(a! - b!) <= NOISE_TURNS, `at ${share}: ${a} turns beside the two, ${b} without them`);
  }

  // The slow one: what it got, and what it was told to have missed, is all there was.
  const batches = heard.filter(({ type }) => type === "market_data");
  deepEqual(batches.map(({ seq }) => seq), batches.map((_, i) => i + 1));
  const got = batches.flatMap(ticksOf) as SeenTick[];
  const missed = batches.reduce((sum, { conflated = 0 }) => sum + conflated, 0);
  ok(missed > 1_000, `it missed ${missed}`);
  equal(got.length + missed, beside.ticks.length);
  deepEqual(lastPrices(got), lastPrices(beside.ticks));

  // The log names each of them when it begins to lag, and the slow one when it has caught up.
  const named = log.lines.flatMap((line) =>
    /client (\d+) from \S+ (reads too slowly|has caught up)/.exec(line)?.slice(1).join(" ") ?? []
  );
  deepEqual(named, [
    `${GOOD + 1} reads too slowly`,
    `${GOOD + 2} reads too slowly`,
    `${GOOD + 1} has caught up`,
  ]);

  // What is kept for the two is bounded: one value for each instrument, and little on the way.
  const waits = heard.filter(({ message }) => message === "Status").map(({ data }) => data.client.waiting);
  const left = await frozen!.readUntil(() => false);
  waits.push(...left.filter(({ message }) => message === "Status").map(({ data }) => data.client.waiting));
  equal(waits.length, 2);
  ok(waits.every((count) => count > 0 && count <= INSTRUMENTS.length), waits.join());
  for (const who of ["slow", "frozen"]) {
    const { most, longest } = handed.get(who) as Handed;
    ok(most > LAG_BYTES && most <= LAG_BYTES + 2 * longest, `${who}: ${most} of frames of ${longest}`);
  }
  equal(frozen!.closeCode, 1013);
  frozen!.close();
});
