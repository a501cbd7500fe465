import assert from "node:assert/strict";
import fc from "fast-check";
import { Hub, type Subscriber } from "../../lib/feed/hub.ts";
import { higherMode, type InstrumentKey, type Mode, MODES } from "../../lib/market/market.ts";

class Ear implements Subscriber<string> {
  readonly heard: string[] = [];

  offer(item: string, mode: Mode): void {
    this.heard.push(`${item} ${mode}`);
  }
}

function setUp() {
  const state = { changes: 0 };
  const hub: Hub<string> = new Hub(() => state.changes++);
  return { hub, state };
}

Deno.test("add() is heard by the broker for the first listener alone, remove() for the last", () => {
  const { hub, state } = setUp();
  const [a, b, c] = [new Ear(), new Ear(), new Ear()];
  hub.add(a, "nse:1", "ltp");
  assert.equal(state.changes, 1);
  hub.add(b, "nse:1", "ltp");
  hub.add(c, "nse:1", "ltp");
  hub.remove(a, "nse:1");
  hub.remove(c, "nse:1");
  assert.equal(state.changes, 1);
  assert.deepEqual([...hub.wanted()], [["nse:1", "ltp"]]);
  hub.remove(b, "nse:1");
  assert.equal(state.changes, 2);
  assert.equal(hub.wanted().size, 0);
});

Deno.test("add() twice by one listener counts once", () => {
  const { hub } = setUp();
  const ear = new Ear();
  hub.add(ear, "nse:1", "ltp");
  hub.add(ear, "nse:1", "ltp");
  hub.publish("nse:1", "x");
  assert.deepEqual(ear.heard, ["x ltp"]);
  hub.remove(ear, "nse:1");
  assert.equal(hub.wanted().size, 0);
});

Deno.test("remove() by someone who never asked changes nothing", () => {
  const { hub, state } = setUp();
  hub.add(new Ear(), "nse:1", "ltp");
  hub.remove(new Ear(), "nse:1");
  hub.remove(new Ear(), "nse:2");
  assert.equal(state.changes, 1);
  assert.equal(hub.wanted().size, 1);
});

Deno.test("wanted() holds the highest mode that anyone asks for", () => {
  const { hub, state } = setUp();
  const [a, b] = [new Ear(), new Ear()];
  hub.add(a, "nse:1", "ltp");
  hub.add(b, "nse:1", "snapquote");
  assert.equal(hub.wanted().get("nse:1"), "snapquote");
  hub.remove(b, "nse:1");
  assert.equal(hub.wanted().get("nse:1"), "ltp");
  assert.equal(state.changes, 3);
});

Deno.test("publish() reaches each listener of the instrument once, in the mode it asked for", () => {
  const { hub } = setUp();
  const [a, b, c] = [new Ear(), new Ear(), new Ear()];
  hub.add(a, "nse:1", "ltp");
  hub.add(b, "nse:1", "quote");
  hub.add(c, "nfo:1", "ltp");
  hub.publish("nse:1", "x");
  hub.publish("nse:2", "y");
  assert.deepEqual([a.heard, b.heard, c.heard], [["x ltp"], ["x quote"], []]);
});

Deno.test("publish() reaches everyone who was there, if someone leaves or comes while it is under way", () => {
  const { hub } = setUp();
  const ears = [new Ear(), new Ear(), new Ear()];
  const newcomer = new Ear();
  const leaver: Subscriber<string> = {
    offer() {
      hub.remove(leaver, "nse:1");
      hub.add(newcomer, "nse:1", "ltp");
    },
  };
  hub.add(ears[0], "nse:1", "ltp");
  hub.add(leaver, "nse:1", "ltp");
  hub.add(ears[1], "nse:1", "ltp");
  hub.add(ears[2], "nse:1", "ltp");
  hub.publish("nse:1", "x");
  assert.deepEqual(ears.map(({ heard }) => heard), [["x ltp"], ["x ltp"], ["x ltp"]]);
  hub.publish("nse:1", "y");
  assert.ok(newcomer.heard.includes("y ltp"));
});

Deno.test("the hub tells the demand of any crowd as a simple count would, and each change of it once", () => {
  const operation = fc.record({
    what: fc.constantFrom("add" as const, "add" as const, "remove" as const, "publish" as const),
    who: fc.nat(4),
    key: fc.nat(3).map((token): InstrumentKey => `nse:${token}`),
    mode: fc.constantFrom(...MODES),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 100 }), (operations) => {
      const { hub, state } = setUp();
      const ears = Array.from({ length: 5 }, () => new Ear());
      const expected = ears.map((): string[] => []);
      const model = new Map<InstrumentKey, Map<number, Mode>>();
      const union = () =>
        [...model].filter(([, modes]) => modes.size > 0)
          .map(([key, modes]) => `${key} ${[...modes.values()].reduce(higherMode)}`).sort();
      for (const { what, who, key, mode } of operations) {
        const modes = model.get(key) ?? new Map<number, Mode>();
        const before = { union: union(), changes: state.changes };
        if (what === "publish") {
          hub.publish(key, "x");
          for (const [each, mode] of modes) expected[each].push(`x ${mode}`);
        } else if (what === "add") {
          hub.add(ears[who], key, mode);
          model.set(key, modes.set(who, mode));
        } else {
          hub.remove(ears[who], key);
          modes.delete(who);
        }
        assert.deepEqual([...hub.wanted()].map((each) => each.join(" ")).sort(), union());
        const changed = union().join() !== before.union.join();
        assert.equal(state.changes - before.changes, changed ? 1 : 0, `${what} ${key}`);
      }
      assert.deepEqual(ears.map(({ heard }) => heard), expected);
    }),
    { numRuns: 1_000 },
  );
});
