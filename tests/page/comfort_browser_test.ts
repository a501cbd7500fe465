import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
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

Deno.test({
  name: "a link opens its row, Back closes the sheet, ? helps, the theme outlives a reload",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using proxy = startScriptedProxy([TICK, { ...TICK, token: "2885", symbol: "RELIANCE-EQ" }]);
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("size", "390x844");
    await ask("goto", `${proxy.url}#nse:3045`);
    await ask("holds", `document.getElementById("detail-symbol").textContent === "SBIN-EQ"`);
    await ask("value", "history.back()");
    await ask("holds", `document.getElementById("detail").hidden`);
    equal(await ask("value", "location.href"), proxy.url);
    await ask("sees", "RELIANCE-EQ");

    await ask("size", "1280x800");
    await ask("value", `document.getElementById("list").focus()`);
    await ask("press", "?");
    await ask("sees", "add an instrument");
    deepEqual(await ask("axe"), []);
    await ask("click", "#theme");
    await ask("click", "#theme");
    equal(await ask("value", "document.documentElement.dataset.theme"), "dark");
    await ask("press", "Escape");
    await ask("reload");
    await ask("sees", "RELIANCE-EQ");
    equal(await ask("value", "document.documentElement.dataset.theme"), "dark");
    deepEqual(await ask("errors"), []);
  },
});

Deno.test({
  name: "a row is moved by hand, and a new list outlives a reload",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using proxy = startScriptedProxy([TICK, { ...TICK, token: "2885", symbol: "RELIANCE-EQ" }]);
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("goto", proxy.url);
    await ask("sees", "RELIANCE-EQ");
    await ask("click", `[id="row-nse:2885"] .name`);
    await ask("press", "Alt+ArrowUp");
    const first = `document.querySelector('#body [aria-rowindex="2"] .name').textContent`;
    await ask("holds", `${first} === "RELIANCE-EQ"`);
    await ask("click", "#list-menu summary");
    await ask("click", "#list-name");
    await ask("type", "Banks");
    deepEqual(await ask("axe"), []);
    await ask("click", "#list-add");
    await ask("sees", "Your list is empty");
    await ask("reload");
    await ask("sees", "Your list is empty");
    await ask("press", "1");
    await ask("holds", `${first} === "RELIANCE-EQ"`);
    deepEqual(await ask("errors"), []);
  },
});
