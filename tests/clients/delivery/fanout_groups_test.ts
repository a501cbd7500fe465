import assert from "node:assert/strict";
import fc from "fast-check";
import type { Batch } from "../../../lib/clients/delivery/encoder.ts";
import type { GroupMember } from "../../../lib/clients/delivery/group_member.ts";
import { FanoutGroups, type SubscriptionChanges } from "../../../lib/clients/delivery/fanout_groups.ts";
import { DEFAULT_DELIVERY, deliveryOf } from "../../../lib/clients/json/delivery_options.ts";
import { TickJson } from "../../../lib/clients/json/tick_json.ts";
import { Traffic } from "../../../lib/clients/traffic.ts";
import { WorkQueue } from "../../../lib/clients/work_queue.ts";
import { type Subscriber, Subscribers } from "../../../lib/feed/subscribers.ts";
import { MarketTick } from "../../../lib/feed/market_tick.ts";
import type { InstrumentKey, Mode } from "../../../lib/market/market.ts";
import { FakeClock, settle } from "../../fakes.ts";
import { ltpTick } from "../../ticks.ts";

class FakeMember implements GroupMember {
  readonly batches: Batch[] = [];

  deliver(batch: Batch): void {
    this.batches.push(batch);
  }

  drain(): void {}
}

const TICKS = new TickJson(() => "X");
const JSON_DELIVERY = deliveryOf({ encoding: "json", interval: 0 }, TICKS);

/** Groups over subscribers whose work is counted. */
function setUp() {
  const clock = new FakeClock();
  const subscribers = new Subscribers();
  const state = { changes: [] as string[], work: 0 };
  subscribers.demand.onChange(() => state.changes.push([...subscribers.demand.wanted.keys()].sort().join()));
  const groups = new FanoutGroups({
    subscribe(subscriber: Subscriber, key: InstrumentKey, mode: Mode) {
      state.work++;
      subscribers.subscribe(subscriber, key, mode);
    },
    unsubscribe(subscriber: Subscriber, key: InstrumentKey) {
      state.work++;
      subscribers.unsubscribe(subscriber, key);
    },
  }, { clock, batchMs: 10, traffic: new Traffic(), work: new WorkQueue(clock) });
  const change = (member: GroupMember, ...changes: (InstrumentKey | [InstrumentKey, Mode | undefined])[]) =>
    groups.change(member, JSON_DELIVERY, changesOf(...changes));
  return {
    clock,
    groups,
    subscribers,
    state,
    change,
    demand: () => [...subscribers.demand.wanted.keys()].sort(),
  };
}

function changesOf(...changes: (InstrumentKey | [InstrumentKey, Mode | undefined])[]): SubscriptionChanges {
  return new Map(changes.map((each) => typeof each === "string" ? [each, "ltp"] : each));
}

const keys = (count: number, from = 0): InstrumentKey[] =>
  Array.from({ length: count }, (_, i): InstrumentKey => `nse:${from + i + 1}`);

Deno.test("change() brings those who want the same together, in whatever order they asked", () => {
  const { groups, change, demand, state } = setUp();
  change(new FakeMember(), "nse:1", "nse:2");
  change(new FakeMember(), "nse:2", "nse:1");
  assert.equal(groups.size, 1);
  assert.deepEqual(demand(), ["nse:1", "nse:2"]);
  assert.deepEqual(state.changes, ["nse:1", "nse:1,nse:2"]);
});

Deno.test("change() tells modes, deliveries and sets apart whose names run into each other", () => {
  const { groups, change } = setUp();
  change(new FakeMember(), "nse:1");
  change(new FakeMember(), ["nse:1", "quote"]);
  change(new FakeMember(), "nse:12");
  change(new FakeMember(), "nse:1", "nse:2");
  change(new FakeMember(), "nfo:1");
  groups.change(new FakeMember(), deliveryOf(DEFAULT_DELIVERY, TICKS), changesOf("nse:1"));
  groups.change(new FakeMember(), deliveryOf({ encoding: "json", interval: 500 }, TICKS), changesOf("nse:1"));
  assert.equal(groups.size, 7);
});

Deno.test("change() to what is wanted already is none", () => {
  const { groups, change, state } = setUp();
  const member = new FakeMember();
  change(member, "nse:1");
  const { work } = state;
  change(member, "nse:1");
  assert.equal(state.work, work);
  assert.equal(groups.size, 1);
});

Deno.test("change() never takes an instrument out of the demand that is wanted before and after", () => {
  const { clock, change, state } = setUp();
  const [one, other] = [new FakeMember(), new FakeMember()];
  change(one, "nse:1", "nse:2");
  change(other, "nse:1", "nse:2");
  change(other, ["nse:1", undefined], ["nse:2", undefined]);
  state.changes.length = 0;
  change(one, ["nse:1", undefined], "nse:3");
  clock.advance(1_000);
  for (const wanted of state.changes) assert.ok(wanted.includes("nse:2"), wanted);
  assert.equal(state.changes.at(-1), "nse:2,nse:3");
});

