import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import * as levelsModule from "../../static/page/levels.js";
import * as layoutModule from "../../static/page/layout.js";
import * as linkModule from "../../static/page/link.js";
import * as paceModule from "../../static/page/pace.js";
import * as sheetModule from "../../static/page/sheet.js";
import * as themeModule from "../../static/page/theme.js";
import * as wholeModule from "../../static/page/whole_labels.js";
import { StubElement } from "./stub_dom.ts";

// deno-lint-ignore no-explicit-any
const page: any = {
  ...layoutModule,
  ...levelsModule,
  ...linkModule,
  ...paceModule,
  ...sheetModule,
  ...themeModule,
  ...wholeModule,
};

/** A display of 60 Hz whose drawings each take so long; returns how often was drawn in each second, and what was told. */
function framesIn(drawMs: (second: number) => number, seconds: number, soon = false) {
  let now = 0;
  const jobs: { at: number; job: () => void }[] = [];
  const told: boolean[] = [];
  let drawn = 0;
  const pace = page.createPace({
    draw: () => {
      drawn++;
      now += drawMs(now / 1_000);
    },
    frame: (job: () => void) => jobs.push({ at: (Math.floor(now / 16) + 1) * 16, job }),
    wait: (job: () => void, ms: number) => jobs.push({ at: now + ms, job }),
    done: (job: () => void) => jobs.push({ at: now, job }),
    elapsed: () => now,
    told: (slow: boolean) => told.push(slow),
  });
  const perSecond: number[] = [];
  for (let second = 1; second <= seconds; second++) {
    drawn = 0;
    while (now < second * 1_000) {
      if (soon) pace.soon();
      else pace.ask();
      jobs.sort((a, b) => a.at - b.at);
      const { at, job } = jobs.shift()!;
      now = Math.max(now, at);
      job();
    }
    perSecond.push(drawn);
  }
  return { perSecond, told };
}

Deno.test("a quick device draws each frame, a slow one ten times a second at most, and the user never waits", () => {
  const quick = framesIn(() => 3, 3);
  equal(quick.perSecond.at(-1)! > 50, true);
  deepEqual(quick.told, []);
  for (const ms of [13, 30, 70]) {
    const { perSecond: [, , , last], told } = framesIn(() => ms, 4);
    equal(last! <= 10 && last! >= 3, true, `${ms} ms: ${last}`);
    deepEqual(told, [true]);
  }
  equal(framesIn(() => 30, 4, true).perSecond.at(-1)! > 15, true);
  // What was slow for a while is quick again.
  const { perSecond, told } = framesIn((second) => second < 2 ? 40 : 2, 6);
  equal(perSecond.at(-1)! > 50, true);
  deepEqual(told, [true, false]);
});

Deno.test("Back closes the sheet, closing it leaves no entry behind, and beside the list there is none", () => {
  const told: string[] = [];
  const listeners: (() => void)[] = [];
  let narrow = true;
  const sheet = page.createSheet({
    narrow: () => narrow,
    close() {
      told.push("close");
      sheet.shows(undefined);
    },
    pages: { pushState: () => told.push("push"), back: () => told.push("back") },
    target: { addEventListener: (_: string, listener: () => void) => listeners.push(listener) },
  });
  sheet.shows("nse:1");
  sheet.shows("nse:2");
  listeners[0]!();
  deepEqual(told.splice(0), ["push", "close"]);
  sheet.shows("nse:1");
  sheet.shows(undefined);
  listeners[0]!();
  deepEqual(told.splice(0), ["push", "back"]);
  narrow = false;
  sheet.shows("nse:1");
  sheet.shows(undefined);
  deepEqual(told, []);
});

Deno.test("a link chooses its row once, when it is there, and the address follows the choice", () => {
  const addresses: string[] = [];
  const pages = {
    state: null,
    replaceState: (_s: unknown, _t: string, address: string) => addresses.push(address),
  };
  const link = page.createLink({ hash: "#nse:3045", base: "/?a", pages });
  const rows = new Set<string>();
  const has = (key: string) => rows.has(key);
  equal(link.take(has), undefined);
  rows.add("nse:3045");
  equal(link.take(has), "nse:3045");
  equal(link.take(has), undefined);
  link.shows("nse:1");
  link.shows(undefined);
  deepEqual(addresses, ["#nse:1", "/?a"]);
  for (const hash of ["", "#list", "#nse:<b>", "#%", "#nse:%zz"]) equal(page.keyOf(hash), undefined, hash);
});

