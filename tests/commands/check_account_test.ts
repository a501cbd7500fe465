import { match, ok, strictEqual as equal } from "node:assert/strict";
import { checkAccount } from "../../lib/commands/check_account.ts";
import { PublicWords } from "../../lib/smartapi/public_words.ts";
import { createRest } from "../../lib/smartapi/rest.ts";
import { FakeBroker } from "../broker_answers/fake_broker.ts";
import { CREDENTIALS } from "../broker_answers/world.ts";
import { FakeClock } from "../fakes.ts";
import { builtInCalendar } from "../hours.ts";

/** Walks the way once. @param start Without a zone, in IST. @param behave What the broker does, good unless told. */
async function checkAt(start: string, behave: (broker: FakeBroker) => void = () => {}) {
  const clock = new FakeClock(Date.parse(`${start}+05:30`));
  const broker = new FakeBroker(clock);
  behave(broker);
  broker.run();
  const words = new PublicWords();
  const lines: string[] = [];
  const checked = checkAccount({
    clock,
    words,
    rest: createRest({
      url: "http://broker.test",
      credentials: CREDENTIALS,
      addresses: { localIp: "127.0.0.1", publicIp: "127.0.0.1", mac: "02:00:00:00:00:01" },
      clock,
      words,
      fetch: broker.fetch,
    }),
    open: broker.openStream(undefined, words),
    calendar: builtInCalendar(),
    instrument: { key: "nse:99926000", symbol: "Nifty 50" },
    print: (line) => lines.push(line),
  });
  let done = false;
  checked.finally(() => done = true);
  while (!done) {
    await clock.advanceAsync(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  broker.stop();
  return { passed: await checked, lines };
}

for (const [start, isTold] of [["2026-12-14", false], ["2026-12-15", true], ["2027-01-26", true]] as const) {
  Deno.test(`check on ${start} ${isTold ? "names the holidays that are not known" : "has nothing to say of holidays"}`, async () => {
    const { passed, lines } = await checkAt(`${start}T08:00:00`);
    equal(passed, true, lines.join("\n"));
    const note = lines.find((line) => line.startsWith("note   calendar"));
    equal(note !== undefined, isTold, lines.join("\n"));
    ok(!isTold || /2027: name a newer calendar file in MARKET_CALENDAR/.test(note!));
  });
}

for (
  const [what, behave, passes, says] of [
    ["prices of now", () => {}, true, /ok +price .* Nifty 50 800/],
    ["prices that come 20 s late", (broker) => broker.ageMs = 20_000, true, /ok +price/],
    [
      "a last value of yesterday, and then prices of now",
      (broker) => {
        broker.ageMs = 86_400_000;
        broker.clock.after(3_000, () => broker.ageMs = 0);
      },
      true,
      /ok +price .* Nifty 50 800/,
    ],
    [
      "prices that come 180 s late",
      (broker) => broker.ageMs = 180_000,
      false,
      /FAILED price .* the prices that come are 18[0-2] s late, and none of now came within 15 s/,
    ],
    [
      "an exchange's clock that stands still",
      (broker) => broker.frozenAt = broker.clock.now() - 3_600_000,
      false,
      /FAILED price .* are 36\d\d s late/,
    ],
    [
      "times in seconds",
      (broker) => broker.timeFactor = 1e-3,
      false,
      /FAILED price .* cannot be read: exchange time/,
    ],
    [
      "no price",
      (broker) => broker.snapshots = broker.ticks = () => false,
      false,
      /FAILED price .* connected and subscribed, but no price came within 15 s/,
    ],
    [
      "no pong",
      (broker) => broker.control.set({ silentPong: true }),
      false,
      /FAILED heartbeat .* not answered/,
    ],
  ] as readonly (readonly [string, (broker: FakeBroker) => void, boolean, RegExp])[]
) {
  Deno.test(`check at ten o'clock with ${what} ${passes ? "passes" : "fails, and says why"}`, async () => {
    const { passed, lines } = await checkAt("2026-11-20T10:00:00", behave);
    match(lines.join("\n"), says);
    equal(passed, passes, lines.join("\n"));
  });
}
