import type { RecordingStatus } from "../recording/recording_status.ts";
import { recordingReport } from "./health.ts";
import type { LatencyMinute } from "./minute_latency.ts";
import { feedReport, loginReport, type ProxyStatus } from "./proxy_status.ts";

export interface OverviewFacts {
  /** Connections that were not let in since the start, by reason. */
  readonly refused: ReadonlyMap<string, number>;
  readonly latency: readonly LatencyMinute[];
  readonly budget: Readonly<Record<string, number>>;
  readonly recording: RecordingStatus | undefined;
  readonly log: readonly { readonly number: number; readonly text: string }[];
}

/** How the whole proxy stands, for whoever runs it: what is wrong first. Times in ms since the Unix epoch. */
export function overviewReport(status: ProxyStatus, facts: OverviewFacts): Record<string, unknown> {
  const { readiness, upstream } = status;
  return {
    ready: readiness.ready,
    reasons: readiness.reasons,
    version: status.version,
    source: status.source,
    started_at: status.startedAt,
    ...feedReport(status),
    sockets: upstream.sockets.map(({ state, cause, subscriptions, capacity }) => ({
      state,
      reason: cause?.message,
      subscriptions,
      capacity,
    })),
    budget: facts.budget,
    login: { ...loginReport(upstream.login), tries: upstream.login.tries },
    refused: Object.fromEntries(facts.refused),
    latency: facts.latency,
    recording: recordingReport(facts.recording),
    calendar: status.calendarWarning ?? "covers this year",
    log: facts.log,
  };
}