Deno.test("the day's levels are those that the tick tells; an index has no VWAP, and zero is none", () => {
  const tick = { close: 100, average_traded_price: 101, high: 0, low: 98 };
  const titles = (row: unknown) => page.levelsOf(row).map(({ title }: { title: string }) => title);
  deepEqual(titles({ tick, index: false }), ["Prev", "VWAP", "Low"]);
  deepEqual(titles({ tick, index: true }), ["Prev", "Low"]);
  deepEqual(titles({ tick: undefined, index: false }), []);
});

Deno.test("a label of the time axis is drawn whole or not at all", () => {
  const drawn: string[] = [];
  const pen = {
    textAlign: "center",
    measureText: (text: string) => ({ width: 6 * text.length }),
    fillText: (text: string) => drawn.push(text),
  };
  page.leaveOutCutTexts(pen, () => 100);
  for (const [text, x] of [["12:00", 14], ["13:00", 15], ["14:00", 85], ["15:00", 86]] as const) {
    (pen.fillText as (text: string, x: number, y: number) => void)(text, x, 5);
  }
  pen.textAlign = "left";
  pen.fillText("crosshair");
  deepEqual(drawn, ["13:00", "14:00", "crosshair"]);
});

Deno.test("the theme goes round, and a stored one that is none is the system's", () => {
  const root = new StubElement("html");
  const button = new StubElement("button");
  const kept = new Map<string, unknown>([["theme", "pink"]]);
  const settings = {
    get: (name: string) => kept.get(name),
    set: (name: string, value: unknown) => kept.set(name, value),
  };
  page.createTheme({ root, button, settings });
  equal(root.dataset.theme, undefined);
  const seen = [];
  for (let i = 0; i < 3; i++) {
    button.fire("click");
    seen.push([root.dataset.theme, kept.get("theme"), button.textContent]);
  }
  deepEqual(seen, [["light", "light", "Theme: light"], ["dark", "dark", "Theme: dark"], [
    undefined,
    undefined,
    "Theme: as the system",
  ]]);
});

Deno.test("a panel is open as it was left; what is stored and makes no sense is as if nothing was", () => {
  for (
    const [stored, opened] of [
      [undefined, [true, false]],
      [{ feed: false, movers: true }, [false, true]],
      [{ feed: "no", movers: 1 }, [true, false]],
      [null, [true, false]],
      ["spoilt", [true, false]],
    ] as const
  ) {
    const set: unknown[] = [];
    const settings = { get: () => stored, set: (...args: unknown[]) => set.push(args) };
    const panels = ["feed", "movers"].map((id) => {
      const listeners: (() => void)[] = [];
      return {
        id,
        open: false,
        listeners,
        addEventListener: (_: string, told: () => void) => listeners.push(told),
      };
    });
    page.rememberPanels({ panels, open: ["feed"], settings });
    deepEqual(panels.map(({ open }) => open), opened);
    for (const { listeners } of panels) listeners[0]!();
    deepEqual(set, []);
    panels[1]!.open = !opened[1];
    panels[1]!.listeners[0]!();
    equal((set as [string, { movers: boolean }][])[0]![1].movers, !opened[1]);
  }
});

Deno.test("what makes the page an app is there: a manifest whose icons are of the sizes that it says", async () => {
  const folder = new URL("../../static/", import.meta.url);
  const manifest = JSON.parse(await Deno.readTextFile(new URL("manifest.webmanifest", folder)));
  const sizes = [];
  for (const { src, sizes: said, type } of manifest.icons) {
    const bytes = await Deno.readFile(new URL(src, folder));
    if (type !== "image/png") continue;
    const view = new DataView(bytes.buffer);
    equal(`${view.getUint32(16)}x${view.getUint32(20)}`, said);
    sizes.push(said);
  }
  deepEqual([sizes, manifest.display], [["192x192", "512x512"], "standalone"]);
  const page = await Deno.readTextFile(new URL("client.html", folder));
  equal(page.includes(`<link rel="manifest" href="manifest.webmanifest">`), true);
});
