import { CLOSE } from "../clients/close_codes.ts";
import { REJECT_REASONS } from "../server/admission.ts";
import type { Families, Sample } from "./families.ts";
import type { MetricSources } from "./metric_sources.ts";
import { counted } from "./samples.ts";

/** Clients, their commands, and what they are sent. */
export function clientMetrics(families: Families, { clients, refused }: MetricSources): void {
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

/** Every way to be closed is there from the beginning, so that the first one is seen as a rise. */
function closes(ends: ReadonlyMap<string, number>): Sample[] {
  return [
    [["none", "left"], ends.get("left") ?? 0],
    ...Object.entries(CLOSE).map((
      [reason, { code }],
    ): Sample => [[String(code), reason], ends.get(reason) ?? 0]),
  ];
}
