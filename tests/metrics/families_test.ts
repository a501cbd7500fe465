import { strictEqual as equal, throws } from "node:assert/strict";
import { Histogram } from "../../lib/util/histogram.ts";
import { Families, type Sample } from "../../lib/metrics/families.ts";

Deno.test("text() writes gauges, counters and histograms as Prometheus reads them", () => {
  const families = new Families();
  const buckets = new Histogram([0.5, 1]);
  for (const value of [0.2, 0.7, 0.8, 9]) buckets.observe(value);
  let ticks = 1;
  families.gauge("temperature", "How warm\nit is \\ was", () => -1.5);
  families.counter("ticks_total", "Ticks", () => ticks, []);
  families.gauge("unknown", "Not known yet", () => undefined);
  families.counter("odd_total", "Odd", (): Sample[] => [[['a"b\\c\nd', "e"], 1e21], [["", "f"], Infinity]], [
    "x",
    "y",
  ]);
  families.histogram("delay_seconds", "Delays", buckets);
  ticks = 2;
  equal(
    families.text(),
    `# HELP smartapi_proxy_temperature How warm\\nit is \\\\ was
# TYPE smartapi_proxy_temperature gauge
smartapi_proxy_temperature -1.5
# HELP smartapi_proxy_ticks_total Ticks
# TYPE smartapi_proxy_ticks_total counter
smartapi_proxy_ticks_total 2
# HELP smartapi_proxy_unknown Not known yet
# TYPE smartapi_proxy_unknown gauge
# HELP smartapi_proxy_odd_total Odd
# TYPE smartapi_proxy_odd_total counter
smartapi_proxy_odd_total{x="a\\"b\\\\c\\nd",y="e"} 1e+21
smartapi_proxy_odd_total{x="",y="f"} +Inf
# HELP smartapi_proxy_delay_seconds Delays
# TYPE smartapi_proxy_delay_seconds histogram
smartapi_proxy_delay_seconds_bucket{le="0.5"} 1
smartapi_proxy_delay_seconds_bucket{le="1"} 3
smartapi_proxy_delay_seconds_bucket{le="+Inf"} 4
smartapi_proxy_delay_seconds_sum 10.7
smartapi_proxy_delay_seconds_count 4
`,
  );
});

Deno.test("a name is given once", () => {
  const families = new Families();
  families.gauge("a", "A", () => 1);
  throws(() => families.counter("a", "A", () => 1), /smartapi_proxy_a/);
});
