import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { catalogOf } from "../instruments/catalog_of.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { Rig } from "./rig.ts";
import { builtInCalendar } from "../hours.ts";

const CALENDAR = builtInCalendar();

const WATCHLIST = new Map([["nse", ["99926000", "3045"]]] as const);

interface Answer {
  readonly status: number;
  readonly ready: boolean;
  readonly reasons: { readonly code: string; readonly exchange?: string; readonly message: string }[];
}

async function ask(rig: Rig): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${rig.proxy.port}/readyz`);
  const answer = { status: response.status, ...await response.json() };
  equal(answer.status, answer.ready ? 200 : 503);
  return answer;
}

const codes = ({ reasons }: Answer) =>
  reasons.map(({ code, exchange }) => `${code}${exchange === undefined ? "" : ` ${exchange}`}`);

/** Turns the clock until the answer has these reasons. */
async function untilReasons(rig: Rig, wanted: readonly string[], limitMs = 60_000): Promise<void> {
  for (let passed = 0; codes(await ask(rig)).join() !== wanted.join(); passed += 200) {
    if (passed > limitMs) deepEqual(codes(await ask(rig)), wanted);
    await rig.turn(200);
  }
}

Deno.test("/readyz follows the feed through trading hours; /healthz says alive all the time", async () => {
  await using rig = await Rig.start({ proxy: { watchlist: new Map(WATCHLIST), calendar: CALENDAR } });
  await untilReasons(rig, []);
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length > 5);
  deepEqual(codes(await ask(rig)), []);
  rig.control.set({ refuseHandshake: { status: 502, times: 1_000 } });
  rig.control.dropSockets();
  await untilReasons(rig, ["feed_down nse"]);
  equal((await rig.health()).status, "ok");
  rig.control.set({ refuseHandshake: null });
  await untilReasons(rig, []);
});

Deno.test("with nobody connected, what counts is whether the watch list could be served", async () => {
  await using rig = await Rig.start({ proxy: { watchlist: new Map(WATCHLIST), calendar: CALENDAR } });
  await untilReasons(rig, []);
  rig.control.set({ refuseHandshake: { status: 502, times: 1_000 } });
  rig.control.dropSockets();
  await untilReasons(rig, ["feed_down nse"]);
});

Deno.test("the night without a session is ready, the open exchange without one is not", async () => {
  await using rig = await Rig.start({
    start: "2026-11-19T23:58:00+05:30",
    proxy: {
      watchlist: new Map(WATCHLIST),
      calendar: CALENDAR,
      policy: { pingEvery: 60_000, silentAfter: 300_000 },
    },
  });
  rig.control.set({ session: "closed" });
  await untilReasons(rig, []);
  // Past midnight: the session is dead, and the next login has its minute.
  await rig.pass(4 * 60_000, 2_000);
  deepEqual(codes(await ask(rig)), []);
  rig.control.set({ login: { answer: "html_502", times: 10_000 } });
  await rig.pass(8.9 * 3_600_000, 60_000);
  deepEqual(codes(await ask(rig)), []);
  await rig.pass(600_000, 60_000);
  // 09:08 IST, pre-open: prices should come, and no session can be had.
  deepEqual(codes(await ask(rig)), ["feed_down nse"]);
});

Deno.test("a login refused for good is not ready at any hour", async () => {
  await using rig = await Rig.start({
    start: "2026-11-21T12:00:00+05:30",
    simulator: {
      credentials: { clientCode: "SIM001", pin: "9999", apiKey: "simkey", totpSecret: "JBSWY3DPEHPK3PXP" },
    },
    proxy: { watchlist: new Map(WATCHLIST), calendar: CALENDAR },
  });
  await untilReasons(rig, ["refused"]);
});

Deno.test("an exchange whose ticks stay away while another's come is noticed", async () => {
  // An index that the simulator does not have: subscribed, and silent for ever.
  const ghost = {
    ...SIMULATED_INSTRUMENTS[0]!,
    exchange: "bse",
    token: "99919099",
    symbol: "GHOST",
  } as const;
  await using rig = await Rig.start({
    proxy: {
      watchlist: new Map([["nse", ["99926000", "3045"]], ["bse", [ghost.token]]]),
      calendar: CALENDAR,
      instruments: (await catalogOf([...SIMULATED_INSTRUMENTS, ghost])).instruments,
    },
  });
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  client.send({ command: "subscribe", exchange: "bse" });
  await rig.until(() => client.ticks.length > 5);
  deepEqual(codes(await ask(rig)), []);
  await rig.pass(123_000, 1_000);
  deepEqual(codes(await ask(rig)), ["feed_silent bse"]);
});
