import { strictEqual as equal } from "node:assert/strict";
import builtIn from "../../lib/market/calendar.json" with { type: "json" };
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { checkCalendar } from "../../lib/market/calendar_file.ts";
import { instrumentHours } from "../../lib/market/instrument_hours.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";

const calendar = new MarketCalendar(checkCalendar(builtIn));

for (
  const [what, key, future, time, closed] of [
    ["a future in its pre-open", "nfo:1", true, "09:05", false],
    ["an option, or an unknown contract, before the opening", "nfo:1", false, "09:05", true],
    ["an option of BSE before the opening", "bfo:1", false, "09:14", true],
    ["an option after the opening", "nfo:1", false, "09:15", false],
    ["a share in its pre-open", "nse:1", false, "09:05", false],
  ] as readonly (readonly [string, InstrumentKey, boolean, string, boolean])[]
) {
  Deno.test(`instrumentHours() of ${what} says closed: ${closed}`, () => {
    const at = Date.parse(`2026-11-20T${time}:00+05:30`);
    equal(instrumentHours(calendar, key, future, at).closed, closed);
  });
}
