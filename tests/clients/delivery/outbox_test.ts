import assert from "node:assert/strict";
import fc from "fast-check";
import { LAG_BYTES, Outbox } from "../../../lib/clients/delivery/outbox.ts";
import type { Batch, Encoder } from "../../../lib/clients/delivery/encoder.ts";
import type { LagNews } from "../../../lib/clients/delivery/lag.ts";
import { gzipPayload, jsonPayload } from "../../../lib/clients/json/payload.ts";
import { Traffic } from "../../../lib/clients/traffic.ts";
import { WorkQueue } from "../../../lib/clients/work_queue.ts";
import type { InstrumentKey } from "../../../lib/market/market.ts";
import { compressed, FakeClock, settle } from "../../fakes.ts";
import { type DataMessage, FakeSocket } from "../fake_socket.ts";
import { TurnClock } from "../turn_clock.ts";

type Row = readonly [key: InstrumentKey, value: number];

const GZIP: Encoder = {
  key: "gzip",
  encoding: "gzip",
  pieceOf: () => "",
  snapshotOf: () => "",
  encode: (pieces, marks) => gzipPayload(pieces as string[], marks),
  noticesOf: () => [],
};

function setUp(clock = new FakeClock()) {
  const socket = new FakeSocket();
  const state = { stuck: 0, told: [] as LagNews[] };
  const outbox = new Outbox({
    socket,
    clock,
    encoder: GZIP,
    traffic: new Traffic(),
    work: new WorkQueue(clock),
    giveUp: () => state.stuck++,
    lagging: (news) => state.told.push(news),
  });
  return {
    clock,
    outbox,
    socket,
    state,
    /** Delivers a batch as a group does: at once, and its message when it is made. */
    async deliver(rows: readonly Row[], conflated = 0): Promise<void> {
      const keys = rows.map(([key]) => key);
      const pieces = rows.map(([key, value]) => JSON.stringify({ key, value }));
      const batch: Batch = { keys, pieces, conflated, payload: undefined };
      outbox.deliver(batch);
      batch.payload = await gzipPayload(pieces, { conflated });
      outbox.drain();
    },
    /** Turns the clock and lets all that is under way arrive. */
    async pass(ms: number): Promise<void> {
      const end = clock.now() + ms;
      while (clock.now() < end) {
        clock.advance(Math.min(100, end - clock.now()));
        await settle();
        await compressed();
      }
    },
    values: () => socket.ticks().map(({ key, value }) => `${key}=${value}`),
  };
}

Deno.test("deliver() sends at once while the client keeps up, and counts from 1", async () => {
  const { clock, deliver, socket, values } = setUp();
  await deliver([["nse:1", 1]]);
  await deliver([["nse:1", 2], ["nse:2", 1]]);
  await deliver([["nse:1", 3]]);
  assert.deepEqual(socket.data().map(({ seq }) => seq), [1, 2, 3]);
  assert.deepEqual(values(), ["nse:1=1", "nse:1=2", "nse:2=1", "nse:1=3"]);
  assert.ok(socket.data().every(({ conflated }) => conflated === undefined));
  assert.equal(clock.pending, 0);
});

Deno.test("deliver() hands nothing more over to a lagging client, and keeps the latest of each instrument", async () => {
  const { deliver, outbox, pass, socket } = setUp();
  await deliver([["nse:1", 1]]);
  socket.held = LAG_BYTES + 1;
  for (let i = 2; i <= 100; i++) await deliver([["nse:1", i], ["nse:2", i]]);
  await pass(5_000);
  assert.equal(socket.frames.length, 1);
  assert.equal(outbox.waiting, 2);
});

Deno.test("deliver() takes exactly the limit for keeping up", async () => {
  const { deliver, socket } = setUp();
  socket.held = LAG_BYTES;
  await deliver([["nse:1", 1]]);
  assert.equal(socket.frames.length, 1);
});

Deno.test("a lag ends with one message of the latest values, the oldest first, that counts what it replaced", async () => {
  const { clock, deliver, outbox, pass, socket, values } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1], ["nse:2", 1]]);
  await deliver([["nse:3", 1]]);
  await deliver([["nse:1", 2]]);
  await deliver([["nse:1", 3], ["nse:1", 4]]);
  socket.held = 0;
  await pass(200);
  assert.deepEqual(socket.data().map(({ seq, conflated }) => ({ seq, conflated })), [{
    seq: 1,
    conflated: 3,
  }]);
  assert.deepEqual(values(), ["nse:2=1", "nse:3=1", "nse:1=4"]);
  assert.equal(outbox.waiting, 0);
  assert.equal(clock.pending, 0);
});

