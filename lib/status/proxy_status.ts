import type { MarketCalendar } from "../market/calendar.ts";
import type { Clock } from "../util/clock.ts";
import type { LoginStatus, Upstream, UpstreamStatus } from "../upstream/upstream.ts";
import type { ExchangeMonitor } from "./exchange_status.ts";
import type { ExchangeStatus, MarketStatus } from "./market_status.ts";
import { type Readiness, readinessOf } from "./readiness.ts";

/** Where the prices come from; nobody may mistake a made-up or a recorded one for a real one of now. */
export type Source = "live" | "simulated" | "replay";

/** How the feed stands, which clients are told when they come and ask: nothing in it is dear to find out. */
export interface FeedStatus {
  readonly version: string;
  readonly source: Source;
  readonly upstream: Pick<UpstreamStatus, "state" | "reason">;
  readonly exchanges: readonly MarketStatus[];
}

/** How everything stands: read by `/healthz`, `/readyz`, the overview and the metrics. */
export interface ProxyStatus extends FeedStatus {
  /** When the process started, ms since the Unix epoch. */
  readonly startedAt: number;
  readonly uptimeMs: number;
  readonly upstream: UpstreamStatus;
  readonly exchanges: readonly ExchangeStatus[];
  readonly readiness: Readiness;
  /** What holidays the calendar does not know; a thing to mend, and no failure. */
  readonly calendarWarning: string | undefined;
}

export interface StatusOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly source: Source;
  readonly calendar: Pick<MarketCalendar, "coverageWarning">;
  readonly upstream: Pick<Upstream, "status">;
  readonly exchanges: Pick<ExchangeMonitor, "markets" | "status">;
}

/** The one place that is asked how the proxy stands. */
export class StatusModel {
  readonly #options: StatusOptions;
  readonly #startedAt: number;
  readonly #startedElapsed: number;
  #stopping = false;

  constructor(options: StatusOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#startedElapsed = options.clock.elapsed();
  }

  /** From here on the proxy is not ready: it shuts down. */
  stop(): void {
    this.#stopping = true;
  }

  /** What is dear in it is worked out when it is read. */
  feed(): FeedStatus {
    const { exchanges, source, upstream, version } = this.#options;
    return {
      version,
      source,
      get upstream() {
        return upstream.status();
      },
      get exchanges() {
        return exchanges.markets();
      },
    };
  }

  current(): ProxyStatus {
    const { clock, version, source } = this.#options;
    const upstream = this.#options.upstream.status();
    const exchanges = this.#options.exchanges.status();
    return {
      version,
      source,
      startedAt: this.#startedAt,
      uptimeMs: clock.elapsed() - this.#startedElapsed,
      upstream,
      exchanges,
      readiness: readinessOf({ stopping: this.#stopping, upstream, exchanges }),
      calendarWarning: this.#options.calendar.coverageWarning(clock.now()),
    };
  }
}

/** The part of the status that clients and `/healthz` are shown under `upstream` and `markets`. */
export function feedReport({ upstream, exchanges }: FeedStatus): Record<string, unknown> {
  const { state, reason } = upstream;
  return {
    upstream: { state, reason },
    markets: Object.fromEntries(
      exchanges.map(({ exchange, phase, day, stale }) => [exchange, { state: phase, day, stale }]),
    ),
  };
}

/** The part that `/healthz` shows under `login`. Times in ms since the Unix epoch. */
export function loginReport(login: LoginStatus): Record<string, unknown> {
  return {
    logged_in_at: login.loggedInAt,
    next_at: login.nextAt,
    failure: login.failure?.message,
    clock_drift_ms: login.clockDriftMs === undefined ? undefined : Math.round(login.clockDriftMs),
  };
}
