/** Takes the pictures of the page that the README shows: `deno task screenshots`. */
import { freePort } from "../free_port.ts";
import { Browser } from "./browser.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** So that there are trends to be seen. */
const WATCH_MS = 15_000;

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the demo does not answer at ${url}`);
}

const port = freePort();
const demo = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "main.ts", "--demo", "--port", String(port), "--rate", "120", "--log-level", "error"],
  cwd: ROOT,
}).spawn();
try {
  const url = `http://127.0.0.1:${port}/`;
  await answers(url);
  await using browser = await Browser.open();
  await browser.ask("goto", url);
  await browser.ask("sees", "SBIN-EQ");
  await browser.ask("size", "1440x900");
  await browser.ask("click", `[id="row-nse:3045"] .name`);
  await browser.ask("value", `document.querySelector("input[name=seconds][value='300']").click()`);
  await browser.ask("value", `new Promise((resolve) => setTimeout(resolve, ${WATCH_MS}))`);
  for (const scheme of ["light", "dark"]) {
    await browser.ask("scheme", scheme);
    // The chart takes its new colours with a frame of its own.
    await browser.ask("value", "new Promise((resolve) => setTimeout(resolve, 1500))");
    console.log(await browser.ask("picture", `${ROOT}docs/page-${scheme}.png`));
  }
} finally {
  demo.kill();
  await demo.status;
}
