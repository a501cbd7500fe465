import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { IN_BROWSER, Stage } from "./browser.ts";
import { openPage } from "./shared_browser.ts";

const TOKEN = "phone-secret-0123456789";

Deno.test({
  name: "where the proxy wants an access token, the page asks for it and keeps it for the tab",
  ...IN_BROWSER,
  async fn() {
    const list = readTokens(JSON.stringify([{ name: "phone", sha256: digestOf(TOKEN) }]));
    await using browser = await openPage();
    await using stage = await Stage.open({ proxy: { access: new AccessList(systemClock, list) } });
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("goto", stage.url);
    await ask("sees", "asks for an access token");
    await ask("sees", "The proxy answers");
    await ask("misses", "Nothing answers");
    deepEqual(await ask("axe"), []);
    await ask("click", "#access-token");
    await ask("type", "another-secret-987654321");
    await ask("press", "Enter");
    await ask("sees", "This access token is not known");
    await ask("misses", "No connection to the proxy");
    await ask("holds", `!document.getElementById("access-connect").disabled`);
    await ask("value", `document.getElementById("access-token").select()`);
    await ask("type", TOKEN);
    await ask("press", "Enter");
    await ask("sees", "SBIN-EQ");
    await ask("misses", "asks for an access token");
    // Kept for this tab.
    await ask("reload");
    await ask("sees", "SBIN-EQ");
    // After a restart it is not asked for again.
    await stage.stopProxy();
    await ask("sees", "Server shutting down");
    stage.restartProxy();
    await ask("seesTwice", "Connected to the proxy");
    await ask("changes");
    deepEqual(
      await ask(
        "value",
        `[localStorage.length, sessionStorage.length, document.body.innerHTML.includes("${TOKEN}")]`,
      ),
      [0, 1, false],
    );
  },
});
