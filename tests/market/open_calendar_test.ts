import { strictEqual as equal } from "node:assert/strict";
import builtIn from "../../lib/market/calendar.json" with { type: "json" };
import { openCalendar, watchCalendar } from "../../lib/market/open_calendar.ts";
import { FakeClock } from "../fakes.ts";

Deno.test("a calendar's file is taken up again when it is written, and one that is broken is not", async () => {
  const clock = new FakeClock(Date.parse("2027-01-26T10:00:00+05:30"));
  const path = await Deno.makeTempFile({ suffix: ".json" });
  let written = 0;
  const write = async (text: string) => {
    await Deno.writeTextFile(path, text);
    // Two writes within a tick of the file system's clock would look like one.
    await Deno.utime(path, ++written, written);
  };
  await write(JSON.stringify(builtIn));
  const calendar = await openCalendar(path, false, clock.now());
  const phase = () => calendar.state("nse", clock.now()).phase;
  const endWatching = watchCalendar(path, calendar, clock);
  const until = async (expected: string, broken = false) => {
    for (let looks = 0; looks < 200 && (phase() !== expected || (broken && looks < 20)); looks++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(2_000);
    }
    equal(phase(), expected);
  };
  try {
    await until("unknown");
    const day = { date: "2027-01-26", name: "Republic Day" };
    await write(JSON.stringify({ ...builtIn, years: { ...builtIn.years, 2027: [day] } }));
    await until("holiday");
    await write('{"sessions": []');
    await until("holiday", true);
    await write(JSON.stringify({ ...builtIn, years: { 2027: [] } }));
    await until("open");
  } finally {
    endWatching();
    await Deno.remove(path);
  }
});
