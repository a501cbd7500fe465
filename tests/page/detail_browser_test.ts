import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { IN_BROWSER, Stage } from "./browser.ts";
import { openPage } from "./shared_browser.ts";

/** The colours on the largest canvas of the chart: a blank one has one, its grid a second. */
const COLOURS = `(() => {
  const canvases = [...document.querySelectorAll("#chart canvas")].filter(({ width }) => width > 0);
  const [canvas] = canvases.sort((a, b) => b.width * b.height - a.width * a.height);
  if (!canvas) return 0;
  const pixels = canvases.filter(({ width, height }) => width === canvas.width && height === canvas.height)
    .flatMap((each) => [...new Uint32Array(
      each.getContext("2d").getImageData(0, 0, each.width, each.height).data.buffer)]);
  return new Set(pixels).size;
})()`;

const text = (id: string) => `document.getElementById("${id}").textContent`;

Deno.test({
  name: "the row that is looked at has candles, an order book and its day; what is old says so",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using stage = await Stage.open();
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("goto", stage.url);
    await ask("sees", "SBIN-EQ");
    await ask("click", `[id="row-nse:3045"] .name`);
    await ask("holds", `${text("detail-symbol")} === "SBIN-EQ"`);
    await ask("holds", `${text("detail-facts")} !== ""`);
    await ask("holds", `${COLOURS} > 4`);
    await ask("holds", `${text("detail-legend")}.includes("O ")`);

    // Five levels of each side, which move.
    await ask("holds", `document.querySelectorAll("#depth-body tr").length === 5`);
    await ask("holds", `!${text("depth-body")}.includes("—")`);
    const depth = await ask("value", text("depth-body"));
    await ask("holds", `${text("depth-body")} !== ${JSON.stringify(depth)}`);
    await ask("holds", `document.querySelector("#depth-body .bid i").style.width.endsWith("%")`);
    await ask("holds", `/Upper circuit[0-9]/.test(${text("detail-figures")})`);

    // Another row takes its place; an index has no book.
    await ask("press", "Home");
    await ask("holds", `${text("detail-symbol")} === "Nifty 50"`);
    await ask("sees", "An index has no order book");

    stage.simulator.control.set({ refuseHandshake: { status: 502, times: 1_000 } });
    stage.simulator.control.dropSockets();
    await ask("holds", `document.getElementById("detail").dataset.worth === "stale"`);
    stage.simulator.control.set({ refuseHandshake: null });
    await ask("holds", `document.getElementById("detail").dataset.worth === "live"`);

    // Candles of the proxy, of any length, with what it made of ticks before the page asked.
    await ask("holds", `${text("chart-source")}.startsWith("From the proxy")`);
    for (const seconds of [1, 300, 86_400, 60]) {
      await ask("click", `#seconds input[value="${seconds}"]`);
      await ask(
        "holds",
        `document.getElementById("chart-empty").hidden && ${text("detail-legend")}.includes("O ")`,
      );
    }

    // Nobody looks any more: the list's own mode is enough.
    await ask("press", "Escape");
    equal(await ask("value", `document.getElementById("detail").hidden`), true);
    deepEqual(await ask("errors"), []);
    deepEqual(await ask("hosts"), [`127.0.0.1:${stage.port}`]);
  },
});
