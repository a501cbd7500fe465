import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { IN_BROWSER } from "./browser.ts";
import { startScriptedProxy } from "./scripted_proxy.ts";
import { openPage } from "./shared_browser.ts";

const TICK = {
  exchange: "nse",
  token: "3045",
  symbol: "SBIN-EQ",
  last_traded_price: 790,
  exchange_timestamp: Date.UTC(2026, 10, 27, 5, 0),
};

Deno.test({
  name: "an alert is set at a row, rings at the price, is in the list, and is put away",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using proxy = startScriptedProxy([TICK]);
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("goto", proxy.url);
    await ask("sees", "₹790.00");
    await ask("click", `[id="row-nse:3045"] .name`);
    await ask("click", "#alerts summary");
    await ask("click", "#alert-value");
    await ask("press", "Enter");
    await ask("sees", "It needs a number.");
    await ask("type", "₹8,00");
    await ask("press", "Enter");
    await ask("sees", "waits for a live price");
    deepEqual(await ask("axe"), []);
    proxy.say([TICK]);
    proxy.say([{ ...TICK, last_traded_price: 801 }]);
    await ask("sees", "SBIN-EQ: price crosses 800.00 (801.00)");
    await ask("sees", "rang at");
    deepEqual(await ask("axe"), []);
    await ask("click", "#notices button");
    await ask("holds", `document.getElementById("notices").textContent === ""`);
    await ask("click", ".alerts-list button");
    await ask("sees", "waits for a live price");
    deepEqual(await ask("errors"), []);
  },
});