Deno.test("a lag ends only when the client has taken nearly all, not at the limit where it began", async () => {
  const { deliver, pass, socket } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1]]);
  socket.held = LAG_BYTES - 1;
  await pass(1_000);
  assert.equal(socket.frames.length, 0);
  socket.held = 1_000;
  await pass(100);
  assert.equal(socket.frames.length, 1);
});

Deno.test("a lag adds what was replaced before its batches were made", async () => {
  const { deliver, pass, socket } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1]], 5);
  await deliver([["nse:1", 2]], 2);
  socket.held = 0;
  await pass(200);
  assert.equal(socket.data()[0]!.conflated, 8);
});

Deno.test("batches that follow the end of a lag come after it, with the next numbers", async () => {
  const { deliver, pass, socket, values } = setUp();
  await deliver([["nse:1", 1]]);
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 2]]);
  socket.held = 0;
  const late = [deliver([["nse:1", 3]]), deliver([["nse:2", 1]])];
  await Promise.all(late);
  await pass(200);
  await deliver([["nse:1", 4]]);
  assert.deepEqual(values().filter((value) => value.startsWith("nse:1")).at(-1), "nse:1=4");
  assert.deepEqual(socket.data().map(({ seq }) => seq), socket.data().map((_, i) => i + 1));
});

Deno.test("a batch on its way while the lag ends does not overtake it, nor it that batch", async () => {
  const { clock, deliver, pass, socket, values } = setUp();
  socket.held = LAG_BYTES + 1;
  // Long enough to be compressed, which takes a while.
  const many = (value: number): Row[] => Array.from({ length: 200 }, (_, i) => [`nse:${i}`, value]);
  await deliver(many(1));
  socket.held = 0;
  const before = deliver(many(2));
  clock.advance(100);
  const after = deliver([["nse:7", 3]]);
  await Promise.all([before, after]);
  await pass(200);
  const seen = values().filter((value) => value.startsWith("nse:7="));
  assert.equal(seen.at(-1), "nse:7=3");
  assert.deepEqual(seen, [...seen].sort());
});

Deno.test("a small batch does not overtake the large message that ends a lag", async () => {
  const { clock, deliver, pass, socket, values } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver(Array.from({ length: 200 }, (_, i): Row => [`nse:${i}`, 1]));
  socket.held = 0;
  clock.advance(100);
  await deliver([["nse:7", 2]]);
  await pass(200);
  assert.deepEqual(values().filter((value) => value.startsWith("nse:7=")), ["nse:7=1", "nse:7=2"]);
});

Deno.test("a client that lags again before the end of its lag was sent keeps waiting, and loses no count", async () => {
  const { clock, deliver, pass, socket } = setUp();
  socket.held = LAG_BYTES + 1;
  const many = (value: number) => Array.from({ length: 200 }, (_, i): Row => [`nse:${i}`, value]);
  await deliver(many(1));
  await deliver(many(2));
  socket.held = 0;
  clock.advance(100);
  // By the time its message has been made, the answers to its commands fill the socket.
  socket.held = LAG_BYTES + 1;
  await pass(100);
  assert.equal(socket.frames.length, 0);
  await deliver([["nse:1", 3]]);
  socket.held = 0;
  await pass(200);
  assert.deepEqual(socket.data().map(({ conflated, ticks }) => [conflated, ticks.length]), [[201, 200]]);
});

Deno.test("a client that stays stuck is given up after 30 s, once", async () => {
  const { clock, deliver, pass, socket, state } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1]]);
  await pass(29_900);
  await deliver([["nse:1", 2]]);
  assert.equal(state.stuck, 0);
  await pass(200);
  assert.equal(state.stuck, 1);
  await pass(60_000);
  assert.equal(state.stuck, 1);
  assert.equal(clock.pending, 0);
});

Deno.test("a client that recovers in time is not given up, however often it lags", async () => {
  const { deliver, pass, socket, state } = setUp();
  for (let i = 0; i < 5; i++) {
    socket.held = LAG_BYTES + 1;
    await deliver([["nse:1", i]]);
    await pass(29_000);
    socket.held = 0;
    await pass(200);
  }
  assert.equal(state.stuck, 0);
  assert.equal(socket.data().length, 5);
});

