import { CLOSE } from "../clients/close_codes.ts";
import type { Traffic } from "../clients/traffic.ts";
import type { TickStats } from "../feed/tick_stats.ts";
import { REJECT_REASONS, type RejectReason } from "../server/admission.ts";
import type { ProxyStatus } from "../status/proxy_status.ts";
import type { SocketStatus } from "../upstream/upstream.ts";
import type { Clock } from "../util/clock.ts";
import { Families, type Sample } from "./families.ts";
import { cpuSeconds, EventLoopLag, openFiles } from "./process_stats.ts";

/** Where the numbers come from; all of it is read when somebody asks. */
export interface MetricSources {
  readonly clock: Clock;
  readonly status: () => ProxyStatus;
  readonly clients: ClientNumbers;
  /** Connections that were not let in, by reason. */
  readonly refused: ReadonlyMap<RejectReason, number>;
  readonly ticks: TickStats;
  /** Packets and ticks that were rejected, by reason. */
  readonly rejected: ReadonlyMap<string, number>;
  /** Instruments that all clients together want. */
  readonly wanted: () => number;
}

export interface ClientNumbers {
  readonly connected: () => number;
  /** Clients that read more slowly than their ticks come. */
  readonly lagging: () => number;
  /** Groups of clients that are delivered exactly the same. */
  readonly groups: () => number;
  readonly traffic: Traffic;
}

export interface Metrics {
  readonly contentType: string;
  /** In the text format of Prometheus. */
  text(): string;
  start(): void;
  stop(): void;
}

const SOCKET_STATES: readonly SocketStatus["state"][] = [
  "waiting",
  "login",
  "connecting",
  "live",
  "closing",
  "stopped",
];

/** No label names a client, a token or an instrument: the number of series does not grow with the use. */
export function createMetrics(sources: MetricSources): Metrics {
  const families = new Families();
  const lag = new EventLoopLag(sources.clock);
  // Looking at all that is wanted takes a moment: once for each scrape, and not for each number.
  let status = sources.status();
  const current = () => status;
  proxy(families, current);
  upstream(families, sources, current);
  ticks(families, sources);
  clients(families, sources);
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

function upstream(
  families: Families,
  { wanted, rejected }: MetricSources,
  status: () => ProxyStatus,
): void {
  const upstream = () => status().upstream;
  const traffic = () => upstream().traffic;
  families.gauge(
    "upstream_socket_state",
    "1 for the state that a socket to the broker is in",
    () =>
      upstream().sockets.flatMap((socket, i) =>
        SOCKET_STATES.map((state): Sample => [[String(i + 1), state], Number(socket.state === state)])
      ),
    ["socket", "state"],
  );
  families.counter(
    "upstream_connects_total",
    "Handshakes with the broker's stream, by how they came out",
    () => counted(Object.entries(traffic().connects)),
    ["outcome"],
  );
  families.counter(
    "upstream_disconnects_total",
    "Connections to the broker that ended, by why",
    () => counted(Object.entries(traffic().losses)),
    ["cause"],
  );
  families.counter("upstream_packets_total", "Binary frames received", () => traffic().packets);
  families.counter("upstream_received_bytes_total", "Bytes of binary frames received", () => traffic().bytes);
  families.counter(
    "upstream_rejections_total",
    "Subscription requests answered with an error",
    () => traffic().refusedRequests,
  );
  families.counter(
    "suspect_packets_total",
    "Packets and ticks that were not believed, by why",
    () => counted(rejected),
    ["reason"],
  );
  families.counter(
    "logins_total",
    "Logins that were tried, by how they came out",
    () => counted(Object.entries(upstream().login.outcomes)),
    ["outcome"],
  );
  families.gauge(
    "login_time_seconds",
    "When the session in use was issued, since the Unix epoch",
    () => seconds(upstream().login.loggedInAt),
  );
  families.gauge(
    "broker_clock_drift_seconds",
    "How far the broker's clock is ahead of ours, to about 1 s",
    () => seconds(upstream().login.clockDriftMs),
  );
  families.gauge("instruments_wanted", "Instruments that all clients together want", wanted);
  families.gauge(
    "instruments_capacity",
    "Instruments that the broker's sockets can carry",
    () => upstream().capacity,
  );
  families.gauge(
    "upstream_subscriptions",
    "Pairs of instrument and mode that the sockets hold",
    () => upstream().sockets.reduce((sum, { subscriptions }) => sum + subscriptions, 0),
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

function clients(families: Families, { clients, refused }: MetricSources): void {
  const { traffic } = clients;
  families.gauge("clients", "Clients connected", clients.connected);
  families.gauge(
    "clients_lagging",
    "Clients that read too slowly and get the latest values",
    clients.lagging,
  );
  families.gauge("audiences", "Groups of clients that want exactly the same", clients.groups);
  families.counter("client_connects_total", "Clients that connected", () => traffic.connected);
  families.counter(
    "client_refusals_total",
    "Connections that were not let in, by why",
    () => REJECT_REASONS.map((reason): Sample => [[reason], refused.get(reason) ?? 0]),
    ["reason"],
  );
  families.counter(
    "client_closes_total",
    "Clients that left, or were closed with a code and why",
    () => closes(traffic.ends),
    ["code", "reason"],
  );
  families.counter(
    "commands_total",
    "Commands by name, and by the status or the code of the answer",
    () => [...traffic.commands].map(([id, count]): Sample => [id.split(" "), count]),
    ["command", "outcome"],
  );
  families.counter(
    "frames_sent_total",
    "Frames handed to clients: ticks by encoding, all else as message",
    () => counted(Object.entries(traffic.frames)),
    ["encoding"],
  );
  families.counter(
    "sent_bytes_total",
    "Their length in bytes, without the frames' heads",
    () => counted(Object.entries(traffic.bytes)),
    ["encoding"],
  );
  families.counter(
    "compression_input_bytes_total",
    "JSON of the batches that were to be compressed",
    () => traffic.plainBytes,
  );
  families.counter(
    "compression_output_bytes_total",
    "What was sent for it, once per batch",
    () => traffic.packedBytes,
  );
  families.counter(
    "ticks_conflated_total",
    "Ticks that newer ones replaced before a client got them",
    () => traffic.conflated,
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

/** Every way to be closed is there from the beginning, so that the first one is seen as a rise. */
function closes(ends: ReadonlyMap<string, number>): Sample[] {
  return [
    [["none", "left"], ends.get("left") ?? 0],
    ...Object.entries(CLOSE).map((
      [reason, { code }],
    ): Sample => [[String(code), reason], ends.get(reason) ?? 0]),
  ];
}

function counted(counts: Iterable<readonly [string, number]>): Sample[] {
  return Array.from(counts, ([label, count]) => [[label], count]);
}

function countBy(words: readonly string[]): Sample[] {
  return counted(Map.groupBy(words, (word) => word).entries().map(([word, all]) => [word, all.length]));
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
