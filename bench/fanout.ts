/**
 * Two designs of fan-out beside each other, without network: groups of clients that want the same (as the program has
 * it), and a hub by instrument, where each instrument knows its clients and each client has a batch of its own. Both
 * send the same messages to sockets that only take them.
 *
 *     deno task bench:fanout
 */
import process from "node:process";
import { HandClock } from "./hand_clock.ts";
import { seededRandom } from "../tests/fakes.ts";
import { ltpTick } from "../tests/ticks.ts";
import type { Batch } from "../lib/clients/delivery/encoder.ts";
import type { GroupMember } from "../lib/clients/delivery/group_member.ts";
import { FanoutGroups } from "../lib/clients/delivery/fanout_groups.ts";
import { deliveryOf } from "../lib/clients/json/delivery_options.ts";
import { TickJson } from "../lib/clients/json/tick_json.ts";
import { Traffic } from "../lib/clients/traffic.ts";
import { WorkQueue } from "../lib/clients/work_queue.ts";
import { MarketTick } from "../lib/feed/market_tick.ts";
import { Subscribers } from "../lib/feed/subscribers.ts";
import type { InstrumentKey } from "../lib/market/market.ts";

const CLIENTS = 100;
const INSTRUMENTS = 2_970;
const WINDOW_MS = 10;
/** Of one window, at 10,000 ticks/s. */
const TICKS = 100;
const WINDOWS = 200;
const TURNS = 25;
const NO_PACKET = new Uint8Array(0);

/** Who wants what. */
type Lists = readonly (readonly InstrumentKey[])[];

/** Takes the ticks of one window, and sends what came of them. */
type Design = (ticks: readonly MarketTick[]) => void;

/** A socket wants its text in one piece. */
let sent = 0;
function send(frame: string | Uint8Array): void {
  if (typeof frame === "string") frame.charCodeAt(frame.length - 1);
  sent++;
}

function groups(lists: Lists): Design {
  const clock = new HandClock();
  const subscribers = new Subscribers();
  const work = new WorkQueue(clock);
  const fanout = new FanoutGroups(subscribers, { clock, batchMs: WINDOW_MS, traffic: new Traffic(), work });
  const delivery = deliveryOf({ encoding: "json", interval: 0 }, new TickJson(symbolOf));
  for (const keys of lists) {
    let seq = 0;
    const member: GroupMember = {
      deliver: ({ payload }: Batch) => payload?.sendTo({ sendFrame: send }, ++seq),
      drain() {},
    };
    fanout.change(member, delivery, new Map(keys.map((key) => [key, "ltp" as const])));
  }
  return (ticks) => {
    for (const tick of ticks) subscribers.publish(tick.tick.key, tick);
    clock.turn(WINDOW_MS);
  };
}

interface Client {
  readonly pieces: string[];
  seq: number;
}

function hub(lists: Lists): Design {
  const json = new TickJson(symbolOf);
  const clientsOf = new Map<InstrumentKey, Client[]>();
  for (const keys of lists) {
    const client: Client = { pieces: [], seq: 0 };
    for (const key of keys) {
      const clients = clientsOf.get(key);
      if (clients === undefined) clientsOf.set(key, [client]);
      else clients.push(client);
    }
  }
  const waiting: Client[] = [];
  return (ticks) => {
    for (const tick of ticks) {
      const clients = clientsOf.get(tick.tick.key);
      if (clients === undefined || !tick.isShown("ltp")) continue;
      const text = json.in("ltp", tick);
      for (const client of clients) if (client.pieces.push(text) === 1) waiting.push(client);
    }
    for (const client of waiting) {
      send(
        `{"type":"market_data","compressed":false,"seq":${++client.seq},"data":[${client.pieces.join(",")}]}`,
      );
      client.pieces.length = 0;
    }
    waiting.length = 0;
  };
}

function symbolOf(key: InstrumentKey): string {
  return `SIM${key.slice(4)}-EQ`;
}

const random = seededRandom(7);
const keys = Array.from({ length: INSTRUMENTS }, (_, i): InstrumentKey => `nse:${100_001 + i}`);
const LOADS: Readonly<Record<string, Lists>> = {
  "all of them": Array.from({ length: CLIENTS }, () => keys),
  "a tenth of its own": Array.from({ length: CLIENTS }, () => keys.filter(() => random() < 0.1)),
};

function ticksOfWindow(): MarketTick[] {
  return Array.from({ length: TICKS }, () => {
    const key = keys[Math.floor(random() * keys.length)]!;
    return new MarketTick(ltpTick(key, 100 + Math.floor(random() * 1_000) / 20), NO_PACKET);
  });
}

/** @returns µs of CPU for each tick that came in. */
async function turn(design: Design): Promise<number> {
  const windows = Array.from({ length: WINDOWS }, ticksOfWindow);
  const before = process.cpuUsage();
  for (const ticks of windows) {
    design(ticks);
    // The groups send what comes after a pause when the present turn is over.
    await undefined;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (WINDOWS * TICKS);
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

console.log(
  `${CLIENTS} clients, ${INSTRUMENTS} instruments, ltp, json, ${TICKS} ticks in each ${WINDOW_MS} ms; medians of ${TURNS} turns\n`,
);
console.log("| each client wants | groups, µs a tick in | hub by instrument | over the groups |");
console.log("| --- | --- | --- | --- |");
for (const [wants, lists] of Object.entries(LOADS)) {
  const designs = [groups(lists), hub(lists)];
  const found = designs.map(() => [] as number[]);
  const frames = designs.map(() => 0);
  for (let i = 0; i < TURNS + 5; i++) {
    for (const [at, design] of designs.entries()) {
      sent = 0;
      const us = await turn(design);
      frames[at]! += sent;
      // The first ones are of code that is not compiled yet.
      if (i >= 5) found[at]!.push(us);
    }
  }
  if (Math.abs(frames[0]! / frames[1]! - 1) > 0.05) throw new Error(`not the same frames: ${frames}`);
  const [ours, other] = found.map(medianOf) as [number, number];
  console.log(`| ${wants} | ${ours.toFixed(2)} | ${other.toFixed(2)} | ${(other / ours).toFixed(2)} |`);
}