Deno.test("change() of the delivery moves a member with all it wants", async () => {
  const { groups, subscribers, change, demand } = setUp();
  const [stays, moves] = [new FakeMember(), new FakeMember()];
  change(stays, "nse:1");
  change(moves, "nse:1");
  groups.change(moves, deliveryOf({ encoding: "binary", interval: 0 }, TICKS), new Map());
  assert.equal(groups.size, 2);
  assert.deepEqual(demand(), ["nse:1"]);
  subscribers.publish("nse:1", new MarketTick(ltpTick("nse:1", 5), new Uint8Array(51)));
  await settle();
  assert.deepEqual([stays, moves].map(({ batches }) => batches.length), [1, 1]);
  assert.equal(typeof stays.batches[0]!.pieces[0], "string");
  assert.ok(moves.batches[0]!.pieces[0] instanceof Uint8Array);
});

Deno.test("a thousand single subscriptions cost as much as one of a thousand", () => {
  const one = setUp();
  one.change(new FakeMember(), ...keys(1_000));
  const many = setUp();
  const member = new FakeMember();
  for (const key of keys(1_000)) many.change(member, key);
  assert.equal(one.state.work, 1_000);
  assert.equal(many.state.work, 1_000);
  assert.equal(many.groups.size, 1);
});

Deno.test("a client that toggles one instrument of a shared list copies the list once, not each time", () => {
  const { change, clock, groups, state } = setUp();
  const members = Array.from({ length: 20 }, () => new FakeMember());
  for (const member of members) change(member, ...keys(900));
  state.work = 0;
  for (let i = 0; i < 1_000; i++) {
    change(members[0]!, ["nse:5", i % 2 === 0 ? undefined : "ltp"]);
    clock.advance(1);
  }
  // 900 to copy, one for each toggle, and at most a merge and a copy for each quarter of a second.
  assert.ok(state.work <= 900 + 1_000 + 5 * 1_800, `${state.work}`);
  clock.advance(1_000);
  assert.equal(groups.size, 1);
});

const BINARY_DELIVERY = deliveryOf({ encoding: "binary", interval: 0 }, TICKS);
const SLOW_DELIVERY = deliveryOf({ encoding: "json", interval: 60_000 }, TICKS);

Deno.test("a thousand changes of the delivery to and fro copy a list of 900 now and then, whoever else has it", () => {
  for (const others of [0, 1, 5]) {
    const { clock, groups, change, state } = setUp();
    for (let i = 0; i < others; i++) change(new FakeMember(), ...keys(900));
    const toggling = new FakeMember();
    change(toggling, ...keys(900));
    state.work = 0;
    for (let i = 0; i < 1_000; i++) {
      groups.change(toggling, i % 2 === 0 ? BINARY_DELIVERY : JSON_DELIVERY, new Map());
      // A client sends a hundred a second for long.
      clock.advance(10);
    }
    const seconds = 10;
    const copies = state.work / 900;
    // Leaving a group copies the list, and joining one again, some 250 ms later, gives the copy up.
    assert.ok(copies <= (others === 0 ? 0 : 2 * 4 * seconds), `${copies} copies beside ${others}`);
    clock.advance(1_000);
    assert.equal(groups.size, 1);
  }
});

Deno.test("change() from a long interval to none sets the next tick free", async () => {
  const { clock, groups, subscribers } = setUp();
  const member = new FakeMember();
  groups.change(member, SLOW_DELIVERY, changesOf("nse:1"));
  const publish = async (price: number) => {
    subscribers.publish("nse:1", new MarketTick(ltpTick("nse:1", price), new Uint8Array(51)));
    await settle();
  };
  await publish(1);
  await publish(2);
  assert.equal(member.batches.length, 1);
  groups.change(member, BINARY_DELIVERY, new Map());
  await publish(3);
  const types = member.batches.map(({ pieces }) => pieces.map((piece) => typeof piece));
  assert.deepEqual(types, [["string"], ["string"], ["object"]]);
  // The old interval ends, and nothing comes of it.
  clock.advance(5);
  subscribers.publish("nse:1", new MarketTick(ltpTick("nse:1", 4), new Uint8Array(51)));
  clock.advance(5);
  await settle();
  assert.equal(member.batches.length, 4);
  clock.advance(60_000);
  await settle();
  assert.equal(member.batches.length, 4);
});

