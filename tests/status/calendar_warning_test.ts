import { match, strictEqual as equal } from "node:assert/strict";
import { healthReport } from "../../lib/status/health.ts";
import { StatusModel } from "../../lib/status/proxy_status.ts";
import { FakeClock } from "../fakes.ts";
import { builtInCalendar } from "../hours.ts";

Deno.test("a proxy that runs over New Year says in its health what holidays are unknown, and stays ready", () => {
  const clock = new FakeClock(Date.parse("2026-12-14T23:00:00+05:30"));
  const status = new StatusModel({
    clock,
    version: "1",
    source: "live",
    calendar: builtInCalendar(),
    upstream: { status: () => ({ state: "up", login: { succeeded: true } }) as never },
    exchanges: { markets: () => [], status: () => [] },
  });
  const warning = () =>
    healthReport(status.current(), {
      gateway: { clients: 0 },
      groups: { size: 0 },
      marketData: { demand: { wanted: new Map() }, rejected: { counts: new Map() } },
    }).calendar_warning;
  equal(warning(), undefined);
  clock.advance(2 * 3_600_000);
  match(String(warning()), /no holidays of 2027/);
  clock.advance(20 * 86_400_000);
  match(String(warning()), /no holidays of 2027/);
  equal(status.current().readiness.ready, true);
});
