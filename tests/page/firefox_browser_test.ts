import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { Stage } from "./browser.ts";
import { Firefox, IN_FIREFOX } from "./firefox.ts";
import { CUT, FRAMES, OUTSIDE, TICKS } from "./fit.ts";
import { startScriptedProxy } from "./scripted_proxy.ts";

let firefox: Promise<Firefox> | undefined;

// One for all: its start is half of the time.
Deno.test.afterAll(async () => {
  await (await firefox)?.[Symbol.asyncDispose]();
});

/** In its one window the tests follow each other; each has a server of its own, and with it a storage of its own. */
async function sharedFirefox(): Promise<Firefox> {
  const shared = await (firefox ??= Firefox.open());
  await shared.goto("about:blank");
  shared.errors.length = 0;
  return shared;
}

const text = (id: string) => `document.getElementById("${id}").textContent`;

Deno.test({
  name: "Firefox: prices move, keys walk the list, the chart is drawn, an alert is set",
  ...IN_FIREFOX,
  async fn() {
    const firefox = await sharedFirefox();
    await using stage = await Stage.open();
    await firefox.size(1280, 800);
    await firefox.goto(stage.url);
    await firefox.sees("SIMULATED FEED");
    await firefox.sees("₹");
    const prices = `document.getElementById("body").innerText`;
    const before = JSON.stringify(await firefox.value(prices));
    await firefox.holds(`${prices} !== ${before}`);

    // The list by its keys.
    await firefox.value(`void document.getElementById("list").focus()`);
    await firefox.press("Home");
    await firefox.holds(`${text("detail-symbol")} === "Nifty 50"`);
    await firefox.press("ArrowDown");
    await firefox.holds(`${text("detail-symbol")} !== "Nifty 50"`);
    await firefox.click(`[id="row-nse:3045"] .name`);
    await firefox.holds(`${text("detail-symbol")} === "SBIN-EQ"`);
    await firefox.holds(`${text("chart-source")}.startsWith("From the proxy")`);
    await firefox.holds(`document.querySelectorAll("#chart canvas").length > 0 &&
      document.getElementById("chart-empty").hidden && ${text("detail-legend")}.includes("O ")`);
    await firefox.holds(`document.querySelectorAll("#depth-body tr").length === 5`);

    await firefox.click("#alerts summary");
    await firefox.click("#alert-value");
    await firefox.type("1000000");
    await firefox.press("Enter");
    await firefox.sees("price crosses 10,00,000");
    await firefox.press("Control+k");
    await firefox.type("nse tcs");
    await firefox.holds(`document.querySelector("#search-options li")?.textContent.includes("TCS-EQ")`);
    await firefox.press("Escape");
    await firefox.value(`void document.getElementById("list").focus()`);
    await firefox.press("?");
    await firefox.holds(`document.getElementById("help").open`);
    await firefox.press("Escape");
    await firefox.goto(`${stage.url}operator`);
    await firefox.sees("Ready: all that should flow now flows.");
    deepEqual(firefox.errors, []);
  },
});

Deno.test({
  name: "Firefox: no figure is cut",
  ...IN_FIREFOX,
  async fn() {
    const firefox = await sharedFirefox();
    await using wide = startScriptedProxy(TICKS);
    await firefox.goto(wide.url);
    await firefox.sees("NARROW-EQ");
    await firefox.click(`[id="row-nse:100"] .name`);
    await firefox.holds(`${text("depth-body")}.includes("88,888")`);
    const looks = [["DejaVu Sans", 390, 844], ["DejaVu Sans", 1440, 900], [
      "Liberation Sans",
      720,
      450,
    ]] as const;
    for (const [font, width, height] of looks) {
      await firefox.value(`void (document.body.style.fontFamily = ${JSON.stringify(font)})`);
      await firefox.size(width, height);
      await firefox.value(FRAMES);
      const where = `${font} at ${width}`;
      deepEqual(await firefox.value(CUT), [], where);
      deepEqual(await firefox.value(OUTSIDE), [], where);
    }
    deepEqual(firefox.errors, []);
  },
});
