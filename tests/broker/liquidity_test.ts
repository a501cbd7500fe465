import assert from "node:assert/strict";
import { Liquidity } from "../../lib/broker/liquidity.ts";

Deno.test("isLiquid() is true of an index from the start", () => {
  assert.equal(new Liquidity().isLiquid("nse:99926000"), true);
  assert.equal(new Liquidity().isLiquid("bse:99919000"), true);
});

Deno.test("isLiquid() is true of what has ticked often, and only after some while", () => {
  const liquidity = new Liquidity();
  for (let i = 0; i < 5; i++) liquidity.noteTick("nse:1", i * 500);
  assert.equal(liquidity.isLiquid("nse:1"), false);
  for (let i = 5; i < 40; i++) liquidity.noteTick("nse:1", i * 500);
  assert.equal(liquidity.isLiquid("nse:1"), true);
});

Deno.test("isLiquid() is false of what ticks once a minute, however long", () => {
  const liquidity = new Liquidity();
  for (let i = 0; i < 500; i++) liquidity.noteTick("mcx:1", i * 60_000);
  assert.equal(liquidity.isLiquid("mcx:1"), false);
});

Deno.test("isLiquid() notices that something liquid has dried up", () => {
  const liquidity = new Liquidity();
  for (let i = 0; i < 100; i++) liquidity.noteTick("nse:1", i * 500);
  for (let i = 0; i < 30; i++) liquidity.noteTick("nse:1", 50_000 + i * 60_000);
  assert.equal(liquidity.isLiquid("nse:1"), false);
});

Deno.test("keepOnly() forgets the habits of what is no longer carried", () => {
  const liquidity = new Liquidity();
  for (let i = 0; i < 100; i++) {
    liquidity.noteTick("nse:1", i * 500);
    liquidity.noteTick("nse:2", i * 500);
  }
  liquidity.keepOnly(new Map([["nse:2", "ltp"]]));
  assert.equal(liquidity.isLiquid("nse:1"), false);
  assert.equal(liquidity.isLiquid("nse:2"), true);
});
