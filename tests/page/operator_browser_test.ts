import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { connectClient } from "../proxy/test_client.ts";
import { IN_BROWSER, Stage } from "./browser.ts";
import { openPage } from "./shared_browser.ts";

Deno.test({
  name: "the operator's page shows what is wrong first, who is connected, and disconnects one",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using stage = await Stage.open();
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    const bot = await connectClient(`ws://127.0.0.1:${stage.port}/?encoding=json`);
    await ask("goto", `${stage.url}operator`);
    await ask("sees", "Ready: all that should flow now flows.");
    await ask("sees", "(this page)");
    for (const scheme of ["light", "dark"]) {
      await ask("scheme", scheme);
      deepEqual(await ask("axe"), [], scheme);
    }
    await ask("size", "390x844");
    deepEqual(await ask("axe"), []);
    deepEqual(await ask("value", "document.documentElement.scrollWidth <= innerWidth"), true);
    await ask("click", `button[aria-label="Disconnect client 1"]`);
    await ask("sees", "Client 1 is disconnected.");
    await ask("holds", `document.getElementById("client-count").textContent === "1"`);
    deepEqual(bot.closed, { code: 1008, reason: "Closed by whoever runs the proxy" });
    stage.simulator.control.set({ refuseHandshake: { status: 502, times: 1_000 } });
    stage.simulator.control.dropSockets();
    await ask("sees", "Not ready.");
    await ask("sees", "its feed is down");
    deepEqual(await ask("errors"), []);
  },
});
