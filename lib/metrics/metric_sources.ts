import type { Traffic } from "../clients/traffic.ts";
import type { TickStats } from "../feed/tick_stats.ts";
import type { RecordingStatus } from "../recording/recording_status.ts";
import type { RejectReason } from "../server/admission.ts";
import type { EdgeNumbers } from "../status/edge_numbers.ts";
import type { ProxyStatus } from "../status/proxy_status.ts";
import type { Clock } from "../util/clock.ts";

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
  /** Of a hub; without one, there are no numbers of edges. */
  readonly edges?: (() => EdgeNumbers) | undefined;
  /** Without one, nothing is recorded, and there are no numbers of it. */
  readonly recording?: (() => RecordingStatus) | undefined;
}

export interface ClientNumbers {
  readonly connected: () => number;
  /** Clients that read more slowly than their ticks come. */
  readonly lagging: () => number;
  /** Groups of clients that are delivered exactly the same. */
  readonly groups: () => number;
  readonly traffic: Traffic;
}
