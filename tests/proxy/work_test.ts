/**
 * What is done for a tick, counted: a change that does it twice, or once for each client, is noticed here and not on a
 * stopwatch. From the packet to the clients' sockets, on the real parts.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import { createBroker } from "../../lib/upstream/broker/broker.ts";
import { DEFAULT_POLICY } from "../../lib/upstream/broker/connection_state.ts";
import { FanoutGroups } from "../../lib/clients/delivery/fanout_groups.ts";
import {
  DEFAULT_DELIVERY,
  type DeliveryOptions,
  type Encoder,
  encoderFor,
} from "../../lib/clients/json/delivery_options.ts";
import { DeliveryLine } from "../../lib/clients/delivery/delivery_line.ts";
import { type ClientSocket, Outbox } from "../../lib/clients/delivery/outbox.ts";
import { Traffic } from "../../lib/clients/traffic.ts";
import { TickJson } from "../../lib/clients/json/tick_json.ts";
import { Feed } from "../../lib/feed/market_data.ts";
import { type InstrumentKey, keyOf, type Mode, type Tick } from "../../lib/market/market.ts";
import { Secret } from "../../lib/util/secret.ts";
import { encodePacket } from "../../lib/smartapi/packet.ts";
import type { StreamEvents } from "../../lib/smartapi/stream.ts";
import { FakeClock, settle } from "../fakes.ts";
import { ltpTick } from "../ticks.ts";

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

/** Broker, feed and audiences as `lib/proxy.ts` joins them, with everything that costs something counted. */
async function setUp() {
  const clock = new CountingClock();
  const counts = { items: 0, texts: 0, pieces: 0, encodes: 0 };
  const line = new DeliveryLine();
  const feed: Feed<TickJson> = new Feed({
    clock,
    hours: () => ({ trading: true, continuous: true, closed: false, until: Infinity }),
    upSince: () => 0,
    wrap(tick, closed, packet) {
      counts.items++;
      return new TickJson(countingTexts(tick, counts), tick.token, closed, packet);
    },
    demandChanged: () => broker.demandChanged(),
    doubted: () => {},
  });
  const counting = (contract: DeliveryOptions): Encoder => {
    const wire = encoderFor(contract);
    return {
      ...wire,
      pieceOf(item, mode) {
        counts.pieces++;
        return wire.pieceOf(item, mode);
      },
      encode(pieces, marks) {
        counts.encodes++;
        return wire.encode(pieces, marks);
      },
    };
  };
  const audiences = new FanoutGroups(
    feed.hub,
    { clock, line, batchMs: WINDOW, traffic: new Traffic() },
    counting,
  );
  let upstream!: StreamEvents;
  const session = {
    jwt: new Secret("jwt"),
    refreshToken: new Secret("refresh"),
    feedToken: new Secret("feed"),
    issuedAt: clock.now(),
  };
  const broker = createBroker({
    clock,
    policy: { ...DEFAULT_POLICY, random: () => 0.5 },
    keeper: {
      current: () => Promise.resolve(session),
      forget: () => {},
      reset: () => {},
      renewAt: () => Infinity,
      status: () => ({ tries: 1, outcomes: new Map(), succeeded: true }),
    },
    open(_session, events) {
      upstream = events;
      queueMicrotask(() => events.opened());
      return {
        send: () => {},
        close: () => events.ended({ kind: "closed", message: "" }),
        terminate: () => {},
      };
    },
    maxSockets: 1,
    ticking: () => true,
    wanted: () => feed.hub.wanted(),
    carried: (keys) => feed.keepOnly(keys),
    tick: (tick, packet) => void feed.accept(tick, packet),
    suspect: (reason) => ok(false, reason),
    news: () => {},
  });
  broker.start();
  await clock.advanceAsync(1_000);
  let sequence = 0;
  /** Lets everything that is on the line be sent. */
  const drain = async () => {
    await settle();
    await line.add(undefined, () => {});
  };
  return {
    clock,
    counts,
    broker,
    join(count: number, keys: readonly InstrumentKey[], contract = DEFAULT_DELIVERY): CountingSocket[] {
      const wants = new Map<InstrumentKey, Mode>(keys.map((key) => [key, "ltp"]));
      return Array.from({ length: count }, () => {
        const socket = new CountingSocket();
        const outbox = new Outbox(socket, clock, line, () => {}, encoderFor(contract));
        audiences.move({ deliver: (batch) => outbox.deliver(batch) }, undefined, wants, contract);
        return socket;
      });
    },
    /** Packets that come in one read. */
    async read(keys: readonly InstrumentKey[]): Promise<void> {
      for (const key of keys) {
        const tick = ltpTick(key, 100, { sequence: ++sequence, exchangeTime: clock.now() });
        upstream.binary(new CountedPacket(encodePacket(tick)));
      }
      await drain();
    },
    drain,
  };
}

/** The tick, which notices when its JSON is made: nothing else reads the sequence number. */
function countingTexts(tick: Tick, counts: { texts: number }): Tick {
  const { sequence } = tick;
  return Object.defineProperty({ ...tick }, "sequence", {
    enumerable: true,
    get() {
      counts.texts++;
      return sequence;
    },
  });
}

Deno.test("a packet is decoded once, its JSON made once, a batch compressed once, and sent once to each client", async () => {
  const { broker, clock, counts, join, read } = await setUp();
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
  equal(counts.items, packets);
  equal(counts.texts, packets);
  equal(counts.pieces, rounds * (2 * KEYS.length + half.length));
  // One for each audience and read.
  equal(counts.encodes, 3 * rounds);
  for (const { sends, looks } of [...everything, ...plain, ...halves]) {
    equal(sends, rounds);
    equal(looks, rounds);
  }
  await broker.stop();
});

Deno.test("what comes within a window is one message, whatever it came in", async () => {
  const { broker, clock, counts, join, read } = await setUp();
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
  await broker.stop();
});

Deno.test("a thousand audiences share the timer of a window, and after a pause there is none", async () => {
  const { broker, clock, counts, drain, join, read } = await setUp();
  const audiences = 1_000;
  for (let i = 0; i < audiences; i++) {
    join(1, [KEYS[i % 300], KEYS[(i + 1 + Math.floor(i / 300)) % 300]]);
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
  await broker.stop();
});
