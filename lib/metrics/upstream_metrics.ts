import type { ProxyStatus } from "../status/proxy_status.ts";
import type { SocketStatus } from "../upstream/upstream.ts";
import type { Families, Sample } from "./families.ts";
import type { MetricSources } from "./metric_sources.ts";
import { counted, seconds } from "./samples.ts";

const SOCKET_STATES: readonly SocketStatus["state"][] = [
  "waiting",
  "login",
  "connecting",
  "live",
  "closing",
  "stopped",
];

/** The sockets to the broker, the login, and the instruments that they carry. */
export function upstreamMetrics(
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
