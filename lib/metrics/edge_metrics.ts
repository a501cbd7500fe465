import type { EdgeNumbers } from "../status/edge_numbers.ts";
import type { ProxyStatus } from "../status/proxy_status.ts";
import type { Families, Sample } from "./families.ts";
import { counted, seconds } from "./samples.ts";

/** What a hub does for its edges. The hub serves a hundred at most, so that their names may be labels. */
export function edgeMetrics(families: Families, numbers: () => EdgeNumbers): void {
  const byEdge = (count: "instruments" | "refused") =>
    Object.entries(numbers().edges).map(([edge, counts]): Sample => [[edge], counts[count]]);
  families.gauge(
    "edges",
    "Edges that have instruments of this hub",
    () => Object.keys(numbers().edges).length,
  );
  families.gauge("edge_instruments", "Instruments that an edge has", () => byEdge("instruments"), ["edge"]);
  families.gauge(
    "edge_instruments_refused",
    "Instruments that an edge wants and does not get",
    () => byEdge("refused"),
    ["edge"],
  );
  families.counter(
    "edge_requests_total",
    "Requests of edges, by what they ask for and what became of them",
    () => Array.from(numbers().requests, ([request, outcome, count]): Sample => [[request, outcome], count]),
    ["request", "outcome"],
  );
  families.counter("edge_batches_total", "Batches sent to edges", () => numbers().published.batches);
  families.counter("edge_batch_bytes_total", "Bytes of these batches", () => numbers().published.bytes);
  families.counter(
    "edge_batches_unsent_total",
    "Batches that could not be sent, so that the edges miss them",
    () => numbers().published.unsent,
  );
}

/** How an edge follows its hub. */
export function hubMetrics(families: Families, status: () => ProxyStatus): void {
  const hub = () => status().upstream.hub!;
  families.gauge(
    "hub_followed",
    "1 while the hub is heard, and what it says is of now",
    () => Number(hub().followed),
  );
  families.gauge(
    "hub_beat_age_seconds",
    "Since the hub's last sign of life, which comes each second",
    () => seconds(hub().beatAgeMs),
  );
  families.gauge(
    "hub_late_seconds",
    "How long that sign of life was on its way",
    () => seconds(hub().lateMs),
  );
  families.counter(
    "hub_missing_messages_total",
    "Messages of the hub that did not come, by their numbers",
    () => hub().missingMessages,
  );
  families.counter(
    "hub_gaps_total",
    "Gaps between hub and edge, by what they came from: lost messages, or the loss of the hub",
    () => counted([["lost", hub().lostMessages], ...Object.entries(status().upstream.traffic.losses)]),
    ["cause"],
  );
}
