import type { RecordingStatus } from "../recording/recording_status.ts";
import type { HubStatus } from "../upstream/upstream.ts";
import { feedReport, loginReport, type ProxyStatus } from "./proxy_status.ts";

/** The numbers that `/healthz` shows beside the status. */
export interface HealthNumbers {
  readonly gateway: { readonly clients: number };
  readonly groups: { readonly size: number };
  readonly marketData: {
    readonly demand: { readonly wanted: ReadonlyMap<unknown, unknown> };
    readonly rejected: { readonly counts: ReadonlyMap<string, number> };
  };
  /** Undefined where nothing is recorded. */
  readonly recording?: RecordingStatus | undefined;
  /** Of a hub: instruments by edge. */
  readonly edges?: Readonly<Record<string, number>> | undefined;
}

/** What `/healthz` answers. */
export function healthReport(status: ProxyStatus, numbers: HealthNumbers): Record<string, unknown> {
  const { gateway, groups, marketData } = numbers;
  return {
    version: status.version,
    source: status.source,
    uptime_s: Math.floor(status.uptimeMs / 1000),
    clients: gateway.clients,
    audiences: groups.size,
    instruments: marketData.demand.wanted.size,
    calendar_warning: status.calendarWarning,
    login: loginReport(status.upstream.login),
    suspect_packets: Object.fromEntries(marketData.rejected.counts),
    recording: recordingReport(numbers.recording),
    edges: numbers.edges,
    hub: hubReport(status.upstream.hub),
    ...feedReport(status),
  };
}

/** Of an edge. */
function hubReport(hub: HubStatus | undefined): Record<string, unknown> | undefined {
  if (hub === undefined) return undefined;
  const { followed, lateMs, lostMessages, phases, instruments: { rows, asOf } } = hub;
  return {
    followed,
    late_ms: lateMs,
    lost_messages: lostMessages,
    markets: phases,
    instruments: { rows, as_of: asOf },
  };
}

/** The part about the recording. */
export function recordingReport(recording: RecordingStatus | undefined): Record<string, unknown> {
  if (recording === undefined) return { state: "off" };
  return {
    state: recording.state,
    reason: recording.reason,
    folder: recording.folder,
    date: recording.date,
    day_bytes: recording.dayBytes,
    total_bytes: recording.totalBytes,
    max_bytes: recording.maxBytes,
    waiting_bytes: recording.waitingBytes,
    records: recording.records,
    lost: recording.lost,
  };
}
