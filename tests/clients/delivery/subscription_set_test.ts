import assert from "node:assert/strict";
import fc from "fast-check";
import { SubscriptionSet } from "../../../lib/clients/delivery/subscription_set.ts";
import { type InstrumentKey, type Mode, MODES } from "../../../lib/market/market.ts";

const key = fc.nat(30).map((token): InstrumentKey => `nse:${token}`);
const changes = fc.array(fc.tuple(key, fc.constantFrom<Mode | undefined>(...MODES, undefined)), {
  maxLength: 40,
})
  .map((entries) => new Map(entries));

Deno.test("a fingerprint is that of the content, whatever way led there", () => {
  fc.assert(fc.property(fc.array(changes, { maxLength: 5 }), (rounds) => {
    const set = new SubscriptionSet();
    const model = new Map<InstrumentKey, Mode>();
    for (const round of rounds) {
      const expected = set.fingerprintWith(round);
      for (const [key, mode] of round) {
        set.set(key, mode);
        if (mode === undefined) model.delete(key);
        else model.set(key, mode);
      }
      assert.equal(set.fingerprint, expected);
    }
    const fresh = new SubscriptionSet(new Map([...model].reverse()));
    assert.equal(set.fingerprint, fresh.fingerprint);
    assert.ok(set.equals(fresh));
    assert.deepEqual(new Map(set.modes), model);
  }));
});

Deno.test("different contents have different fingerprints", () => {
  fc.assert(fc.property(changes, changes, (a, b) => {
    const [one, other] = [a, b].map((entries) => {
      const set = new SubscriptionSet();
      for (const [key, mode] of entries) set.set(key, mode);
      return set;
    }) as [SubscriptionSet, SubscriptionSet];
    assert.equal(one.fingerprint === other.fingerprint, one.equals(other));
  }));
});
