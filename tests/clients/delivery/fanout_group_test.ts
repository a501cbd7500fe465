import assert from "node:assert/strict";
import fc from "fast-check";
import type { Batch } from "../../../lib/clients/delivery/encoder.ts";
import { FanoutGroup } from "../../../lib/clients/delivery/fanout_group.ts";
import type { GroupMember } from "../../../lib/clients/delivery/group_member.ts";
import { SharedTimers } from "../../../lib/clients/delivery/shared_timers.ts";
import { DEFAULT_DELIVERY, deliveryOf } from "../../../lib/clients/json/delivery_options.ts";
import type { JsonPayload } from "../../../lib/clients/json/payload.ts";
import { TickJson } from "../../../lib/clients/json/tick_json.ts";
import { Traffic } from "../../../lib/clients/traffic.ts";
import { WorkQueue } from "../../../lib/clients/work_queue.ts";
import { MarketTick } from "../../../lib/feed/market_tick.ts";
import type { InstrumentKey, Tick } from "../../../lib/market/market.ts";
import { compressed, FakeClock, settle } from "../../fakes.ts";
import { TurnClock } from "../turn_clock.ts";
import { ltpTick, quoteTick } from "../../ticks.ts";

const WINDOW = 10;

class FakeMember implements GroupMember {
  readonly batches: Batch[] = [];

  deliver(batch: Batch): void {
    this.batches.push(batch);
  }

  drain(): void {}

  /** The prices of each batch. */
  prices(): number[][] {
    return this.batches.map(({ pieces }) =>
      pieces.map((text) => JSON.parse(text as string).last_traded_price)
    );
  }
}

const JSON_OF = new TickJson(() => "X");

function marketTick(tick: Tick): MarketTick {
  return new MarketTick(tick, new Uint8Array(0));
}

function tick(price: number, key: InstrumentKey = "nse:1"): MarketTick {
  return marketTick(ltpTick(key, price));
}

function setUp(ticks = JSON_OF, clock = new FakeClock()) {
  const group = new FanoutGroup(
    {
      clock,
      timers: new SharedTimers(clock),
      batchMs: WINDOW,
      traffic: new Traffic(),
      work: new WorkQueue(clock),
    },
    deliveryOf(DEFAULT_DELIVERY, ticks),
  );
  /** Lets all that is under way arrive. */
  const drain = async () => {
    await settle();
    await compressed();
  };
  return {
    group,
    clock,
    drain,
    async pass(ms: number) {
      const end = clock.now() + ms;
      await drain();
      while (clock.now() < end) {
        clock.advance(1);
        await drain();
      }
    },
  };
}

Deno.test("offer() after a pause leaves at once, with all that came in the same read, and needs no timer", async () => {
  const { group, clock, drain } = setUp();
  const member = new FakeMember();
  group.join(member);
  for (const price of [1, 2, 3]) group.offer(tick(price), "ltp");
  await drain();
  assert.deepEqual(member.prices(), [[1, 2, 3]]);
  assert.equal(clock.pending, 0);
});

Deno.test("offer() within the window leaves with the others at its end", async () => {
  const { group, drain, pass } = setUp();
  const member = new FakeMember();
  group.join(member);
  group.offer(tick(1), "ltp");
  await drain();
  for (const price of [2, 3]) group.offer(tick(price), "ltp");
  await pass(WINDOW - 1);
  group.offer(tick(4), "ltp");
  assert.deepEqual(member.prices(), [[1]]);
  await pass(1);
  assert.deepEqual(member.prices(), [[1], [2, 3, 4]]);
});

Deno.test("a clock that is set back holds nothing for longer than a window", async () => {
  const { group, clock, drain, pass } = setUp();
  const member = new FakeMember();
  group.join(member);
  group.offer(tick(1), "ltp");
  await drain();
  clock.setWall(-3_600_000);
  group.offer(tick(2), "ltp");
  await pass(WINDOW);
  assert.deepEqual(member.prices(), [[1], [2]]);
});

Deno.test("a stream of ticks leaves once a window, and a tick after a silent window at once", async () => {
  const { group, drain, pass } = setUp();
  const member = new FakeMember();
  group.join(member);
  for (let price = 1; price <= 50; price++) {
    group.offer(tick(price), "ltp");
    await pass(1);
  }
  assert.ok(member.batches.length >= 5 && member.batches.length <= 6, `${member.batches.length} batches`);
  await pass(2 * WINDOW);
  assert.deepEqual(member.prices().flat(), Array.from({ length: 50 }, (_, i) => i + 1));
  const before = member.batches.length;
  group.offer(tick(99), "ltp");
  await drain();
  assert.equal(member.batches.length, before + 1);
});

