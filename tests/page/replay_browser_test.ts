import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { at, DATE, record } from "../export/recorded.ts";
import { FakeClock } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { quoteTick } from "../ticks.ts";
import { IN_BROWSER, Stage } from "./browser.ts";
import { openPage } from "./shared_browser.ts";

/** An hour of SBIN: a trade each second, from 100 rupees up. The recorder's own clock stands still: a few large blocks are soon written. */
async function recordDay(folder: string): Promise<void> {
  const from = at("10:00:00");
  await record(folder, (recorder, clock) => {
    recorder.subscribed(new Map([["nse:3045", "quote"]]));
    for (let i = 0; i < 3_600; i++) {
      const now = from + i * 1_000;
      const more = { exchangeTime: now, receivedAt: now, volume: 1_000 + i, lastQuantity: 1, close: 99 };
      const packet = encodePacket(quoteTick("nse:3045", 100 + i / 20, more)).slice();
      recorder.tick(packet, now, "nse:3045", undefined);
    }
    clock.advance(3_600_000);
  }, new FakeClock(from));
}

const text = (id: string) => `document.getElementById("${id}").textContent`;

type Ask = (command: string, argument?: string) => Promise<unknown>;

/** A test with a browser, and a proxy that has the recorded day. */
function withDay(name: string, act: (ask: Ask, stage: Stage) => Promise<void>): void {
  Deno.test({
    name,
    ...IN_BROWSER,
    async fn() {
      using folder = new TemporaryFolder();
      await recordDay(folder.path);
      await using browser = await openPage();
      await using stage = await Stage.open({ simulator: { rate: 5 }, proxy: { recordings: folder.path } });
      await act((command, argument) => browser.ask(command, argument), stage);
    },
  });
}

async function press(ask: Ask, id: string, key = "Enter"): Promise<void> {
  await ask("value", `document.getElementById("${id}").focus()`);
  await ask("press", key);
}

const DAY = `?replay=${DATE}&recorded=live`;

withDay(
  "a recorded day is opened by the keyboard, says what it is, and has its whole chart",
  async (ask, stage) => {
    await ask("goto", stage.url);
    await ask("sees", "SIMULATED FEED");
    await press(ask, "replay-open");
    await ask("sees", "20 Nov 2026");
    deepEqual(await ask("axe"), [], "the days");
    await press(ask, "replay-go");

    // The day says what it is, in the band and in the title, and plays by itself.
    await ask("holds", `location.search === "${DAY}"`);
    await ask("sees", "these prices are of 20 Nov 2026, not of now");
    await ask("holds", `document.title.includes("REPLAY")`);
    await ask("sees", "NAME3045-EQ");
    await ask("holds", `${text("replay-time")} >= "10:00:01"`);

    // The chart has the whole day at once.
    await ask("click", `[id="row-nse:3045"] .name`);
    await ask("sees", "The whole recorded day");
    await ask("holds", `${text("detail-legend")}.includes("10:59")`);
  },
);

withDay("a recorded day is paused, sought and played to its end by the keyboard", async (ask, stage) => {
  await ask("goto", stage.url + DAY);
  await ask("holds", `${text("replay-time")} >= "10:00:01"`);
  await press(ask, "replay-play");
  await ask("holds", `${text("replay-why")} === "Paused"`);
  const stood = await ask("value", text("replay-time"));
  await press(ask, "replay-seek", "PageUp");
  await ask("holds", `${text("replay-time")} !== "${stood}" && ${text("replay-why")} === "Paused"`);
  const sought = await ask("value", text("replay-time")) as string;
  ok(sought > "10:03:00", sought);
  // What was shown was of another time.
  await ask("holds", `document.querySelectorAll("#body [data-worth=live]").length === 0`);
  await ask("click", `[id="row-nse:3045"] .name`);
  deepEqual(await ask("axe"), [], "paused, with the chart");
  await press(ask, "replay-speed", "End");
  await press(ask, "replay-play");
  await ask("sees", "The day has ended");
  await ask("holds", `${text("detail-price")}.includes("279.95")`);
  deepEqual(await ask("errors"), []);
});

withDay(
  "a proxy that comes back goes on where the page was, and the day is left for the live prices",
  async (ask, stage) => {
    await ask("goto", stage.url + DAY);
    await ask("holds", `${text("replay-time")} >= "10:00:01"`);
    await press(ask, "replay-play");
    await ask("holds", `${text("replay-why")} === "Paused"`);
    await press(ask, "replay-seek", "End");
    await ask("holds", `${text("replay-time")} > "10:5"`);
    await stage.stopProxy();
    await ask("sees", "Connection lost");
    stage.restartProxy();
    await ask("holds", `${text("replay-time")} > "10:5" && document.body.innerText.includes("NAME3045-EQ")`);

    await press(ask, "replay-live");
    await ask("sees", "SIMULATED FEED");
    equal(await ask("value", "location.search"), "");
    await ask("sees", "SBIN-EQ");
  },
);

withDay(
  "a day that is not recorded is refused in words, and axe finds nothing on a telephone",
  async (ask, stage) => {
    await ask("size", "390x844");
    await ask("goto", `${stage.url}?replay=2026-11-19`);
    await ask("sees", "there is no recording of 2026-11-19; there are 2026-11-20");
    await ask("holds", `document.getElementById("replay-day").options.length === 1`);
    await ask("click", "#replay-go");
    await ask("sees", "NAME3045-EQ");
    await ask("holds", `${text("replay-time")} >= "10:00:01"`);
    for (const scheme of ["light", "dark"]) {
      await ask("scheme", scheme);
      deepEqual(await ask("axe"), [], scheme);
    }
    deepEqual(await ask("errors"), []);
  },
);
