import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { IN_BROWSER } from "./browser.ts";
import { CUT, FRAMES, OUTSIDE, TICKS } from "./fit.ts";
import { startScriptedProxy } from "./scripted_proxy.ts";
import { openPage } from "./shared_browser.ts";

Deno.test({
  name: "no figure is cut, in a wide and a narrow font, at every width, at 200 % and with a sheet",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using proxy = startScriptedProxy(TICKS);
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("goto", proxy.url);
    await ask("sees", "NARROW-EQ");
    await ask("sees", "₹");
    await ask("click", `[id="row-nse:100"] .name`);
    await ask("holds", `document.getElementById("depth-body").textContent.includes("88,888")`);
    for (const font of ["DejaVu Sans", "Liberation Sans"]) {
      // Not a style of the page's source, which its policy would forbid.
      await ask("value", `void (document.body.style.fontFamily = ${JSON.stringify(font)})`);
      // 720 by 450 is 1440 by 900 at 200 %.
      for (const size of ["360x700", "390x844", "600x800", "720x450", "1024x768", "1440x900", "1920x1080"]) {
        await ask("size", size);
        await ask("value", FRAMES);
        const where = `${font} at ${size}`;
        deepEqual(await ask("value", CUT), [], where);
        deepEqual(await ask("value", OUTSIDE), [], where);
      }
    }
    deepEqual(await ask("errors"), []);
  },
});
