import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Browser, IN_BROWSER, Stage } from "./browser.ts";
import { openPage } from "./shared_browser.ts";

const GAPS = `document.getElementById("gaps")`;

const STATIC = new URL("../../static", import.meta.url).pathname;

Deno.test({
  name: "the page shows moving prices, stays true through a lost feed, and comes back after a restart",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using stage = await Stage.open();
    const { simulator } = stage;
    equal(await browser.ask("goto", stage.url), 200);
    await browser.ask("sees", "SIMULATED FEED");
    await browser.ask("sees", "SBIN-EQ");
    await browser.ask("sees", "₹");
    // It moves.
    await browser.ask("changes");
    deepEqual(await browser.ask("errors"), []);
    deepEqual(await browser.ask("hosts"), [`127.0.0.1:${stage.port}`]);

    // The feed is lost, and comes back with a record of the gap.
    simulator.control.set({ refuseHandshake: { status: 502, times: 1_000 } });
    simulator.control.dropSockets();
    await browser.ask("sees", "No market data since");
    await browser.ask("holds", `${GAPS}.textContent.includes("– now")`);
    await browser.ask("holds", `document.querySelectorAll("#body [data-worth=stale]").length === 5`);
    simulator.control.set({ refuseHandshake: null });
    await browser.ask("sees", "Market data again");
    await browser.ask("holds", `!${GAPS}.textContent.includes("– now") && ${GAPS}.children.length === 1`);
    await browser.ask("holds", `document.querySelectorAll("#body [data-worth=live]").length === 5`);
    deepEqual(await browser.ask("errors"), []);

    // The proxy goes away and comes back at the same address.
    await stage.stopProxy();
    await browser.ask("sees", "Server shutting down");
    stage.restartProxy();
    await browser.ask("seesTwice", "Connected to the proxy");
    await browser.ask("holds", `${GAPS}.textContent.includes("no connection to the proxy")`);
    await browser.ask("changes");
  },
});

Deno.test({
  name:
    "the page opened from the disk says where no proxy answers, and goes on to the page of one, which keeps its list",
  ...IN_BROWSER,
  async fn() {
    await using stage = await Stage.open();
    // The page asks for the usual port, which may be taken on this machine.
    const rule = `--host-resolver-rules=MAP localhost:8765 127.0.0.1:${stage.port}`;
    await using browser = await Browser.open(rule);
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await stage.stopProxy();
    await ask("goto", `file://${STATIC}/client.html`);
    await ask("sees", "No connection to the proxy");
    await ask("sees", "localhost:8765");
    // Chromium itself reports a refused connection.
    const own = /ERR_CONNECTION_REFUSED|Failed to load resource/;
    const errors = await ask("errors") as string[];
    deepEqual(errors.filter((error) => !own.test(error)), []);

    await ask("renew");
    stage.restartProxy();
    await ask("goto", `file://${STATIC}/client.html`);
    await ask("holds", `location.href === "http://localhost:8765/"`);
    await ask("sees", "SBIN-EQ");
    await ask("sees", "₹");
    await ask("click", `[id="row-nse:3045"] .name`);
    await ask("holds", `document.querySelectorAll("#chart canvas").length > 0`);
    await ask("press", "Delete");
    await ask("sees", "SBIN-EQ is off the list");
    await ask("reload");
    await ask("sees", "₹");
    await ask("misses", "SBIN-EQ");
    deepEqual(await ask("errors"), []);
  },
});

const LOOKS = ["1280x800", "390x844"].flatMap((size) =>
  ["light", "dark"].map((scheme) => ({ size, scheme }))
);

for (const { size, scheme } of LOOKS) {
  Deno.test({
    name: `nobody is shut out at ${size} in ${scheme}: axe finds nothing`,
    ...IN_BROWSER,
    async fn() {
      await using browser = await openPage();
      await using stage = await Stage.open();
      const ask = (command: string, argument?: string) => browser.ask(command, argument);
      await ask("size", size);
      await ask("scheme", scheme);
      await ask("goto", stage.url);
      await ask("sees", "₹");
      deepEqual(await ask("axe"), []);
      await ask("click", `[id="row-nse:3045"] .name`);
      await ask("holds", `!document.getElementById("depth-body").textContent.includes("—")`);
      deepEqual(await ask("axe"), [], "details");
      await ask("click", "#detail-close");
      await ask("click", "#chain summary");
      await ask("holds", `document.querySelectorAll("#chain tr[data-money=at] .price button").length === 2`);
      await ask("click", "#movers summary");
      await ask("holds", `document.querySelectorAll("#movers-tiles .tile-change").length === 5`);
      deepEqual(await ask("axe"), [], "option chain and movers");
      await ask("press", "Control+k");
      await ask("type", "bse:SBIN");
      await ask("sees", "Nothing found");
      await ask("press", "Enter");
      await ask("sees", "unknown_instrument");
      deepEqual(await ask("axe"), [], "search");
      await ask("press", "Escape");
      // Old prices and their notices too.
      stage.simulator.control.set({ refuseHandshake: { status: 502, times: 1_000 } });
      stage.simulator.control.dropSockets();
      await ask("sees", "No market data since");
      deepEqual(await ask("axe"), [], "no feed");
    },
  });
}
