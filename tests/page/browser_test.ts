import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { Browser, IN_BROWSER, Stage } from "./browser.ts";

const STATIC = new URL("../../static", import.meta.url).pathname;

Deno.test({
  name: "the page shows moving prices, stays true through a lost feed, and comes back after a restart",
  ...IN_BROWSER,
  async fn() {
    await using browser = await Browser.open();
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
    simulator.control.set({ refuseHandshake: null });
    await browser.ask("sees", "Market data again");
    deepEqual(await browser.ask("errors"), []);

    // The proxy goes away and comes back at the same address.
    await stage.stopProxy();
    await browser.ask("sees", "Server shutting down");
    stage.restartProxy();
    await browser.ask("seesTwice", "Connected to the proxy");
    await browser.ask("changes");
  },
});

Deno.test({
  name: "the page works from the disk: it draws itself, and says that it is looking for the proxy",
  ...IN_BROWSER,
  async fn() {
    await using browser = await Browser.open();
    await browser.ask("goto", `file://${STATIC}/client.html`);
    await browser.ask("sees", "Watch list");
    await browser.ask("sees", "localhost:8765");
    const errors = await browser.ask("errors") as string[];
    // Whether a proxy is there depends on the machine; Chromium itself reports a refused connection.
    ok(
      errors.every((error) => error.includes("WebSocket connection to 'ws://localhost:8765/'")),
      errors.join("\n"),
    );
  },
});
