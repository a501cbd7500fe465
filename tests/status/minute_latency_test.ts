import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { MinuteLatency } from "../../lib/status/minute_latency.ts";
import { Histogram } from "../../lib/util/histogram.ts";
import { FakeClock } from "../fakes.ts";

Deno.test("the latency of the last hour is kept minute by minute, each of its own ticks alone", () => {
  const clock = new FakeClock();
  const histogram = new Histogram([0.01, 0.1, 1]);
  histogram.observe(5);
  const latency = new MinuteLatency(clock, histogram);
  latency.start();
  for (let i = 0; i < 99; i++) histogram.observe(0.005);
  histogram.observe(0.5);
  clock.advance(60_000);
  clock.advance(60_000);
  histogram.observe(7);
  clock.advance(60_000);
  deepEqual(latency.minutes.map(({ count, p50, p99 }) => [count, p50, p99]), [
    [100, 0.01, 0.01],
    [0, undefined, undefined],
    [1, undefined, undefined],
  ]);
  for (let i = 0; i < 100; i++) clock.advance(60_000);
  equal(latency.minutes.length, 60);
  latency.stop();
});
