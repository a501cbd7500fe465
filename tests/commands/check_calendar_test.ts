import { ok, strictEqual as equal } from "node:assert/strict";
import { checkAccount } from "../../lib/commands/check_account.ts";
import builtIn from "../../lib/market/calendar.json" with { type: "json" };
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { checkCalendar } from "../../lib/market/calendar_file.ts";
import { PublicWords } from "../../lib/smartapi/public_words.ts";
import { createRest } from "../../lib/smartapi/rest.ts";
import { CREDENTIALS } from "../broker_answers/world.ts";
import { FakeBroker } from "../broker_answers/fake_broker.ts";
import { FakeClock } from "../fakes.ts";

for (const [start, isTold] of [["2026-12-14", false], ["2026-12-15", true], ["2027-01-26", true]] as const) {
  Deno.test(`check on ${start} ${isTold ? "names the holidays that are not known" : "has nothing to say of holidays"}`, async () => {
    const clock = new FakeClock(Date.parse(`${start}T08:00:00+05:30`));
    const broker = new FakeBroker(clock);
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
      calendar: new MarketCalendar(checkCalendar(builtIn)),
      instrument: { key: "nse:99926000", symbol: "Nifty 50" },
      print: (line) => lines.push(line),
    });
    let done = false;
    checked.finally(() => done = true);
    while (!done) {
      await clock.advanceAsync(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    equal(await checked, true, lines.join("\n"));
    const note = lines.find((line) => line.startsWith("note   calendar"));
    equal(note !== undefined, isTold, lines.join("\n"));
    ok(!isTold || /2027: name a newer calendar file in MARKET_CALENDAR/.test(note!));
  });
}
