import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { IN_BROWSER, Stage } from "./browser.ts";
import { openPage } from "./shared_browser.ts";

const SYMBOLS =
  `[...document.querySelectorAll("#body .row:not([hidden]) .name")].map((name) => name.textContent)`;

const STORED = "smartapi-proxy.watchlist";

async function open() {
  const browser = await openPage();
  const stage = await Stage.open();
  await browser.ask("goto", stage.url);
  await browser.ask("sees", "SBIN-EQ");
  return {
    browser,
    stage,
    ask: (command: string, argument?: string) => browser.ask(command, argument),
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await browser[Symbol.asyncDispose]();
    },
  };
}

Deno.test({
  name: "instruments are added by search and removed again, and a reload keeps the list",
  ...IN_BROWSER,
  async fn() {
    await using page = await open();
    const { ask } = page;
    const first = await ask("value", SYMBOLS) as string[];
    equal(first.length, 5);
    await ask("press", "Control+k");
    await ask("type", "nse tcs");
    await ask("holds", `document.querySelector("#search-options li")?.textContent.includes("TCS-EQ")`);
    await ask("press", "Enter");
    await ask("sees", "✓ in the list");
    await ask("press", "Escape");
    // It ticks: a price stands in its row.
    await ask(
      "holds",
      `document.getElementById("row-nse:11536")?.querySelector(".price").textContent.includes("₹")`,
    );

    await ask("click", `[id="row-nse:3045"] .name`);
    await ask("press", "Delete");
    await ask("sees", "SBIN-EQ is off the list");
    const left = [...first.filter((symbol) => symbol !== "SBIN-EQ"), "TCS-EQ"];
    const shows = (symbols: string[]) =>
      ask("holds", `${SYMBOLS}.join() === ${JSON.stringify(symbols.join())}`);
    await shows(left);
    await ask("reload");
    await ask("sees", "₹");
    await shows(left);

    // A restart of the proxy changes nothing in it.
    await page.stage.stopProxy();
    await ask("sees", "Server shutting down");
    page.stage.restartProxy();
    await ask("seesTwice", "Connected to the proxy");
    await ask("changes");
    await shows(left);

    await ask("click", "#reset-list");
    await shows(first);
    equal(await ask("value", `localStorage.getItem("${STORED}")`), null);
    await ask("click", "#toast-undo");
    await shows(left);
    const errors = await ask("errors") as string[];
    deepEqual(errors.filter((text) => !text.includes("ERR_CONNECTION_REFUSED")), []);
  },
});

Deno.test({
  name: "what the proxy refuses is said where it was asked, with its suggestions",
  ...IN_BROWSER,
  async fn() {
    await using page = await open();
    const { ask } = page;
    await ask("press", "Control+k");
    await ask("type", "bse:SBIN");
    await ask("sees", "Nothing found");
    await ask("press", "Enter");
    await ask("sees", "no instrument has this name today (unknown_instrument)");
    await ask("click", "text=nfo:SBIN29DEC26FUT");
    await ask("sees", "Added SBIN29DEC26FUT");
    await ask("misses", "unknown_instrument");

    // An instrument of a stored list that is gone by now.
    const instruments = [["nse:404", "quote", "GONE24NOV26FUT"], ["nse:3045", "ltp", "SBIN-EQ"]];
    const stored = JSON.stringify(JSON.stringify({ format: 1, instruments }));
    await ask("value", `localStorage.setItem("${STORED}", ${stored})`);
    await ask("reload");
    await ask("sees", "nse has no instrument with the token 404 today");
    await ask("sees", "₹");
    await ask("click", ".find-other");
    equal(await ask("value", `document.getElementById("search-input").value`), "GONE");
    deepEqual(await ask("errors"), []);
  },
});
