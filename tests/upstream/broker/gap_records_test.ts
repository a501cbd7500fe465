import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { GapRecords } from "../../../lib/upstream/broker/gap_records.ts";
import type { UpstreamEvent } from "../../../lib/upstream/upstream.ts";
import { FakeClock } from "../../fakes.ts";

const KEYS = ["nse:1", "nse:2", "nse:3"] as const;

function setUp() {
  const clock = new FakeClock();
  const told: UpstreamEvent[] = [];
  const gaps = new GapRecords(clock, (event) => told.push(event));
  const short = () =>
    told.splice(0).map((event) => event.kind === "up" ? [event.from, event.keys] : event.kind);
  return { clock, gaps, short };
}

Deno.test("a gap is told once all have data, in the order in which they are wanted", () => {
  const { clock, gaps, short } = setUp();
  gaps.begin(KEYS, 5);
  for (const key of KEYS.toReversed()) gaps.acknowledge(key, false);
  deepEqual(short(), [[5, [...KEYS]]]);
  gaps.acknowledge("nse:1", true);
  deepEqual([short(), gaps.isEmpty, clock.pending], [[], true, 0]);
});

Deno.test("those without data are told when it comes, from the loss on that they have not got over", () => {
  const { clock, gaps, short } = setUp();
  gaps.begin(KEYS, 5);
  gaps.acknowledge("nse:1", true);
  deepEqual(short(), []);
  clock.advance(1_000);
  deepEqual(short(), [[5, ["nse:1"]]]);
  gaps.begin(KEYS, 9);
  for (const key of KEYS) gaps.acknowledge(key, true);
  deepEqual(short(), [[5, ["nse:2", "nse:3"]], [9, ["nse:1"]]]);
});

Deno.test("last values end no silence, and what nobody wants any more has no gap", () => {
  const { clock, gaps, short } = setUp();
  gaps.holdUntilLife();
  gaps.begin(KEYS, 5);
  for (const key of KEYS) gaps.acknowledge(key, false);
  clock.advance(60_000);
  gaps.begin(KEYS, 9);
  gaps.keepOnly(new Map([["nse:1", "ltp"], ["nse:3", "ltp"]]));
  gaps.acknowledge("nse:3", true);
  gaps.acknowledge("nse:1", false);
  deepEqual(short(), [[5, ["nse:1", "nse:3"]]]);
  equal(gaps.isEmpty, true);
});