Deno.test("a group without ticks has no timer", async () => {
  const { group, clock, pass } = setUp();
  group.join(new FakeMember());
  group.offer(tick(1), "ltp");
  await pass(3 * WINDOW);
  assert.equal(clock.pending, 0);
});

function frameOf(batch: Batch): string {
  return (batch.payload as JsonPayload).frame(1);
}

Deno.test("a batch is made once, however many members get it", async () => {
  let made = 0;
  const { group, pass } = setUp(new TickJson(() => (made++, "X")));
  const members = Array.from({ length: 100 }, () => new FakeMember());
  for (const member of members) group.join(member);
  for (let price = 1; price <= 40; price++) {
    group.offer(tick(price), "ltp");
    await pass(1);
  }
  await pass(WINDOW);
  assert.equal(made, 40);
  const [first, ...others] = members;
  assert.ok(first!.batches.length > 1);
  for (const { batches } of others) {
    assert.equal(batches.length, first!.batches.length);
    // The same objects: nothing was made again.
    batches.forEach((batch, i) => assert.equal(batch.payload, first!.batches[i]!.payload));
  }
  assert.equal(frameOf(first!.batches[0]!), frameOf(members[99]!.batches[0]!));
});

Deno.test("join() in the middle of a window gets what comes after it, and no tick from before", async () => {
  const { group, pass } = setUp();
  const [early, late] = [new FakeMember(), new FakeMember()];
  group.join(early);
  group.offer(tick(1), "ltp");
  group.offer(tick(2), "ltp");
  group.join(late);
  group.offer(tick(3), "ltp");
  await pass(2 * WINDOW);
  assert.deepEqual(early.prices().flat(), [1, 2, 3]);
  assert.deepEqual(late.prices().flat(), [3]);
});

Deno.test("leave() in the middle of a window gets what came before it, and nothing after", async () => {
  const { group, pass } = setUp();
  const [stays, leaves] = [new FakeMember(), new FakeMember()];
  group.join(stays);
  group.join(leaves);
  group.offer(tick(1), "ltp");
  group.offer(tick(2), "ltp");
  group.leave(leaves);
  group.offer(tick(3), "ltp");
  await pass(2 * WINDOW);
  assert.deepEqual(stays.prices().flat(), [1, 2, 3]);
  assert.deepEqual(leaves.prices().flat(), [1, 2]);
});

Deno.test("a group gives each tick in the mode it is subscribed in", async () => {
  const { group, drain } = setUp();
  const member = new FakeMember();
  group.join(member);
  const quote = marketTick(quoteTick("nse:1", 1, { volume: 5 }));
  group.offer(quote, "ltp");
  await drain();
  assert.deepEqual(member.batches[0]!.pieces, [JSON_OF.in("ltp", quote)]);
});

Deno.test("a group that gets more than it can hold keeps the latest of each instrument, and says so", async () => {
  const { group, drain, pass } = setUp();
  const member = new FakeMember();
  group.join(member);
  group.offer(tick(0.5), "ltp");
  await drain();
  const total = 25_000;
  for (let i = 1; i <= total; i++) group.offer(tick(i, `nse:${i % 7}`), "ltp");
  await pass(2 * WINDOW);
  const [, ...batches] = member.batches;
  const received = batches.flatMap(({ pieces }) => pieces.map((text) => JSON.parse(text as string)));
  const conflated = batches.reduce((sum, batch) => sum + batch.conflated, 0);
  assert.ok(conflated > 0);
  assert.equal(received.length + conflated, total);
  const last = new Map(received.map(({ token, last_traded_price }) => [token, last_traded_price]));
  for (let i = total - 6; i <= total; i++) assert.equal(last.get(String(i % 7)), i);
  for (const batch of batches) {
    assert.equal(JSON.parse(frameOf(batch)).conflated ?? 0, batch.conflated);
  }
});

Deno.test("a group whose batch leaves much too late gets the latest of each instrument, and is told", async () => {
  const clock = new FakeClock();
  let late = 0;
  const lateClock = {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    after: (ms: number, run: () => void) => clock.after(ms + late, run),
  };
  const timers = new SharedTimers(lateClock);
  const group = new FanoutGroup(
    { clock: lateClock, timers, batchMs: WINDOW, traffic: new Traffic(), work: new WorkQueue(clock) },
    deliveryOf(DEFAULT_DELIVERY, JSON_OF),
  );
  const member = new FakeMember();
  group.join(member);
  for (late of [249, 250]) {
    clock.advance(WINDOW);
    group.offer(tick(0), "ltp");
    await settle();
    for (const price of [1, 2, 3]) {
      for (const key of ["nse:1", "nse:2"] as const) group.offer(tick(price, key), "ltp");
    }
    await clock.advanceAsync(WINDOW + late);
    await compressed();
  }
  assert.deepEqual(member.prices(), [[0], [1, 1, 2, 2, 3, 3], [0], [3, 3]]);
  assert.deepEqual(member.batches.map(({ conflated }) => conflated), [0, 0, 0, 4]);
});