Deno.test("a client that reads, however slowly, is not given up; one that stops reading is, after 30 s", async () => {
  const { deliver, pass, socket, state } = setUp();
  socket.held = 10 * LAG_BYTES;
  await deliver([["nse:1", 1]]);
  for (let i = 0; i < 5; i++) {
    await pass(29_000);
    socket.held -= 1_000;
  }
  await pass(200);
  assert.equal(state.stuck, 0);
  await pass(29_700);
  assert.equal(state.stuck, 0);
  await pass(400);
  assert.equal(state.stuck, 1);
});

Deno.test("who does not read answers either is given up before more than a few MB of them wait", () => {
  const { outbox, socket, state } = setUp();
  socket.held = 4 * 1024 * 1024;
  outbox.sendNow("an answer");
  assert.equal(state.stuck, 0);
  socket.held++;
  outbox.sendNow("one more");
  assert.equal(state.stuck, 1);
  assert.deepEqual(socket.frames, ["an answer"]);
});

Deno.test("sendNow() passes what waits", async () => {
  const { deliver, outbox, socket } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1]]);
  outbox.sendNow("news");
  assert.deepEqual(socket.frames, ["news"]);
});

Deno.test("keepOnly() drops what waits of instruments that were given up", async () => {
  const { deliver, outbox, pass, socket, values } = setUp();
  outbox.keepOnly(new Map());
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1], ["nse:2", 1], ["nse:3", 1]]);
  outbox.keepOnly(new Map([["nse:2", "ltp"]]));
  assert.equal(outbox.waiting, 1);
  socket.held = 0;
  await pass(200);
  assert.deepEqual(values(), ["nse:2=1"]);
});

Deno.test("a lag of which nothing is left ends without a message", async () => {
  const { deliver, outbox, pass, socket } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1]]);
  outbox.keepOnly(new Map());
  socket.held = 0;
  await pass(200);
  assert.equal(socket.frames.length, 0);
  await deliver([["nse:2", 1]]);
  assert.deepEqual(socket.data().map(({ seq }) => seq), [1]);
});

Deno.test("close() ends everything: no message, no timer, nothing kept", async () => {
  const { clock, deliver, outbox, pass, socket, state } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1]]);
  outbox.close();
  assert.equal(clock.pending, 0);
  socket.held = 0;
  await deliver([["nse:1", 2]]);
  outbox.sendNow("late");
  await pass(60_000);
  assert.deepEqual(socket.frames, []);
  assert.equal(outbox.waiting, 0);
  assert.equal(state.stuck, 0);
});

Deno.test("close() in the middle of a catching up sends nothing", async () => {
  const { clock, deliver, outbox, pass, socket } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver(Array.from({ length: 200 }, (_, i): Row => [`nse:${i}`, 1]));
  socket.held = 0;
  clock.advance(100);
  outbox.close();
  await pass(200);
  assert.deepEqual(socket.frames, []);
});

Deno.test("an outbox never sends an older value after a newer one, and ends at the newest, whatever happens", async () => {
  const operation = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("batch" as const),
        keys: fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }),
        wait: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("hold" as const),
        bytes: fc.constantFrom(0, 0, 40_000, LAG_BYTES + 1),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 400 }) }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
      const { deliver, pass, socket } = setUp();
      const newest = new Map<string, number>();
      let offered = 0;
      const deliveries: Promise<void>[] = [];
      for (const operation of operations) {
        if (operation.kind === "hold") socket.held = operation.bytes;
        else if (operation.kind === "pass") await pass(operation.ms);
        else {
          const rows = operation.keys.map((number): Row => {
            const key: InstrumentKey = `nse:${number}`;
            newest.set(key, (newest.get(key) ?? 0) + 1);
            offered++;
            return [key, newest.get(key)!];
          });
          deliveries.push(deliver(rows));
          if (operation.wait) await deliveries.at(-1);
        }
      }
      await Promise.all(deliveries);
      socket.held = 0;
      await pass(300);
      const seen = new Map<string, number>();
      let conflated = 0;
      for (const [i, message] of socket.data().entries()) {
        assert.equal(message.seq, i + 1, "a hole in seq");
        conflated += message.conflated ?? 0;
        for (const { key, value } of message.ticks as { key: string; value: number }[]) {
          assert.ok(value > (seen.get(key) ?? 0), `${key}: ${value} after ${seen.get(key)}`);
          seen.set(key, value);
        }
      }
      assert.deepEqual([...seen].sort(), [...newest].sort());
      assert.equal(socket.ticks().length + conflated, offered, "ticks lost without a word");
    }),
    { numRuns: 300 },
  );
});

