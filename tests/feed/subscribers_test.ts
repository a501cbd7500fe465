import assert from "node:assert/strict";
import fc from "fast-check";
import { type Subscriber, Subscribers } from "../../lib/feed/subscribers.ts";
import { MarketTick } from "../../lib/feed/market_tick.ts";
import { ltpTick } from "../ticks.ts";
import { higherMode, type InstrumentKey, type Mode, MODES } from "../../lib/market/market.ts";

const tick = (price: number) => new MarketTick(ltpTick("nse:1", price), new Uint8Array(0));

class FakeSubscriber implements Subscriber {
  readonly heard: string[] = [];

  offer({ tick }: MarketTick, mode: Mode): void {
    this.heard.push(`${tick.lastPrice} ${mode}`);
  }
}

function setUp() {
  const state = { changes: 0 };
  const subscribers = new Subscribers();
  subscribers.demand.onChange(() => state.changes++);
  return { subscribers, state };
}

Deno.test("subscribe() changes the demand for the first subscriber alone, unsubscribe() for the last", () => {
  const { subscribers, state } = setUp();
  const [a, b, c] = [new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber()];
  subscribers.subscribe(a, "nse:1", "ltp");
  assert.equal(state.changes, 1);
  subscribers.subscribe(b, "nse:1", "ltp");
  subscribers.subscribe(c, "nse:1", "ltp");
  subscribers.unsubscribe(a, "nse:1");
  subscribers.unsubscribe(c, "nse:1");
  assert.equal(state.changes, 1);
  assert.deepEqual([...subscribers.demand.wanted], [["nse:1", "ltp"]]);
  subscribers.unsubscribe(b, "nse:1");
  assert.equal(state.changes, 2);
  assert.equal(subscribers.demand.wanted.size, 0);
});

Deno.test("subscribe() twice by one subscriber counts once", () => {
  const { subscribers } = setUp();
  const ear = new FakeSubscriber();
  subscribers.subscribe(ear, "nse:1", "ltp");
  subscribers.subscribe(ear, "nse:1", "ltp");
  subscribers.publish("nse:1", tick(1));
  assert.deepEqual(ear.heard, ["1 ltp"]);
  subscribers.unsubscribe(ear, "nse:1");
  assert.equal(subscribers.demand.wanted.size, 0);
});

Deno.test("unsubscribe() by someone who never asked changes nothing", () => {
  const { subscribers, state } = setUp();
  subscribers.subscribe(new FakeSubscriber(), "nse:1", "ltp");
  subscribers.unsubscribe(new FakeSubscriber(), "nse:1");
  subscribers.unsubscribe(new FakeSubscriber(), "nse:2");
  assert.equal(state.changes, 1);
  assert.equal(subscribers.demand.wanted.size, 1);
});

Deno.test("the demand holds the highest mode that anyone asks for", () => {
  const { subscribers, state } = setUp();
  const [a, b] = [new FakeSubscriber(), new FakeSubscriber()];
  subscribers.subscribe(a, "nse:1", "ltp");
  subscribers.subscribe(b, "nse:1", "snapquote");
  assert.equal(subscribers.demand.wanted.get("nse:1"), "snapquote");
  subscribers.unsubscribe(b, "nse:1");
  assert.equal(subscribers.demand.wanted.get("nse:1"), "ltp");
  assert.equal(state.changes, 3);
});

Deno.test("publish() reaches each subscriber of the instrument once, in the mode it asked for", () => {
  const { subscribers } = setUp();
  const [a, b, c] = [new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber()];
  subscribers.subscribe(a, "nse:1", "ltp");
  subscribers.subscribe(b, "nse:1", "quote");
  subscribers.subscribe(c, "nfo:1", "ltp");
  subscribers.publish("nse:1", tick(1));
  subscribers.publish("nse:2", tick(2));
  assert.deepEqual([a.heard, b.heard, c.heard], [["1 ltp"], ["1 quote"], []]);
});

Deno.test("publish() reaches everyone who was there, if someone leaves or comes while it is under way", () => {
  const { subscribers } = setUp();
  const ears = [new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber()];
  const newcomer = new FakeSubscriber();
  const leaver: Subscriber = {
    offer() {
      subscribers.unsubscribe(leaver, "nse:1");
      subscribers.subscribe(newcomer, "nse:1", "ltp");
    },
  };
  subscribers.subscribe(ears[0]!, "nse:1", "ltp");
  subscribers.subscribe(leaver, "nse:1", "ltp");
  subscribers.subscribe(ears[1]!, "nse:1", "ltp");
  subscribers.subscribe(ears[2]!, "nse:1", "ltp");
  subscribers.publish("nse:1", tick(1));
  assert.deepEqual(ears.map(({ heard }) => heard), [["1 ltp"], ["1 ltp"], ["1 ltp"]]);
  subscribers.publish("nse:1", tick(2));
  assert.ok(newcomer.heard.includes("2 ltp"));
});

Deno.test("the demand of any crowd is told as a simple count would, and each change of it once", () => {
  const operation = fc.record({
    what: fc.constantFrom("add" as const, "add" as const, "remove" as const, "publish" as const),
    who: fc.nat(4),
    key: fc.nat(3).map((token): InstrumentKey => `nse:${token}`),
    mode: fc.constantFrom(...MODES),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 100 }), (operations) => {
      const { subscribers, state } = setUp();
      const ears = Array.from({ length: 5 }, () => new FakeSubscriber());
      const expected = ears.map((): string[] => []);
      const model = new Map<InstrumentKey, Map<number, Mode>>();
      const union = () =>
        [...model].filter(([, modes]) => modes.size > 0)
          .map(([key, modes]) => `${key} ${[...modes.values()].reduce(higherMode)}`).sort();
      for (const { what, who, key, mode } of operations) {
        const modes = model.get(key) ?? new Map<number, Mode>();
        const before = { union: union(), changes: state.changes };
        if (what === "publish") {
          subscribers.publish(key, tick(1));
          for (const [each, mode] of modes) expected[each]!.push(`1 ${mode}`);
        } else if (what === "add") {
          subscribers.subscribe(ears[who]!, key, mode);
          model.set(key, modes.set(who, mode));
        } else {
          subscribers.unsubscribe(ears[who]!, key);
          modes.delete(who);
        }
        assert.deepEqual([...subscribers.demand.wanted].map((each) => each.join(" ")).sort(), union());
        const changed = union().join() !== before.union.join();
        assert.equal(state.changes - before.changes, changed ? 1 : 0, `${what} ${key}`);
      }
      assert.deepEqual(ears.map(({ heard }) => heard), expected);
    }),
    { numRuns: 1_000 },
  );
});
