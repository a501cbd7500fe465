import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { IN_BROWSER } from "./browser.ts";
import { startScriptedProxy } from "./scripted_proxy.ts";
import { openPage } from "./shared_browser.ts";

const TICK = {
  exchange: "nse",
  token: "3045",
  symbol: "SBIN-EQ",
  last_traded_price: 790,
  close: 780,
  exchange_timestamp: Date.UTC(2026, 10, 27, 5, 0),
};

/** What can be pressed and is smaller than a finger: a box is pressed by its label, a link may stand within a sentence. */
const SMALL =
  `[...document.querySelectorAll("button, summary, input, select, :not(p) > a[href], [role=button]")]
  .filter((each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .map((each) => each.matches("input[type=checkbox], input[type=radio]") ? each.closest("label") ?? each : each)
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 1 && height > 1 && (height < 44 || width < 44))
  .map(([each, { width, height }]) =>
    (each.id || each.className || each.textContent.trim() || each.tagName) + " " + Math.round(width) + "x" + Math.round(height))`;

/** Fields whose words do not fit in. */
const CUT_WORDS = `[...document.querySelectorAll("input[placeholder]")].filter((input) => {
  if (input.offsetWidth === 0) return false;
  const style = getComputedStyle(input);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = style.fontWeight + " " + style.fontSize + " " + style.fontFamily;
  const room = input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return pen.measureText(input.placeholder).width > room;
}).map(({ id, placeholder }) => id + " " + placeholder)`;

Deno.test({
  name: "on a phone all that can be pressed is as large as a finger",
  ...IN_BROWSER,
  async fn() {
    await using browser = await openPage();
    await using proxy = startScriptedProxy([TICK]);
    const ask = (command: string, argument?: string) => browser.ask(command, argument);
    await ask("size", "390x844");
    await ask("touch");
    await ask("goto", proxy.url);
    await ask("sees", "SBIN-EQ");
    ok(await ask("value", `matchMedia("(pointer: coarse)").matches`));
    for (const size of ["360x700", "600x800", "1024x768", "390x844"]) {
      await ask("size", size);
      await ask("holds", `${CUT_WORDS}.length === 0`);
    }
    const small: Record<string, unknown> = {};
    const look = async (where: string) => small[where] = await ask("value", SMALL);
    await look("list");
    await ask("click", "#list-menu summary");
    await look("menu");
    await ask("click", "#list-menu summary");
    await ask("value", `document.querySelectorAll(".fold").forEach((fold) => fold.open = true)`);
    await look("panels");
    await ask("click", `[id="row-nse:3045"] .name`);
    await ask("holds", `!document.getElementById("detail").hidden`);
    await look("row");
    deepEqual(small, { list: [], menu: [], panels: [], row: [] });
  },
});
