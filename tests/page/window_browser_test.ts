import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { IN_BROWSER } from "./browser.ts";
import { startScriptedProxy } from "./scripted_proxy.ts";
import { openPage } from "./shared_browser.ts";

const TICK = {
  exchange: "nse",
  token: "3045",
  symbol: "SBIN-EQ",
  last_traded_price: 790,
  close: 780,
  average_traded_price: 788,
  exchange_timestamp: Date.UTC(2026, 10, 27, 5, 0),
};

const open = (id: string) => `document.getElementById("${id}").open`;

const SYMBOL = `document.getElementById("detail-symbol").textContent`;

Deno.test({
  name: "panels and the row are as they were left; a link wins, and says what its list does not have",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using proxy = startScriptedProxy([TICK, { ...TICK, token: "2885", symbol: "RELIANCE-EQ" }]);
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("goto", proxy.url);
    await ask("sees", "RELIANCE-EQ");
    deepEqual(await ask("value", `[${open("feed")}, ${open("movers")}]`), [true, false]);
    await ask("click", "#feed summary");
    await ask("click", "#movers summary");
    await ask("click", `[id="row-nse:2885"] .name`);
    await ask("goto", "about:blank");
    await ask("goto", proxy.url);
    await ask("holds", `${SYMBOL} === "RELIANCE-EQ"`);
    deepEqual(await ask("value", `[${open("feed")}, ${open("movers")}]`), [false, true]);

    // A link wins, and says so where the list does not have it.
    await ask("goto", "about:blank");
    await ask("goto", `${proxy.url}#nse:404`);
    await ask("sees", "nse:404 is not on this list");
    await ask("sees", "Add it");
    deepEqual(await ask("axe"), []);
    deepEqual(await ask("errors"), []);
  },
});

Deno.test({
  name: "a chart has a window of its own",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using proxy = startScriptedProxy([TICK, { ...TICK, token: "2885", symbol: "RELIANCE-EQ" }]);
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("goto", proxy.url);
    await ask("sees", "RELIANCE-EQ");
    await ask("value", `void (globalThis.open = (...args) => document.title = args[0])`);
    await ask("click", `[id="row-nse:3045"] .name`);
    await ask("click", "#chart-window");
    const address = `${proxy.url}?chart#nse:3045`;
    await ask("holds", `document.title === ${JSON.stringify(address)}`);
    await ask("goto", "about:blank");
    for (const size of ["900x560", "390x844"]) {
      await ask("size", size);
      await ask("goto", "about:blank");
      await ask("goto", address);
      await ask("holds", `${SYMBOL} === "SBIN-EQ"`);
      await ask("holds", `document.querySelectorAll("#chart canvas").length > 0`);
      const part = await ask(
        "value",
        `document.getElementById("chart").offsetHeight / innerHeight`,
      ) as number;
      ok(part > 0.4, `${size}: ${part}`);
      equal(await ask("value", `document.getElementById("list").offsetHeight`), 0);
      ok(await ask("value", `document.documentElement.scrollWidth <= innerWidth`));
      deepEqual(await ask("axe"), [], size);
    }
    deepEqual(await ask("errors"), []);
  },
});
