import assert from "node:assert/strict";
import fc from "fast-check";
import { GracePeriod } from "../../../lib/upstream/broker/grace_period.ts";
import type { InstrumentKey, Mode } from "../../../lib/market/market.ts";
import { FakeClock } from "../../fakes.ts";

function wantedOf(...tokens: number[]): Map<InstrumentKey, Mode> {
  return new Map(tokens.map((token) => [`nse:${token}`, "ltp"]));
}

function setUp(capacity = 100) {
  const clock = new FakeClock();
  const state = { wanted: wantedOf(), expiries: 0 };
  const gracePeriod: GracePeriod = new GracePeriod(clock, capacity, () => {
    state.expiries++;
    gracePeriod.extend(state.wanted);
  });
  const want = (...tokens: number[]) => {
    state.wanted = wantedOf(...tokens);
    return [...gracePeriod.extend(state.wanted).keys()];
  };
  return { clock, gracePeriod, state, want, now: () => [...gracePeriod.extended().keys()] };
}

Deno.test("extend() keeps what is no longer wanted for 30 s, and then says that it is over", () => {
  const { clock, now, state, want } = setUp();
  want(1, 2);
  assert.deepEqual(want(1), ["nse:1", "nse:2"]);
  clock.advance(29_999);
  assert.equal(state.expiries, 0);
  assert.deepEqual(now(), ["nse:1", "nse:2"]);
  clock.advance(1);
  assert.equal(state.expiries, 1);
  assert.deepEqual(now(), ["nse:1"]);
  assert.equal(clock.pending, 0);
});

Deno.test("extend() counts the 30 s from the last moment it was wanted", () => {
  const { clock, now, want } = setUp();
  want(1);
  want();
  clock.advance(20_000);
  want(1);
  want();
  clock.advance(20_000);
  assert.deepEqual(now(), ["nse:1"]);
  clock.advance(10_000);
  assert.deepEqual(now(), []);
});

Deno.test("extend() does not start the 30 s anew for other changes", () => {
  const { clock, now, want } = setUp();
  want(1, 2);
  want(2);
  for (let i = 0; i < 30; i++) {
    clock.advance(1_000);
    want(2, 100 + i);
  }
  assert.ok(!now().includes("nse:1"));
});

Deno.test("extend() takes the place of one in its grace period for one who is wanted", () => {
  const { now, want } = setUp(2);
  want(1, 2);
  want();
  want(3);
  assert.equal(now().length, 2);
  assert.ok(now().includes("nse:3"));
  assert.deepEqual(want(3, 4), ["nse:3", "nse:4"]);
});

Deno.test("extend() keeps the present mode of what is wanted", () => {
  const { gracePeriod } = setUp();
  gracePeriod.extend(new Map([["nse:1", "snapquote"]]));
  assert.equal(gracePeriod.extend(new Map([["nse:1", "ltp"]])).get("nse:1"), "ltp");
});

Deno.test("wasDropped() is true for 10 s after the dropping, and not of what is wanted again", () => {
  const { clock, gracePeriod, want } = setUp();
  want(1, 2);
  assert.equal(gracePeriod.wasDropped("nse:1"), false);
  want();
  assert.equal(gracePeriod.wasDropped("nse:1"), false);
  clock.advance(30_000);
  assert.equal(gracePeriod.wasDropped("nse:1"), true);
  want(2);
  assert.equal(gracePeriod.wasDropped("nse:2"), false);
  clock.advance(10_001);
  assert.equal(gracePeriod.wasDropped("nse:1"), false);
});

Deno.test("stop() leaves no timer", () => {
  const { clock, gracePeriod, want } = setUp();
  want(1);
  want();
  gracePeriod.stop();
  assert.equal(clock.pending, 0);
});

Deno.test("extend() holds all that is wanted, nothing beyond 30 s, and no more than fits", () => {
  const step = fc.tuple(fc.uniqueArray(fc.nat(8), { maxLength: 4 }), fc.nat(20_000));
  fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    const { clock, now, want } = setUp(5);
    const lastWanted = new Map<string, number>();
    let wanted: number[] = [];
    for (const [tokens, ms] of steps) {
      for (const token of wanted) lastWanted.set(`nse:${token}`, clock.now());
      wanted = tokens;
      want(...tokens);
      clock.advance(ms);
      const present = now();
      for (const token of tokens) assert.ok(present.includes(`nse:${token}`));
      assert.ok(present.length <= 5);
      for (const key of present) {
        if (tokens.some((token) => `nse:${token}` === key)) continue;
        assert.ok(clock.now() - lastWanted.get(key)! <= 30_000, `${key} is kept too long`);
      }
    }
  }));
});