Deno.test("inOrder() acts after the batches before it, also while they are being made, and before those after it", async () => {
  const { deliver, outbox, pass, socket } = setUp();
  const large = Array.from({ length: 200 }, (_, i): Row => [`nse:${i}`, 1]);
  const first = deliver(large);
  outbox.inOrder(() => outbox.sendNow('{"answer":1}'));
  const second = deliver([["nse:1", 2]]);
  outbox.sendNow('{"event":1}');
  assert.deepEqual(socket.frames, ['{"event":1}']);
  await Promise.all([first, second]);
  await pass(100);
  const kinds = socket.frames.map((frame) => Object.keys(JSON.parse(frame))[0]);
  assert.deepEqual(kinds, ["event", "type", "answer", "type"]);
});

Deno.test("setEncoder() drops what waits in the old form", async () => {
  const { deliver, outbox, pass, socket } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1]]);
  outbox.setEncoder({
    ...GZIP,
    key: "json",
    encode: (pieces, marks) => jsonPayload(pieces as string[], marks),
  });
  assert.equal(outbox.waiting, 0);
  await deliver([["nse:2", 1]]);
  socket.held = 0;
  await pass(200);
  assert.deepEqual(socket.ticks().map(({ key }) => key), ["nse:2"]);
});

Deno.test("markStale() parts what waits: first what is of before, marked, then the rest", async () => {
  const { deliver, outbox, pass, socket } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1], ["nse:2", 1]]);
  await deliver([["nse:2", 2]]);
  outbox.markStale((key) => key === "nse:1");
  socket.held = 0;
  await pass(200);
  assert.deepEqual(
    socket.data().map(({ ticks, stale, conflated }) => [ticks.map(({ key }) => key), stale, conflated]),
    [[["nse:1"], true, undefined], [["nse:2"], undefined, 1]],
  );
});

Deno.test("a lag is told when it lasts a second and when it is over, a shorter one not at all", async () => {
  const { outbox, socket, deliver, pass, state } = setUp();
  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 1]]);
  await pass(500);
  socket.held = 0;
  await pass(200);
  assert.equal(state.told.length, 0);

  socket.held = LAG_BYTES + 1;
  await deliver([["nse:1", 2]]);
  await deliver([["nse:1", 3]]);
  await pass(3_000);
  assert.equal(state.told.length, 1);
  assert.ok(state.told[0]!.ms >= 1_000 && state.told[0]!.conflated === undefined);
  socket.held = 0;
  await pass(300);
  assert.equal(state.told.length, 2);
  assert.equal(state.told[1]!.conflated, 1);
  outbox.close();
});

Deno.test("a long lag ends with several messages, all before what comes later, and what goes stale meanwhile says so", async () => {
  const clock = new TurnClock();
  const { deliver, outbox, pass, socket } = setUp(clock);
  socket.held = LAG_BYTES + 1;
  const all = Array.from({ length: 8_000 }, (_, i): Row => [`nse:${i}`, 1]);
  await deliver(all);
  await deliver([["nse:0", 2]]);
  socket.held = 0;
  await pass(100);
  const first = socket.data().length;
  assert.ok(first >= 1 && first < 16, `${first} messages in one turn`);
  outbox.markStale((key) => key === "nse:7000");
  await deliver([["nse:5", 3]]);
  for (let turns = 0; socket.data().length < 17; turns++) {
    assert.ok(turns < 16, "it does not go on");
    clock.turn();
    await settle();
    await compressed();
  }
  const messages = socket.data();
  assert.deepEqual(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
  assert.deepEqual(messages.map(({ ticks }) => ticks.length), [...Array(16).fill(500), 1]);
  assert.deepEqual(messages.map(({ conflated }) => conflated ?? 0), [...Array(15).fill(0), 1, 0]);
  const isStale = ({ ticks }: DataMessage) => ticks.some(({ key }) => key === "nse:7000");
  for (const message of messages) assert.equal(message.stale, isStale(message) || undefined);
  assert.equal(socket.ticks().at(-1)!.value, 3);
});
