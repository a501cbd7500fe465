/**
 * What is done for a tick, counted: a change that does it twice, or once for each client, is noticed here and not on a
 * stopwatch. From the packet to the clients' sockets, on the real parts.
 */
import { hoursOfPhase } from "../hours.ts";
import { ok, strictEqual as equal } from "node:assert/strict";
import type { Encoder } from "../../lib/clients/delivery/encoder.ts";
import type { GroupMember } from "../../lib/clients/delivery/group_member.ts";
import { FanoutGroups } from "../../lib/clients/delivery/fanout_groups.ts";
import { type ClientSocket, Outbox } from "../../lib/clients/delivery/outbox.ts";
import {
  DEFAULT_DELIVERY,
  deliveryOf,
  type DeliveryOptions,
} from "../../lib/clients/json/delivery_options.ts";
import { TickJson } from "../../lib/clients/json/tick_json.ts";
import { Traffic } from "../../lib/clients/traffic.ts";
import { WorkQueue } from "../../lib/clients/work_queue.ts";
import { MarketData } from "../../lib/feed/market_data.ts";
import { type InstrumentKey, keyOf, type Mode } from "../../lib/market/market.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import type { StreamEvents } from "../../lib/smartapi/stream.ts";
import { BrokerUpstream } from "../../lib/upstream/broker/broker_upstream.ts";
import { DEFAULT_POLICY } from "../../lib/upstream/policy.ts";
import { compressed, FakeClock, settle } from "../fakes.ts";
import { ltpTick } from "../ticks.ts";
import { fakeAccount } from "./fake_account.ts";

const WINDOW = 10;

const KEYS = Array.from({ length: 300 }, (_, i) => keyOf("nse", String(i + 1)));

/** A packet that counts how often it is decoded: whoever reads its numbers has to ask for the memory under it. */
class CountedPacket extends Uint8Array {
  static decoded = 0;

  override get buffer() {
    CountedPacket.decoded++;
    return super.buffer;
  }
}

class CountingClock extends FakeClock {
  timers = 0;

  override after(ms: number, run: () => void): () => void {
    this.timers++;
    return super.after(ms, run);
  }
}

class CountingSocket implements ClientSocket {
  sends = 0;
  looks = 0;

  send(): void {
    this.sends++;
  }

  close(): void {}

  buffered(): number {
    this.looks++;
    return 0;
  }
}

/** Broker, market data and groups as `lib/pipeline.ts` joins them, with everything that costs something counted. */
async function setUp() {
  const clock = new CountingClock();
  const counts = { ticks: 0, texts: 0, pieces: 0, encodes: 0 };
  let stream!: StreamEvents;
  const upstream = new BrokerUpstream({
    account: fakeAccount(clock, (events) => stream = events),
    clock,
    policy: { ...DEFAULT_POLICY, random: () => 0.5 },
    maxSockets: 1,
    ticking: () => true,
  });
  const marketData = new MarketData({
    clock,
    hours: () => hoursOfPhase("open"),
    seenTrading: () => {},
    upSince: () => 0,
  });
  const traffic = new Traffic();
  const work = new WorkQueue(clock);
  const groups = new FanoutGroups(marketData, { clock, batchMs: WINDOW, traffic, work });
  // Each text asks once for the symbol of its instrument.
  const ticks = new TickJson((key) => (counts.texts++, key));
  upstream.attach(marketData.demand, {
    tick(tick, packet) {
      counts.ticks++;
      marketData.accept(tick, packet);
    },
    rejected: ({ reason }) => ok(false, reason),
    subscribed: (keys) => marketData.keepOnly(keys),
    event: () => {},
  });
  upstream.start();
  await clock.advanceAsync(1_000);
  let sequence = 0;
  /** Lets everything be sent that is on its way. */
  const drain = async () => {
    await settle();
    await compressed();
  };
  return {
    clock,
    counts,
    upstream,
    join(count: number, keys: readonly InstrumentKey[], options = DEFAULT_DELIVERY): CountingSocket[] {
      const wants = new Map<InstrumentKey, Mode>(keys.map((key) => [key, "ltp"]));
      return Array.from({ length: count }, () => {
        const socket = new CountingSocket();
        const delivery = counting(options, ticks, counts);
        const { encoder } = delivery;
        const member: GroupMember = new Outbox({ socket, clock, encoder, traffic, work, giveUp: () => {} });
        groups.change(member, delivery, wants);
        return socket;
      });
    },
    /** Packets that come in one read. */
    async read(keys: readonly InstrumentKey[]): Promise<void> {
      for (const key of keys) {
        const tick = ltpTick(key, 100, { sequence: ++sequence, exchangeTime: clock.now() });
        stream.binary(new CountedPacket(encodePacket(tick)));
      }
      await drain();
    },
    drain,
  };
}

