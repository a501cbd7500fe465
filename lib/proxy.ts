import { getLogger } from "@logtape/logtape";
import type { AccessList } from "./access/access_list.ts";
import { FanoutGroups } from "./clients/delivery/fanout_groups.ts";
import { Gateway } from "./clients/gateway.ts";
import type { Watchlist } from "./clients/instrument_selection.ts";
import { createJsonProtocol } from "./clients/json/json_protocol.ts";
import { TickJson } from "./clients/json/tick_json.ts";
import { Subscriptions } from "./clients/subscriptions.ts";
import { Traffic } from "./clients/traffic.ts";
import { WorkQueue } from "./clients/work_queue.ts";
import type { Limits } from "./config/limits.ts";
import { type Hours, MarketData } from "./feed/market_data.ts";
import type { Instruments } from "./instruments/instrument.ts";
import type { MarketCalendar } from "./market/calendar.ts";
import { type InstrumentKey, splitKey } from "./market/market.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { Admission } from "./server/admission.ts";
import { startHttpServer } from "./server/http_server.ts";
import type { Certificate } from "./server/listener.ts";
import { openStaticFiles } from "./server/static_files.ts";
import { ExchangeMonitor } from "./status/exchange_status.ts";
import { healthReport } from "./status/health.ts";
import { type Source, StatusModel } from "./status/proxy_status.ts";
import type { Upstream } from "./upstream/upstream.ts";
import type { Clock } from "./util/clock.ts";

export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: Limits;
  /** Beside the proxy's own and this machine's. */
  readonly allowedOrigins: readonly string[];
  /** Without one, no token is needed. */
  readonly access?: AccessList | undefined;
  /** Without one, plain HTTP is spoken. */
  readonly certificate?: Certificate | undefined;
  /** Where the ticks come from. */
  readonly upstream: Upstream;
  readonly batchMs: number;
  readonly watchlist: Watchlist;
  readonly instruments: Instruments;
  readonly calendar: MarketCalendar;
  readonly source: Source;
  readonly version: string;
  /** Folder of the page. */
  readonly staticFolder: string;
  readonly clock: Clock;
}

export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** The list of tokens has changed: those whose token is no longer good have to go. */
  recheckAccess(): void;
  /** @throws {Error} It is broken, or not its key's; nothing has changed. */
  changeCertificate(certificate: Certificate): Promise<void>;
  /** Tells the clients, leaves the upstream, frees the port. */
  stop(): Promise<void>;
}

/** How often tokens are looked at that may have expired. */
const RECHECK_EVERY_MS = 60_000;

const log = getLogger(["proxy"]);

/**
 * Makes the parts, attaches them to each other, and runs them. A tick passes upstream -> market data -> delivery; the
 * demand goes back through one object, `marketData.demand`.
 *
 * @throws {Error} The port cannot be listened on.
 */
export function startProxy(options: ProxyOptions): Proxy {
  const { access, calendar, clock, instruments, limits, source, upstream, version, watchlist } = options;

  // Make: each part knows only parts above it.
  const marketData = new MarketData({
    clock,
    hours: (key, at) => hoursOf(calendar, key, at),
    upSince: (key) => upstream.upSince(key),
  });
  const exchanges = new ExchangeMonitor({ clock, calendar, upstream, watchlist, marketData });
  const status = new StatusModel({ clock, version, source, upstream, exchanges });
  const traffic = new Traffic();
  const groups = new FanoutGroups(marketData, { clock, batchMs: options.batchMs, traffic });
  const gateway = new Gateway({ clock, limits, groups, traffic });
  const { capacity } = upstream.status();
  const subscriptions = new Subscriptions({ clock, marketData, instruments, groups, capacity, limits });
  const json = createJsonProtocol({
    clock,
    marketData,
    instruments,
    subscriptions,
    watchlist,
    limits,
    ticks: new TickJson((key) => instruments.symbolOf(key)),
    status: () => status.current(),
    traffic,
    work: new WorkQueue(clock),
    epoch: crypto.randomUUID(),
  });
  const admission = new Admission({
    clock,
    limits,
    allowedOrigins: options.allowedOrigins,
    access,
  });
  const metrics = createMetrics({
    clock,
    status: () => status.current(),
    clients: {
      connected: () => gateway.clients,
      lagging: () => gateway.lagging,
      groups: () => groups.size,
      traffic,
    },
    refused: admission.refused,
    ticks: marketData.stats,
    rejected: marketData.rejected.counts,
    wanted: () => marketData.demand.wanted.size,
  });

  // Attach: what happens in one part is told to others.
  upstream.attach(marketData.demand, {
    tick: (tick, packet) => marketData.accept(tick, packet),
    rejected: ({ reason, packet, key }) => marketData.reject(reason, packet, key),
    subscribed(keys) {
      marketData.keepOnly(keys);
      exchanges.subscribed(keys);
    },
    event(event) {
      if (event.kind === "down") gateway.markStale(among(event.keys));
      gateway.announce(event);
      exchanges.look();
    },
  });
  marketData.attach((key, reason) =>
    gateway.announce({ kind: "price", keys: [key], ...reason === undefined ? {} : { reason } })
  );
  exchanges.attach((change) => {
    if (change.kind === "phase") gateway.markStale((key) => splitKey(key).exchange === change.exchange);
    gateway.announce(change);
  });

  // Run.
  const server = startHttpServer({
    hostname: options.host,
    port: options.port,
    certificate: options.certificate,
    clock,
    limits,
    admission,
    files: openStaticFiles(options.staticFolder),
    protocols: [json],
    connect: (socket, entry) => gateway.connect(socket, entry),
    health: () => healthReport(status.current(), { gateway, groups, marketData }),
    readiness: () => status.current().readiness,
    metrics,
  });
  const recheck = createRecheck(clock, access, gateway);
  recheck.now();
  upstream.start();
  exchanges.start();
  metrics.start();
  log.info("listening on {host}:{port}", { host: server.hostname, port: server.port });
  return {
    host: server.hostname,
    port: server.port,
    recheckAccess: () => recheck.now(),
    changeCertificate: (certificate) => server.changeCertificate(certificate),
    async stop() {
      status.stop();
      recheck.stop();
      exchanges.stop();
      metrics.stop();
      gateway.shutdown();
      await Promise.all([upstream.stop(), server.stop()]);
      log.info("stopped");
    },
  };
}

/** Closes those whose access token has expired or was taken back: when told to, and every minute. */
function createRecheck(clock: Clock, access: AccessList | undefined, gateway: Gateway) {
  let disarm = () => {};
  function now(): void {
    if (access === undefined) return;
    disarm();
    gateway.recheck((entitlement) => access.holds(entitlement));
    disarm = clock.after(RECHECK_EVERY_MS, now);
  }
  return { now, stop: () => disarm() };
}

function hoursOf(calendar: MarketCalendar, key: InstrumentKey, at: number): Hours {
  const { exchange } = splitKey(key);
  return {
    trading: calendar.isTrading(exchange, at),
    continuous: calendar.isContinuous(exchange, at),
    closed: calendar.isClosed(exchange, at),
    from: at,
    until: calendar.state(exchange, at).until,
  };
}

function among(keys: readonly InstrumentKey[]): (key: InstrumentKey) => boolean {
  const set = new Set(keys);
  return (key) => set.has(key);
}
