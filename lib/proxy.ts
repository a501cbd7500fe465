import { getLogger } from "@logtape/logtape";
import type { AccessList } from "./access/access_list.ts";
import { SessionTokens } from "./access/session_tokens.ts";
import { CLOSE } from "./clients/close_codes.ts";
import type { Gateway } from "./clients/gateway.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { createPipeline, type PipelineOptions } from "./pipeline.ts";
import { KnownScans } from "./recording/known_scans.ts";
import { listRecordings } from "./recording/folder.ts";
import { Replays } from "./replay/replays.ts";
import { isLoopback } from "./server/address.ts";
import { Admission } from "./server/admission.ts";
import { startHttpServer } from "./server/http_server.ts";
import type { UpgradeWebSocket } from "./server/upgrade.ts";
import type { Certificate } from "./server/listener.ts";
import { openStaticFiles } from "./server/static_files.ts";
import { healthReport } from "./status/health.ts";
import type { Clock } from "./util/clock.ts";

export interface ProxyOptions
  extends Omit<PipelineOptions, "epoch" | "sessions" | "recordedDays" | "refused"> {
  readonly host: string;
  readonly port: number;
  /** Beside the proxy's own and this machine's. */
  readonly allowedOrigins: readonly string[];
  /** Without one, no token is needed. */
  readonly access?: AccessList | undefined;
  /** Without one, plain HTTP is spoken. */
  readonly certificate?: Certificate | undefined;
  /** Folder of the recordings that can be replayed; without one, none can. */
  readonly recordings?: string | undefined;
  /** Folder of the page. */
  readonly staticFolder: string;
  /** By default the runtime's own. */
  readonly upgradeWebSocket?: UpgradeWebSocket | undefined;
}

export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** The list of tokens has changed: those whose token is no longer good have to go. */
  recheckAccess(): void;
  /**
   * Serves with another certificate from now on. Clients are told, and closed with 1012; the upstream goes on.
   *
   * @throws {Error} It is broken, or not its key's; nothing has changed.
   */
  changeCertificate(certificate: Certificate): Promise<void>;
  /** Tells the clients, leaves the upstream, frees the port. */
  stop(): Promise<void>;
}

/** How often tokens are looked at that may have expired. */
const RECHECK_EVERY_MS = 60_000;

const log = getLogger(["proxy"]);

/**
 * The pipeline with a server in front of it: makes them and runs them.
 *
 * @throws {Error} The port cannot be listened on.
 */
export function startProxy(options: ProxyOptions): Proxy {
  const { access, clock, hub, limits, recorder, recordings, upstream } = options;
  const sessions = new SessionTokens(clock, access);
  const epoch = crypto.randomUUID();
  const knownScans = new KnownScans();
  const admission = new Admission({
    clock,
    limits,
    allowedOrigins: options.allowedOrigins,
    // By the address that it listens on: a name of this machine may be that of its loopback.
    loopbackOnly: () => isLoopback(server.hostname),
    access,
    sessions,
  });
  const pipeline = createPipeline({
    clock,
    upstream,
    calendar: options.calendar,
    instruments: options.instruments,
    watchlist: options.watchlist,
    limits,
    batchMs: options.batchMs,
    source: options.source,
    version: options.version,
    epoch,
    marketClock: options.marketClock,
    replayed: options.replayed,
    closeSmartStreamWhenDown: options.closeSmartStreamWhenDown ?? false,
    recorder,
    recordedDays: recordings === undefined ? undefined : () => listRecordings(recordings),
    candleRecordings: options.candleRecordings,
    knownScans,
    hub,
    sessions,
    data: options.data,
    refused: admission.refused,
    recentLog: options.recentLog,
  });
  const { exchanges, gateway, groups, marketData, status, traffic } = pipeline;
  const replays = recordings === undefined ? undefined : new Replays({
    folder: recordings,
    clock,
    calendar: options.calendar,
    instruments: options.instruments,
    limits,
    version: options.version,
    epoch,
    sessions,
    traffic,
    knownScans,
  });
  const metrics = createMetrics({
    clock,
    status: () => status.current(),
    clients: {
      connected: () => gateway.clients + (replays?.clients ?? 0),
      lagging: () => gateway.lagging,
      groups: () => groups.size,
      traffic,
    },
    refused: admission.refused,
    ticks: marketData.stats,
    rejected: marketData.rejected.counts,
    wanted: () => marketData.demand.wanted.size,
    edges: hub && (() => hub.numbers()),
    recording: recorder && (() => recorder.status()),
  });
  const server = startHttpServer({
    hostname: options.host,
    port: options.port,
    certificate: options.certificate,
    clock,
    limits,
    admission,
    files: openStaticFiles(options.staticFolder),
    protocols: replays?.protocols(pipeline.protocols) ?? pipeline.protocols,
    rest: pipeline.rest,
    api: pipeline.api,
    connect: (socket, entry) => gateway.connect(socket, entry),
    upgradeWebSocket: options.upgradeWebSocket,
    health: () =>
      healthReport(status.current(), {
        gateway,
        groups,
        marketData,
        recording: recorder?.status(),
        edges: hub?.edges(),
      }),
    readiness: () => {
      const { readiness, calendarWarning } = status.current();
      return { ...readiness, calendar_warning: calendarWarning };
    },
    metrics,
  });
  const recheck = createRecheck(clock, access, (holds) => {
    gateway.recheck(holds);
    replays?.recheck(holds);
  });
  recheck.now();
  recorder?.start();
  upstream.start();
  hub?.start();
  exchanges.start();
  metrics.start();
  pipeline.latency.start();
  log.info("listening on {host}:{port}", { host: server.hostname, port: server.port });
  return {
    host: server.hostname,
    port: server.port,
    recheckAccess: () => recheck.now(),
    changeCertificate: (certificate) =>
      server.changeCertificate(certificate, () => {
        gateway.closeAll({ kind: "restart" }, CLOSE.renewed);
        replays?.closeAll({ kind: "restart" }, CLOSE.renewed);
      }),
    async stop() {
      status.stop();
      recheck.stop();
      exchanges.stop();
      metrics.stop();
      pipeline.latency.stop();
      pipeline.leases.stop();
      gateway.shutdown();
      hub?.stop();
      await Promise.all([upstream.stop(), server.stop(), replays?.stop()]);
      await recorder?.stop();
      log.info("stopped");
    },
  };
}

/** Closes those whose access token has expired or was taken back: when told to, and every minute. */
function createRecheck(clock: Clock, access: AccessList | undefined, recheck: Gateway["recheck"]) {
  let disarm = () => {};
  function now(): void {
    if (access === undefined) return;
    disarm();
    recheck((entitlement) => access.holds(entitlement));
    disarm = clock.after(RECHECK_EVERY_MS, now);
  }
  return { now, stop: () => disarm() };
}