function counting(options: DeliveryOptions, ticks: TickJson, counts: { pieces: number; encodes: number }) {
  const { encoder, interval } = deliveryOf(options, ticks);
  const counted: Encoder = {
    ...encoder,
    pieceOf(tick, mode) {
      counts.pieces++;
      return encoder.pieceOf(tick, mode);
    },
    encode(pieces, marks) {
      counts.encodes++;
      return encoder.encode(pieces, marks);
    },
  };
  return { encoder: counted, interval };
}

Deno.test("a packet is decoded once, its JSON made once, a batch compressed once, and sent once to each client", async () => {
  const { upstream, clock, counts, join, read } = await setUp();
  const half = KEYS.slice(0, 150);
  const everything = join(100, KEYS);
  const plain = join(10, KEYS, { encoding: "json", interval: 0 });
  const halves = join(20, half);
  await clock.advanceAsync(1_000);
  CountedPacket.decoded = 0;
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    await read(KEYS);
    await clock.advanceAsync(5 * WINDOW);
  }
  const packets = rounds * KEYS.length;
  equal(CountedPacket.decoded, packets);
  equal(counts.ticks, packets);
  equal(counts.texts, packets);
  equal(counts.pieces, rounds * (2 * KEYS.length + half.length));
  // One for each audience and read.
  equal(counts.encodes, 3 * rounds);
  for (const { sends, looks } of [...everything, ...plain, ...halves]) {
    equal(sends, rounds);
    equal(looks, rounds);
  }
  await upstream.stop();
});

Deno.test("what comes within a window is one message, whatever it came in", async () => {
  const { upstream, clock, counts, join, read } = await setUp();
  const clients = join(50, KEYS);
  await clock.advanceAsync(1_000);
  const windows = 30;
  const reads = 5;
  for (let i = 0; i < windows * reads; i++) {
    await read(KEYS.slice(i % 200, i % 200 + 20));
    await clock.advanceAsync(WINDOW / reads);
  }
  await clock.advanceAsync(WINDOW);
  // The first read leaves at once.
  ok(counts.encodes >= windows && counts.encodes <= windows + 1, `${counts.encodes}`);
  for (const { sends } of clients) equal(sends, counts.encodes);
  await upstream.stop();
});

Deno.test("a thousand audiences share the timer of a window, and after a pause there is none", async () => {
  const { upstream, clock, counts, drain, join, read } = await setUp();
  const audiences = 1_000;
  for (let i = 0; i < audiences; i++) {
    join(1, [KEYS[i % 300]!, KEYS[(i + 1 + Math.floor(i / 300)) % 300]!]);
  }
  await clock.advanceAsync(1_000);
  // The watch over the sockets has its own, every five seconds.
  const before = clock.timers;
  await read(KEYS);
  equal(clock.timers, before);
  equal(counts.encodes, audiences);
  await clock.advanceAsync(1);
  await read(KEYS);
  await read(KEYS);
  equal(clock.timers, before + 1);
  await clock.advanceAsync(WINDOW);
  await drain();
  equal(counts.encodes, 2 * audiences);
  await upstream.stop();
});
