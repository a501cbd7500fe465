import assert from "node:assert/strict";
import fc from "fast-check";
import { INSTRUMENTS_PER_SOCKET, SocketAssignment } from "../../../lib/upstream/broker/socket_assignment.ts";
import { nextChange, SentSubscriptions } from "../../../lib/upstream/broker/subscription_plan.ts";
import { type InstrumentKey, type Mode, MODES } from "../../../lib/market/market.ts";

type Wanted = Map<InstrumentKey, Mode>;

function block(from: number, count: number, mode: Mode = "ltp"): Wanted {
  return new Map(Array.from({ length: count }, (_, i) => [`nse:${from + i}`, mode]));
}

function placesOf(assignment: SocketAssignment, sockets: number): Map<InstrumentKey, number> {
  const places = new Map<InstrumentKey, number>();
  for (let socket = 0; socket < sockets; socket++) {
    for (const key of assignment.of(socket).keys()) {
      assert.ok(!places.has(key), `${key} is on two sockets`);
      places.set(key, socket);
    }
  }
  return places;
}

Deno.test("a socket is given fewer instruments than the broker's 1000, so that modes can change", () => {
  assert.ok(INSTRUMENTS_PER_SOCKET < 1000 && INSTRUMENTS_PER_SOCKET >= 950);
});

Deno.test("update() begins the next socket when one is half full, and fills them all evenly then", () => {
  const assignment = new SocketAssignment(3);
  const sizes = (count: number) => {
    assert.deepEqual(assignment.update(block(0, count)), []);
    return [0, 1, 2].map((socket) => assignment.of(socket).size);
  };
  assert.deepEqual(sizes(500), [500, 0, 0]);
  assert.deepEqual(sizes(501), [500, 1, 0]);
  assert.deepEqual(sizes(1_500), [500, 500, 500]);
  assert.deepEqual(sizes(2_100), [700, 700, 700]);
  assert.deepEqual(sizes(3 * INSTRUMENTS_PER_SOCKET), Array(3).fill(INSTRUMENTS_PER_SOCKET));
});

Deno.test("the mode of a thousand instruments changes in two messages of a socket each", () => {
  const assignment = new SocketAssignment(2);
  const told = [new SentSubscriptions(), new SentSubscriptions()];
  const messages = (mode: Mode) => {
    assignment.update(block(0, 1_000, mode));
    return told.map((each, socket) => {
      let count = 0;
      for (let change; (change = nextChange(each, assignment.of(socket))) !== undefined; count++) {
        each.note(change);
      }
      return count;
    });
  };
  assert.deepEqual(messages("ltp"), [1, 1]);
  assert.deepEqual(messages("snapquote"), [2, 2]);
});

Deno.test("update() answers what fits nowhere, and places it once there is room", () => {
  const assignment = new SocketAssignment(2);
  const capacity = 2 * INSTRUMENTS_PER_SOCKET;
  const wanted = block(0, capacity + 3);
  assert.deepEqual(assignment.update(wanted), [
    `nse:${capacity}`,
    `nse:${capacity + 1}`,
    `nse:${capacity + 2}`,
  ]);
  assert.equal(assignment.has(`nse:${capacity}`), false);
  assert.equal(assignment.socketOf(`nse:${capacity}`), undefined);
  for (const each of [0, 1, 2]) wanted.delete(`nse:${each}`);
  assert.deepEqual(assignment.update(wanted), []);
  assert.equal(assignment.socketOf(`nse:${capacity}`), 0);
});

Deno.test("update() takes over a change of mode without a change of place", () => {
  const assignment = new SocketAssignment(2);
  assignment.update(block(0, 505));
  assignment.update(block(0, 505, "quote"));
  assert.equal(assignment.of(1).size, 5);
  assert.equal(assignment.of(0).get("nse:7"), "quote");
  assert.equal(assignment.of(1).get("nse:500"), "quote");
});

Deno.test("update() never moves what it keeps, never overfills, and refuses only when all is full", () => {
  const step = fc.array(
    fc.record({ from: fc.nat(3_000), count: fc.nat(1_500), mode: fc.constantFrom(...MODES) }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 6 }), (sockets, steps) => {
      const assignment = new SocketAssignment(sockets);
      for (const blocks of steps) {
        const wanted: Wanted = new Map();
        for (const { from, count, mode } of blocks) {
          for (const [key] of block(from, count)) wanted.set(key, mode);
        }
        const before = placesOf(assignment, sockets);
        const refused = new Set(assignment.update(wanted));
        const after = placesOf(assignment, sockets);
        for (const [key, place] of before) {
          if (wanted.has(key)) assert.equal(after.get(key), place, `${key} was moved`);
          else assert.ok(!after.has(key), `${key} is still there`);
        }
        for (let socket = 0; socket < sockets; socket++) {
          assert.ok(assignment.of(socket).size <= INSTRUMENTS_PER_SOCKET);
        }
        for (const [key, mode] of wanted) {
          assert.notEqual(after.has(key), refused.has(key), key);
          assert.equal(assignment.has(key), after.has(key));
          assert.equal(assignment.socketOf(key), after.get(key));
          if (after.has(key)) assert.equal(assignment.of(after.get(key)!).get(key), mode);
        }
        assert.equal(after.size, Math.min(wanted.size, sockets * INSTRUMENTS_PER_SOCKET));
      }
    }),
    { numRuns: 60 },
  );
});
