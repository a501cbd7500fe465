import assert from "node:assert/strict";
import fc from "fast-check";
import {
  nextChange,
  SentSubscriptions,
  type SubscriptionChange,
} from "../../../lib/upstream/broker/subscription_plan.ts";
import { type InstrumentKey, type Mode, MODES } from "../../../lib/market/market.ts";

type Wanted = Map<InstrumentKey, Mode>;

/** What one socket may hold, leaving room for changes of mode. */
const FULL = 990;

function key(number: number): InstrumentKey {
  return `${number % 2 === 0 ? "nse" : "nfo"}:${number}`;
}

function wantedOf(...rows: [number, Mode][]): Wanted {
  return new Map(rows.map(([number, mode]) => [key(number), mode]));
}

function held(sent: SentSubscriptions): Record<string, string> {
  const modes: Record<string, string> = {};
  for (const [key, mode] of sent) modes[key] = modes[key] === undefined ? mode : `${modes[key]}+${mode}`;
  return modes;
}

/** Sends until nothing is left to say; checks each message against what holds for all of them. */
function converge(sent: SentSubscriptions, wanted: Wanted): SubscriptionChange[] {
  const kept = [...wanted.keys()].filter((each) => sent.knows(each));
  const messages: SubscriptionChange[] = [];
  for (let change; (change = nextChange(sent, wanted)) !== undefined;) {
    assert.ok(messages.length < 1_000, "it does not converge");
    check(sent, change);
    sent.note(change);
    messages.push(change);
    assert.ok(sent.count <= 1000, `${sent.count} pairs`);
    for (const each of kept) assert.ok(sent.knows(each), `${each} is without a mode in between`);
  }
  assert.deepEqual(held(sent), Object.fromEntries(wanted));
  assert.equal(sent.count, wanted.size);
  return messages;
}

/** A message says something, within the limits, that the broker does not know yet. */
function check(sent: SentSubscriptions, { action, mode, keys }: SubscriptionChange): void {
  assert.ok(keys.length > 0 && keys.length <= 500, `${keys.length} tokens in a message`);
  assert.equal(new Set(keys).size, keys.length, "an instrument twice in one message");
  for (const each of keys) {
    assert.equal(
      sent.has(each, mode),
      action === "unsubscribe",
      `${action} ${each} ${mode} says nothing new`,
    );
  }
}

const mode = fc.constantFrom(...MODES);

/** A wanted set as a client population makes it: some blocks of instruments, each in some mode. */
const wantedSet: fc.Arbitrary<Wanted> = fc.array(
  fc.record({ from: fc.nat(1_200), count: fc.nat(990), mode }),
  { maxLength: 5 },
).map((blocks) => {
  const wanted: Wanted = new Map();
  for (const { from, count, mode } of blocks) {
    for (let i = from; i < from + count; i++) {
      if (wanted.size < FULL || wanted.has(key(i))) wanted.set(key(i), mode);
    }
  }
  return wanted;
});

Deno.test("nextChange() has nothing to say when nothing is wanted and nothing was told", () => {
  assert.equal(nextChange(new SentSubscriptions(), new Map()), undefined);
});

Deno.test("nextChange() subscribes what is wanted, a message for each mode, the lowest first", () => {
  const messages = converge(
    new SentSubscriptions(),
    wantedOf([1, "quote"], [2, "ltp"], [3, "snapquote"], [4, "ltp"]),
  );
  assert.deepEqual(messages, [
    { action: "subscribe", mode: "ltp", keys: ["nse:2", "nse:4"] },
    { action: "subscribe", mode: "quote", keys: ["nfo:1"] },
    { action: "subscribe", mode: "snapquote", keys: ["nfo:3"] },
  ]);
});

Deno.test("nextChange() drops what is no longer wanted before it adds anything", () => {
  const sent = new SentSubscriptions();
  converge(sent, wantedOf([1, "ltp"], [2, "ltp"]));
  assert.deepEqual(converge(sent, wantedOf([2, "ltp"], [3, "ltp"])), [
    { action: "unsubscribe", mode: "ltp", keys: ["nfo:1"] },
    { action: "subscribe", mode: "ltp", keys: ["nfo:3"] },
  ]);
});

for (const [from, to] of [["ltp", "snapquote"], ["snapquote", "ltp"]] as const) {
  Deno.test(`nextChange() subscribes ${to} before it drops ${from}`, () => {
    const sent = new SentSubscriptions();
    converge(sent, wantedOf([1, from]));
    assert.deepEqual(converge(sent, wantedOf([1, to])), [
      { action: "subscribe", mode: to, keys: ["nfo:1"] },
      { action: "unsubscribe", mode: from, keys: ["nfo:1"] },
    ]);
  });
}