Deno.test("everyone gets exactly the ticks between its joining and its leaving, in order", async () => {
  const operation = fc.oneof(
    { weight: 5, arbitrary: fc.constant({ kind: "tick" as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom("join" as const, "leave" as const), who: fc.nat(3) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(15) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
      const { group, pass } = setUp();
      const members = Array.from({ length: 4 }, () => new FakeMember());
      const present = new Set<number>();
      const expected = members.map((): number[] => []);
      let price = 0;
      for (const operation of operations) {
        if (operation.kind === "tick") {
          group.offer(tick(++price), "ltp");
          for (const who of present) expected[who]!.push(price);
        } else if (operation.kind === "pass") await pass(operation.ms);
        else if (operation.kind === "leave") {
          present.delete(operation.who);
          group.leave(members[operation.who]!);
        } else if (!present.has(operation.who)) {
          present.add(operation.who);
          group.join(members[operation.who]!);
        }
        assert.equal(group.size, present.size);
      }
      await pass(2 * WINDOW);
      assert.deepEqual(members.map((member) => member.prices().flat()), expected);
    }),
    { numRuns: 200 },
  );
});

Deno.test("a member that fails keeps no batch from the others", async () => {
  const { group, drain } = setUp();
  const [first, last] = [new FakeMember(), new FakeMember()];
  group.join(first);
  group.join({
    deliver() {
      throw new Error("broken");
    },
    drain: () => {},
  });
  group.join(last);
  group.offer(tick(1), "ltp");
  await drain();
  assert.deepEqual(first.prices(), [[1]]);
  assert.deepEqual(last.prices(), [[1]]);
});

/** Ticks of so many instruments that they are several messages, and more than one turn of the event loop makes. */
const LONG = Array.from({ length: 4_000 }, (_, i): InstrumentKey => `nse:${i + 1}`);

Deno.test("a long batch leaves in several messages, a few in each turn, and what comes meanwhile leaves after them", async () => {
  const clock = new TurnClock();
  const { group, drain, pass } = setUp(JSON_OF, clock);
  const member = new FakeMember();
  group.join(member);
  for (const key of LONG) group.offer(tick(1, key), "ltp");
  await drain();
  const made = () => member.batches.filter(({ payload }) => payload !== undefined).length;
  const first = made();
  assert.ok(first >= 1 && first < 8, `${first} messages in one turn`);
  // All have their places at once, so that nothing that comes later can be before them.
  assert.deepEqual(member.prices().map(({ length }) => length), Array(8).fill(500));

  for (const price of [2, 3]) group.offer(tick(price, "nse:7"), "ltp");
  await pass(2 * WINDOW);
  assert.equal(member.batches.length, 8, "it left before the long one was made");
  for (let turns = 0; made() < 8; turns++) {
    assert.ok(turns < 8, "it does not go on");
    clock.turn();
    await drain();
  }
  await drain();
  assert.deepEqual(member.prices().slice(8), [[2, 3]]);
  assert.deepEqual(member.batches.flatMap(({ keys }) => keys), [...LONG, "nse:7", "nse:7"]);
  assert.deepEqual(member.batches.map(frameOf).map((frame) => JSON.parse(frame).seq), Array(9).fill(1));
});

Deno.test("what cannot be made as fast as it comes is replaced by what is newer, and counted", async () => {
  const clock = new TurnClock();
  const { group, drain, pass } = setUp(JSON_OF, clock);
  const member = new FakeMember();
  group.join(member);
  for (const key of LONG) group.offer(tick(1, key), "ltp");
  await drain();
  for (const price of [2, 3, 4]) group.offer(tick(price, "nse:7"), "ltp");
  // As long as others have all turns.
  await pass(300);
  assert.equal(member.batches.length, 8);
  for (let turns = 0; turns < 8; turns++) {
    clock.turn();
    await drain();
  }
  assert.deepEqual(member.prices().slice(8), [[4]]);
  assert.equal(member.batches.at(-1)!.conflated, 2);
});

Deno.test("a group that has to give every tick makes its batches as they come", async () => {
  const clock = new TurnClock();
  const group = new FanoutGroup(
    {
      clock,
      timers: new SharedTimers(clock),
      batchMs: WINDOW,
      traffic: new Traffic(),
      work: new WorkQueue(clock),
      everyTick: true,
    },
    deliveryOf(DEFAULT_DELIVERY, JSON_OF),
  );
  const member = new FakeMember();
  group.join(member);
  for (const key of LONG) group.offer(tick(1, key), "ltp");
  await settle();
  await compressed();
  assert.deepEqual(member.batches.map(({ keys, payload }) => [keys.length, payload !== undefined]), [[
    LONG.length,
    true,
  ]]);
});
