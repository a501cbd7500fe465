import { Families, type Sample } from "./families.ts";
import { clientMetrics } from "./client_metrics.ts";
import { edgeMetrics, hubMetrics } from "./edge_metrics.ts";
import type { MetricSources } from "./metric_sources.ts";
import { cpuSeconds, EventLoopLag, openFiles } from "./process_stats.ts";
import { recordingMetrics } from "./recording_metrics.ts";
import { counted, seconds } from "./samples.ts";
import type { ProxyStatus } from "../status/proxy_status.ts";
import { upstreamMetrics } from "./upstream_metrics.ts";

export interface Metrics {
  readonly contentType: string;
  /** In the text format of Prometheus. */
  text(): string;
  start(): void;
  stop(): void;
}

/** No label names a client, a token or an instrument: the number of series does not grow with the use. */
export function createMetrics(sources: MetricSources): Metrics {
  const families = new Families();
  const lag = new EventLoopLag(sources.clock);
  // Looking at all that is wanted takes a moment: once for each scrape, and not for each number.
  let status = sources.status();
  const current = () => status;
  proxy(families, current);
  upstreamMetrics(families, sources, current);
  ticks(families, sources);
  clientMetrics(families, sources);
  if (sources.recording !== undefined) recordingMetrics(families, sources.recording);
  if (sources.edges !== undefined) edgeMetrics(families, sources.edges);
  if (status.upstream.hub !== undefined) hubMetrics(families, current);
  process(families, lag);
  return {
    contentType: families.contentType,
    text() {
      status = sources.status();
      return families.text();
    },
    start: () => lag.start(),
    stop: () => lag.stop(),
  };
}

function proxy(families: Families, status: () => ProxyStatus): void {
  const { version, source, startedAt } = status();
  families.gauge("build_info", "Always 1; what runs, and where its prices come from", () => [
    [[version, source], 1],
  ], ["version", "source"]);
  families.gauge(
    "start_time_seconds",
    "When the proxy started, since the Unix epoch",
    () => startedAt / 1000,
  );
  families.gauge(
    "ready",
    "1 when everything flows that should flow now, as /readyz says",
    () => Number(status().readiness.ready),
  );
  families.gauge(
    "unready_reasons",
    "Reasons why the proxy is not ready, by code",
    () => countBy(status().readiness.reasons.map(({ code }) => code)),
    ["code"],
  );
  families.gauge(
    "calendar_warning",
    "1 when holidays of this year or, from 15 December, of the next are not known",
    () => Number(status().calendarWarning !== undefined),
  );
  families.gauge(
    "exchange_open",
    "1 while an exchange that is wanted or watched has a session",
    () => status().exchanges.map(({ exchange, closed }): Sample => [[exchange], Number(!closed)]),
    ["exchange"],
  );
  families.gauge(
    "exchange_feed_up",
    "1 while the sockets of an exchange's instruments are up and tick",
    () => status().exchanges.map(({ exchange, down }): Sample => [[exchange], Number(!down)]),
    ["exchange"],
  );
}

function ticks(families: Families, { ticks, clients: { traffic } }: MetricSources): void {
  families.counter("ticks_total", "Ticks received and believed", () => ticks.ticks);
  families.gauge(
    "last_tick_time_seconds",
    "When the last believed tick came, since the Unix epoch",
    () => seconds(ticks.lastAt),
  );
  families.histogram(
    "exchange_to_received_seconds",
    "From the exchange's clock to ours for each tick in continuous trading. The exchange's clock has whole seconds " +
      "on many segments, and the two clocks differ: good for a change, not for a delay below a second",
    ticks.exchangeSeconds,
  );
  families.histogram(
    "received_to_written_seconds",
    "From receiving a batch's oldest tick to handing the batch to the last client's socket, with the wait that " +
      "BATCH_MS or a client's interval asks for; in whole milliseconds",
    traffic.writeSeconds,
  );
  families.histogram(
    "batch_ticks",
    "Ticks in a batch; each is made once for all clients alike",
    traffic.batchTicks,
  );
}

function process(families: Families, lag: EventLoopLag): void {
  families.histogram("event_loop_lag_seconds", "How late a timer came, asked twice a second", lag.seconds);
  families.gauge("resident_memory_bytes", "Memory of the process", () => Deno.memoryUsage().rss);
  families.gauge("heap_used_bytes", "Memory that JavaScript objects use", () => Deno.memoryUsage().heapUsed);
  families.gauge("heap_total_bytes", "Memory that is set aside for them", () => Deno.memoryUsage().heapTotal);
  families.gauge(
    "external_memory_bytes",
    "Memory of buffers outside the heap",
    () => Deno.memoryUsage().external,
  );
  families.counter("cpu_seconds_total", "Processor time used", cpuSeconds);
  families.gauge(
    "open_fds",
    "Open files and sockets; only on Linux, and where the runtime may read it",
    openFiles,
  );
}

function countBy(words: readonly string[]): Sample[] {
  return counted(Map.groupBy(words, (word) => word).entries().map(([word, all]) => [word, all.length]));
}
