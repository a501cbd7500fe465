import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { InstrumentKey } from "../../../lib/market/market.ts";
import { Outage } from "../../../lib/upstream/broker/outage.ts";
import type { UpstreamEvent } from "../../../lib/upstream/upstream.ts";
import { FakeClock } from "../../fakes.ts";

const CAUSE = { kind: "network", message: "gone" };

function setUp(...keys: InstrumentKey[]) {
  const clock = new FakeClock();
  const told: UpstreamEvent[] = [];
  const wanted = new Map(keys.map((key) => [key, "ltp"]));
  const outage = new Outage({ clock, wanted: () => wanted, event: (event) => told.push(event) });
  const short = () =>
    told.splice(0).map((event) => {
      if (event.kind === "up") return ["up", event.from, ...event.keys];
      return event.kind === "down" ? ["down", event.since, ...event.keys] : [event.kind];
    });
  return { clock, outage, short };
}

Deno.test("a trouble is told once, however many connections bring nothing", () => {
  const { outage, short } = setUp("nse:1", "nse:2");
  outage.down(CAUSE, 5);
  outage.down(CAUSE, 6);
  outage.connected();
  outage.lost();
  outage.down(CAUSE, 7);
  outage.connected();
  for (const key of ["nse:1", "nse:2"] as const) outage.acknowledge(key, true);
  deepEqual(short(), [["down", 5, "nse:1", "nse:2"], ["up", 5, "nse:1", "nse:2"]]);
});

Deno.test("the next trouble is told to those that were well again, also while others have been without data since the first", () => {
  const { clock, outage, short } = setUp("nse:1", "nse:2");
  outage.down(CAUSE, 5);
  outage.connected();
  outage.acknowledge("nse:1", true);
  clock.advance(1_000);
  deepEqual(short(), [["down", 5, "nse:1", "nse:2"], ["up", 5, "nse:1"]]);
  outage.lost();
  outage.down(CAUSE, 9);
  outage.connected();
  for (const key of ["nse:1", "nse:2"] as const) outage.acknowledge(key, true);
  deepEqual(short(), [["down", 9, "nse:1"], ["up", 5, "nse:2"], ["up", 9, "nse:1"]]);
});

Deno.test("a silence is told once, as long as nothing that is new comes", () => {
  const { clock, outage, short } = setUp("nse:1", "nse:2");
  outage.lost();
  outage.silent(CAUSE, 5);
  outage.connected();
  outage.acknowledge("nse:1", false);
  clock.advance(2_000);
  outage.lost();
  outage.silent(CAUSE, 9);
  deepEqual(short(), [["silent"]]);
});
