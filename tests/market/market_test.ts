import assert from "node:assert/strict";
import {
  EXCHANGE_TYPES,
  exchangeOfType,
  EXCHANGES,
  higherMode,
  isExchange,
  isIndexToken,
  isToken,
  keyOf,
  lowerMode,
  MODES,
  splitKey,
} from "../../lib/market/market.ts";

Deno.test("exchangeOfType() undoes EXCHANGE_TYPES, and knows no other number", () => {
  assert.deepEqual(EXCHANGE_TYPES, { nse: 1, nfo: 2, bse: 3, bfo: 4, mcx: 5, ncdex: 7, cds: 13 });
  for (const exchange of EXCHANGES) assert.equal(exchangeOfType(EXCHANGE_TYPES[exchange]), exchange);
  for (const type of [0, 6, 8, 12, 14, -1, 1.5, NaN]) assert.equal(exchangeOfType(type), undefined);
});

Deno.test("isExchange() knows the exchanges, and no inherited name", () => {
  assert.ok(EXCHANGES.every(isExchange));
  for (const word of ["", "NSE", "toString", "constructor", "__proto__"]) {
    assert.equal(isExchange(word), false);
  }
});

Deno.test("keyOf() and splitKey() undo each other", () => {
  assert.equal(keyOf("nse", "3045"), "nse:3045");
  assert.deepEqual(splitKey("nfo:49543"), { exchange: "nfo", token: "49543" });
});

Deno.test("isToken() is one to twenty-five digits", () => {
  for (const text of ["0", "3045", "1".repeat(25)]) assert.equal(isToken(text), true);
  for (const text of ["", "1".repeat(26), "30a", "-1", " 1", "1\n", "١"]) {
    assert.equal(isToken(text), false, text);
  }
});

Deno.test("isIndexToken() knows the eight digits that begin with 999", () => {
  for (const token of ["99926000", "99919000", "99920003"]) assert.equal(isIndexToken(token), true);
  for (const token of ["999999", "3045", "26000", "999260001", "89926000"]) {
    assert.equal(isIndexToken(token), false);
  }
});

Deno.test("higherMode() and lowerMode() order ltp, quote, snapquote", () => {
  assert.deepEqual(MODES, ["ltp", "quote", "snapquote"]);
  for (const [i, a] of MODES.entries()) {
    for (const [j, b] of MODES.entries()) {
      assert.equal(higherMode(a, b), MODES[Math.max(i, j)]);
      assert.equal(lowerMode(a, b), MODES[Math.min(i, j)]);
    }
  }
});