Deno.test("groups that have become equal are merged a moment later, in rounds of bounded work", () => {
  const { change, clock, groups, state } = setUp();
  const members = Array.from({ length: 30 }, () => new FakeMember());
  members.forEach((member, i) => change(member, ...keys(900), `mcx:${i}`));
  members.forEach((member, i) => change(member, [`mcx:${i}`, undefined]));
  assert.equal(groups.size, 30);
  clock.advance(249);
  assert.equal(groups.size, 30);
  state.work = 0;
  clock.advance(1);
  assert.ok(state.work > 0 && state.work <= 2 * 3_000 + 900, `${state.work} in one round`);
  clock.advance(100);
  assert.equal(groups.size, 1);
});

Deno.test("change() to nothing leaves no group and no demand behind, and costs nothing where others stay", () => {
  const { groups, change, demand, state } = setUp();
  const members = [new FakeMember(), new FakeMember()];
  for (const member of members) change(member, "nse:1", "nse:2");
  state.work = 0;
  change(members[0]!, ["nse:1", undefined], ["nse:2", undefined]);
  assert.equal(state.work, 0);
  assert.deepEqual(demand(), ["nse:1", "nse:2"]);
  groups.leave(members[1]!);
  groups.leave(members[1]!);
  assert.deepEqual(demand(), []);
  assert.equal(groups.size, 0);
});

Deno.test("change() keeps demand, groups and everyone's ticks those of the members' wants, through any changes", async () => {
  const step = fc.record({
    who: fc.nat(5),
    changes: fc.array(fc.tuple(fc.nat(4), fc.constantFrom<Mode | undefined>("ltp", "quote", undefined)), {
      maxLength: 4,
    }),
    delivery: fc.nat(1),
    leaves: fc.boolean(),
    ms: fc.constantFrom(0, 0, 100, 300),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, groups, subscribers, demand } = setUp();
      const members = Array.from({ length: 6 }, () => new FakeMember());
      const wants = members.map(() => new Map<InstrumentKey, Mode>());
      const deliveries = members.map(() => 0);
      for (const { who, changes, delivery, leaves, ms } of steps) {
        const own = wants[who]!;
        if (leaves && changes.length === 0) {
          own.clear();
          groups.leave(members[who]!);
        }
        const map = new Map(changes.map(([token, mode]) => [`nse:${token}` as InstrumentKey, mode]));
        for (const [key, mode] of map) {
          if (mode === undefined) own.delete(key);
          else own.set(key, mode);
        }
        deliveries[who] = delivery;
        groups.change(members[who]!, [JSON_DELIVERY, BINARY_DELIVERY][delivery]!, map);
        clock.advance(ms);
        assert.deepEqual(demand(), [...new Set(wants.flatMap((each) => [...each.keys()]))].sort());
      }
      clock.advance(1_000);
      const distinct = new Set(
        wants.flatMap((each, i) =>
          each.size > 0 ? [`${deliveries[i]} ${JSON.stringify([...each].sort())}`] : []
        ),
      );
      assert.equal(groups.size, distinct.size);
      for (const { batches } of members) batches.length = 0;
      for (let token = 0; token < 5; token++) {
        subscribers.publish(`nse:${token}`, new MarketTick(ltpTick(`nse:${token}`, 1), new Uint8Array(51)));
      }
      await settle();
      clock.advance(100);
      await settle();
      members.forEach(({ batches }, i) => {
        assert.deepEqual(batches.flatMap((batch) => batch.keys).sort(), [...wants[i]!.keys()].sort());
        for (const piece of batches.flatMap(({ pieces }) => pieces)) {
          assert.equal(typeof piece === "string", deliveries[i] === 0);
        }
      });
    }),
    { numRuns: 200 },
  );
});

Deno.test("changeAll() changes a group in place where all of it changes, and takes a part of one out together", () => {
  const { clock, groups, change, demand, state } = setUp();
  const members = Array.from(
    { length: 20 },
    () => Object.assign(new FakeMember(), { delivery: JSON_DELIVERY }),
  );
  for (const member of members) change(member, ...keys(40));
  clock.advance(1_000);
  assert.equal(groups.size, 1);
  state.work = 0;
  groups.changeAll(members, changesOf("nse:41", ["nse:1", undefined]));
  assert.deepEqual([groups.size, state.work], [1, 2]);
  assert.deepEqual(demand(), keys(40, 1).sort());
  groups.changeAll(members.slice(0, 5), changesOf("nse:42", ["nse:2", undefined]));
  assert.equal(groups.size, 2);
  groups.changeAll(members, changesOf("nse:43"));
  assert.equal(groups.size, 2);
  groups.changeAll(members.slice(0, 5), changesOf("nse:2", ["nse:42", undefined]));
  clock.advance(1_000);
  assert.equal(groups.size, 1);
  groups.changeAll(
    members,
    changesOf(...[...keys(42, 1)].map((key) => [key, undefined] as [InstrumentKey, undefined])),
  );
  assert.deepEqual([groups.size, demand()], [0, []]);
  groups.changeAll(members, changesOf("nse:9"));
  assert.deepEqual([groups.size, demand()], [1, ["nse:9"]]);
});
