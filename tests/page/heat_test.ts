import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { createTiles } from "../../static/page/tiles.js";
import { parts } from "./parts.ts";
import { stubDocument, StubElement } from "./stub_dom.ts";

const NOW = 1_795_149_932_000;

/** A list of instruments by their changes in per cent; undefined: without a previous close, null: without a tick. */
function listOf(changes: (number | undefined | null)[]) {
  const store = parts.createStore({ now: () => NOW });
  store.link({ kind: "open" });
  store.info({ available_exchanges: ["nse"], source: "live" });
  store.list(changes.map((_, i) => [`nse:${i}`, { mode: "quote", symbol: `S${i}` }]));
  const ticks = changes.flatMap((change, i) =>
    change === null ? [] : [{
      exchange: "nse",
      token: String(i),
      symbol: `S${i}`,
      last_traded_price: 100 + (change ?? 0),
      ...change === undefined ? {} : { close: 100 },
    }]
  );
  store.data({ ticks, snapshot: false, conflated: 0, receivedAt: NOW });
  return store;
}

const symbols = (tiles: { symbol: string }[]) => tiles.map(({ symbol }) => symbol).join(" ");

Deno.test("tiles keep the order of the list, movers are the farthest of each side", () => {
  const heat = parts.heatOf(listOf([0.5, -2, 7, 0, -0.2, 1, 2, 4, 6]));
  equal(symbols(heat.tiles), "S0 S1 S2 S3 S4 S5 S6 S7 S8");
  equal(symbols(heat.rising), "S2 S8 S7 S6 S5");
  equal(symbols(heat.falling), "S1 S4");
  deepEqual(heat.tiles.map(({ step }: { step: number }) => step), [1, -2, 3, 0, -1, 2, 2, 3, 3]);
  equal(heat.tiles[1].text, "−2.00%");
  equal(parts.heatWords(heat), "6 up · 2 down · 1 unchanged");
});

Deno.test("what is not known has a dash and no colour, and counts for neither side", () => {
  const heat = parts.heatOf(listOf([undefined, null, 0.004, 1]));
  deepEqual(heat.tiles.map(({ text, step }: Record<string, unknown>) => [text, step]), [
    ["—", 0],
    ["—", 0],
    ["0.00%", 0],
    ["+1.00%", 2],
  ]);
  equal(parts.heatWords(heat), "1 up · 0 down · 1 unchanged · 2 not known or not live");
  equal(parts.heatWords(parts.heatOf(listOf([]))), "0 up · 0 down · 0 unchanged");
});

Deno.test("old prices move nobody: with the feed down there are no movers, and each tile says why", () => {
  const store = listOf([5, -5]);
  store.system({ type: "system", status: "upstream_down", message: "No market data" });
  const heat = parts.heatOf(store);
  deepEqual([heat.rising, heat.falling, heat.unknown], [[], [], 2]);
  deepEqual(heat.tiles.map(({ old }: { old: string }) => old), ["stale", "stale"]);
});

type Entry = { readonly target: unknown; readonly isIntersecting: boolean };

class StubObserver {
  static tell: (entries: readonly Entry[]) => void = () => {};
  constructor(tell: (entries: readonly Entry[]) => void) {
    StubObserver.tell = tell;
  }
  observe() {}
}

Deno.test("a tile out of view is filled when it comes near, and when the list is another", () => {
  Object.assign(globalThis, { document: stubDocument() });
  const place = new StubElement("div");
  // deno-lint-ignore no-explicit-any
  const show = createTiles({ place: place as any, chosen: () => {}, Observer: StubObserver });
  const texts = () => place.children.map(({ textContent }) => textContent.replace(/^\D+\d?/, ""));
  const tell = (isIntersecting: boolean) =>
    StubObserver.tell([{ target: place.children[1], isIntersecting }]);
  const tiles = (changes: number[]) => parts.heatOf(listOf(changes)).tiles;
  show(tiles([1, 2]));
  const before = texts();
  tell(false);
  show(tiles([3, 4]));
  const between = texts();
  equal(between[0] === before[0], false);
  equal(between[1], before[1]);
  tell(true);
  equal(texts()[1] === before[1], false);
  tell(false);
  show(tiles([5, 6, 7]));
  show(tiles([8, 9, 10]).slice(1));
  equal(place.children[1]!.textContent.includes("10"), true);
});

Deno.test("Tab comes to one tile, arrows go on from it, and what is pressed is what it shows by then", () => {
  Object.assign(globalThis, { document: stubDocument() });
  const place = new StubElement("div");
  const chosen: string[] = [];
  const show = createTiles({
    // deno-lint-ignore no-explicit-any
    place: place as any,
    chosen: (key: string) => chosen.push(key),
    Observer: StubObserver,
  });
  const reached = () =>
    place.children.map(({ tabIndex }, i) => tabIndex === 0 ? i : -1).filter((i) => i >= 0);
  show([]);
  deepEqual(reached(), []);
  show(parts.heatOf(listOf([1, 2, 3])).tiles);
  deepEqual(reached(), [0]);
  const press = (key: string) => place.fire("keydown", { key });
  press("ArrowLeft");
  press("ArrowRight");
  press("x");
  deepEqual(reached(), [1]);
  press("End");
  deepEqual(reached(), [2]);
  // The list has become shorter.
  show(parts.heatOf(listOf([1, 2])).tiles);
  deepEqual([reached(), place.children[2]!.hidden], [[1], true]);
  show(parts.heatOf(listOf([1, 2])).tiles.reverse());
  place.children[0]!.fire("click");
  deepEqual(chosen, ["nse:1"]);
});