Deno.test("nextChange() says nothing twice", () => {
  const sent = new SentSubscriptions();
  const wanted = wantedOf([1, "ltp"], [2, "quote"]);
  converge(sent, wanted);
  assert.equal(nextChange(sent, wanted), undefined);
  assert.equal(nextChange(sent, new Map(wanted)), undefined);
});

Deno.test("nextChange() splits a large set into messages of at most 500", () => {
  const wanted: Wanted = new Map(Array.from({ length: 990 }, (_, i) => [key(i), "ltp"]));
  const sizes = converge(new SentSubscriptions(), wanted).map(({ keys }) => keys.length);
  assert.deepEqual(sizes, [500, 490]);
});

Deno.test("nextChange() changes the mode of a full socket within its quota", () => {
  const sent = new SentSubscriptions();
  converge(sent, new Map(Array.from({ length: FULL }, (_, i) => [key(i), "ltp"])));
  converge(sent, new Map(Array.from({ length: FULL }, (_, i) => [key(i), "snapquote"])));
});

Deno.test("nextChange() replaces everything on a full socket", () => {
  const sent = new SentSubscriptions();
  converge(sent, new Map(Array.from({ length: FULL }, (_, i) => [key(i), "ltp"])));
  const messages = converge(
    sent,
    new Map(Array.from({ length: FULL }, (_, i) => [key(i + 5_000), "quote"])),
  );
  assert.deepEqual(messages.map(({ action, keys }) => `${action} ${keys.length}`), [
    "unsubscribe 500",
    "unsubscribe 490",
    "subscribe 500",
    "subscribe 490",
  ]);
});

Deno.test("nextChange() never goes beyond the quota, even if more is wanted than fits", () => {
  const sent = new SentSubscriptions();
  const wanted: Wanted = new Map(Array.from({ length: 1_500 }, (_, i) => [key(i), "ltp"]));
  for (let change; (change = nextChange(sent, wanted)) !== undefined;) {
    check(sent, change);
    sent.note(change);
    assert.ok(sent.count <= 1000);
  }
  assert.equal(sent.count, 1000);
});

Deno.test("nextChange() converges on any wanted set, from any other", () => {
  fc.assert(
    fc.property(fc.array(wantedSet, { minLength: 1, maxLength: 5 }), (sets) => {
      const sent = new SentSubscriptions();
      for (const wanted of sets) converge(sent, wanted);
    }),
    { numRuns: 60 },
  );
});

Deno.test("nextChange() converges when what is wanted changes between any two messages", () => {
  const small = fc.array(fc.tuple(fc.nat(12), mode), { maxLength: 10 })
    .map((rows) => wantedOf(...rows));
  fc.assert(
    fc.property(fc.array(fc.tuple(small, fc.nat(4)), { maxLength: 12 }), small, (changes, last) => {
      const sent = new SentSubscriptions();
      for (const [wanted, messages] of changes) {
        const kept = [...wanted.keys()].filter((each) => sent.knows(each));
        for (let i = 0; i < messages; i++) {
          const change = nextChange(sent, wanted);
          if (change === undefined) break;
          check(sent, change);
          sent.note(change);
          for (const each of kept) assert.ok(sent.knows(each), `${each} is without a mode in between`);
        }
      }
      converge(sent, last);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("nextChange() starts from nothing on a new socket", () => {
  const sent = new SentSubscriptions();
  const wanted = wantedOf([1, "ltp"], [2, "quote"]);
  const first = converge(sent, wanted);
  sent.clear();
  assert.equal(sent.count, 0);
  assert.deepEqual(converge(sent, wanted), first);
});

Deno.test("a sent counts pairs: duplicates are free, and unknown ones are nothing", () => {
  const sent = new SentSubscriptions();
  const note = (action: SubscriptionChange["action"], mode: Mode, ...numbers: number[]) =>
    sent.note({ action, mode, keys: numbers.map(key) });
  note("subscribe", "ltp", 1, 2);
  note("subscribe", "ltp", 2, 3);
  assert.equal(sent.count, 3);
  note("subscribe", "quote", 1);
  assert.equal(sent.count, 4);
  note("unsubscribe", "snapquote", 1);
  note("unsubscribe", "ltp", 99);
  assert.equal(sent.count, 4);
  assert.equal(sent.knows(key(99)), false);
  note("unsubscribe", "ltp", 1);
  assert.deepEqual(held(sent), { "nfo:1": "quote", "nse:2": "ltp", "nfo:3": "ltp" });
  note("unsubscribe", "quote", 1);
  assert.equal(sent.knows(key(1)), false);
});
