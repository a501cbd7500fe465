import { getLogger } from "@logtape/logtape";
import type { AccessList } from "./access/access_list.ts";
import { createBroker } from "./upstream/broker/broker.ts";
import { DEFAULT_POLICY, type Policy } from "./upstream/broker/connection_state.ts";
import { createBrokerLogin } from "./upstream/account/broker_login.ts";
import type { Clock } from "./util/clock.ts";
import type { Watchlist } from "./clients/commands/instrument_selection.ts";
import { createGateway, type Source } from "./clients/gateway.ts";
import { TickJson } from "./clients/json/tick_json.ts";
import { createRejectedTicks } from "./feed/rejected_ticks.ts";
import type { MarketCalendar } from "./market/calendar.ts";
import { ExchangeLook } from "./status/exchange_status.ts";
import { Feed, type Hours } from "./feed/market_data.ts";
import { ExchangeMonitor } from "./status/exchange_monitor.ts";
import { TickStats } from "./feed/tick_stats.ts";
import type { Instruments } from "./instruments/instrument.ts";
import type { Limits } from "./config/limits.ts";
import { type Exchange, type InstrumentKey, splitKey } from "./market/market.ts";
import { createMetrics } from "./status/metrics.ts";
import {
  brokerAnnouncement,
  doubtAnnouncement,
  loginState,
  marketAnnouncement,
  upstreamState,
} from "./status/system_messages.ts";
import { readinessOf } from "./status/readiness.ts";
import { Admission } from "./server/admission.ts";
import { type HttpServer, startHttpServer } from "./server/http_server.ts";
import type { Certificate } from "./server/listener.ts";
import { openStaticFiles } from "./server/static_files.ts";
import { createRest, type Credentials, type HostAddresses } from "./smartapi/rest.ts";
import { createStreamOpener } from "./smartapi/stream.ts";

export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: Limits;
  /** Beside the proxy's own and this machine's. */
  readonly allowedOrigins: readonly string[];
  /** Without one, no token is needed. */
  readonly access?: AccessList;
  /** Without one, plain HTTP is spoken. */
  readonly certificate?: Certificate;
  readonly restUrl: string;
  readonly streamUrl: string;
  readonly credentials: Credentials;
  readonly addresses: HostAddresses;
  readonly maxSockets: number;
  readonly batchMs: number;
  readonly watchlist: Watchlist;
  readonly instruments: Instruments;
  readonly calendar: MarketCalendar;
  readonly source: Source;
  readonly version: string;
  /** Folder of the page. */
  readonly staticFolder: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly policy?: Partial<Policy>;
}

export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** Logs in anew with other credentials, also where the broker had refused for good. */
  changeCredentials(credentials: Credentials): void;
  /** The list of tokens has changed: those whose token is no longer good have to go. */
  recheckAccess(): void;
  /** @throws {Error} It is broken, or not its key's; nothing has changed. */
  changeCertificate(certificate: Certificate): Promise<void>;
  /** Tells the clients, lets go of the broker, frees the port. */
  stop(): Promise<void>;
}

/** How often tokens are looked at that may have expired. */
const RECHECK_EVERY_MS = 60_000;

const log = getLogger(["proxy"]);

/**
 * The sentence that joins the parts: socket -> packet -> book -> hub -> audience -> outbox -> socket, and the demand
 * the other way round.
 *
 * @throws {Error} The port cannot be listened on.
 */
export function startProxy(options: ProxyOptions): Proxy {
  const { calendar, clock, instruments } = options;
  const startedAt = clock.now();
  let stopping = false;
  const policy = { ...DEFAULT_POLICY, random: options.random, ...options.policy };
  const feed: Feed<TickJson> = new Feed({
    clock,
    hours: (exchange, at) => hoursOf(calendar, exchange, at),
    upSince: (key) => broker.upSince(key),
    wrap: (tick, closed, packet) => new TickJson(tick, instruments.symbolOf(tick.key), closed, packet),
    demandChanged: () => broker.demandChanged(),
    doubted: (key, reason) => gateway.announce(doubtAnnouncement(key, reason)),
  });
  const suspects = createRejectedTicks();
  const ticks = new TickStats();
  let wire = brokerWire(options, options.credentials);
  const keeper = createBrokerLogin({ clock, policy, rest: { login: () => wire.rest.login() } });
  const broker = createBroker({
    clock,
    policy,
    keeper,
    open: (session, events) => wire.open(session, events),
    maxSockets: options.maxSockets,
    ticking: (key, at) => calendar.isContinuous(splitKey(key).exchange, at),
    wanted: () => feed.hub.wanted(),
    carried(keys) {
      feed.keepOnly(keys);
      exchanges.carried(keys);
    },
    tick(tick, packet) {
      const suspicion = feed.accept(tick, packet);
      if (suspicion === undefined) ticks.note(tick, feed.hours(tick.exchange).continuous);
      else suspects.note(suspicion, packet);
    },
    suspect(reason, packet, key) {
      suspects.note(reason, packet);
      if (key !== undefined) feed.doubt(key, reason);
    },
    news(news) {
      gateway.announce(brokerAnnouncement(news));
      watch.look();
    },
  });
  const watch = new ExchangeMonitor({
    clock,
    exchanges: () => exchangesOf(feed.hub.wanted().keys()),
    look(exchange) {
      const { phase, day } = calendar.state(exchange, clock.now());
      const stale = calendar.isTrading(exchange, clock.now()) && isDown(exchange);
      return { phase, day, stale };
    },
    news: (news) => gateway.announce(marketAnnouncement(news)),
  });
  const isDown = (exchange: Exchange) => {
    for (const key of feed.hub.wanted().keys()) {
      if (splitKey(key).exchange === exchange && broker.upSince(key) === undefined) return true;
    }
    return false;
  };
  const standing = () => ({
    upstream: upstreamState(broker.status()),
    markets: Object.fromEntries([...watchedExchanges(options.watchlist, feed)].map((exchange) => {
      const { phase, day } = calendar.state(exchange, clock.now());
      return [exchange, { state: phase, day, stale: watch.states().get(exchange)?.stale ?? false }];
    })),
  });
  const exchanges = new ExchangeLook({
    clock,
    calendar,
    broker,
    watchlist: options.watchlist,
    wanted: () => feed.hub.wanted().keys(),
    tickedAt: (key) => feed.tickedAt(key),
  });
  const gateway = createGateway({
    ...options,
    feed,
    capacity: broker.status().capacity,
    epoch: crypto.randomUUID(),
    standing,
  });
  const health = () => {
    const facts = exchanges.facts();
    const { login } = broker.status();
    const upstream = upstreamState(broker.status());
    return { exchanges: facts, readiness: readinessOf({ stopping, login, upstream, exchanges: facts }) };
  };
  const admission = new Admission(options);
  const metrics = createMetrics({
    refused: admission.refused,
    ...options,
    startedAt,
    broker: () => broker.status(),
    gateway,
    ticks,
    wanted: () => feed.hub.wanted().size,
    suspects: suspects.counts,
    health,
  });
  const server: HttpServer = startHttpServer({
    hostname: options.host,
    port: options.port,
    certificate: options.certificate,
    clock,
    limits: options.limits,
    admission,
    files: openStaticFiles(options.staticFolder),
    connect: (socket, entry) => gateway.connect(socket, entry),
    health: () => ({
      version: options.version,
      source: options.source,
      uptime_s: Math.floor((clock.now() - startedAt) / 1000),
      clients: gateway.clients,
      audiences: gateway.groups,
      instruments: feed.hub.wanted().size,
      login: loginState(broker.status().login),
      suspect_packets: Object.fromEntries(suspects.counts),
      ...standing(),
    }),
    readiness: () => health().readiness,
    metrics,
  });
  const { access } = options;
  let disarmRecheck = () => {};
  const recheck = () => {
    if (access === undefined) return;
    disarmRecheck();
    gateway.recheck((entitlement) => access.holds(entitlement));
    disarmRecheck = clock.after(RECHECK_EVERY_MS, recheck);
  };
  recheck();
  broker.start();
  watch.start();
  metrics.start();
  log.info("listening on {host}:{port}", { host: server.hostname, port: server.port });
  return {
    host: server.hostname,
    port: server.port,
    changeCredentials(credentials) {
      wire = brokerWire(options, credentials);
      keeper.reset();
      broker.reconnect({ kind: "renewed", message: "the credentials have changed" });
    },
    recheckAccess: recheck,
    changeCertificate: (certificate) => server.changeCertificate(certificate),
    async stop() {
      stopping = true;
      disarmRecheck();
      watch.stop();
      metrics.stop();
      gateway.shutdown();
      await Promise.all([broker.stop(), server.stop()]);
      log.info("stopped");
    },
  };
}

/** The broker's two interfaces, as one account sees them. */
function brokerWire({ restUrl: url, streamUrl, addresses, clock }: ProxyOptions, credentials: Credentials) {
  return {
    rest: createRest({ url, credentials, addresses, clock }),
    open: createStreamOpener(streamUrl, credentials),
  };
}

function hoursOf(calendar: MarketCalendar, exchange: Exchange, at: number): Hours {
  return {
    trading: calendar.isTrading(exchange, at),
    continuous: calendar.isContinuous(exchange, at),
    closed: calendar.isClosed(exchange, at),
    until: calendar.state(exchange, at).until,
  };
}

function exchangesOf(keys: Iterable<InstrumentKey>): Set<Exchange> {
  const exchanges = new Set<Exchange>();
  for (const key of keys) exchanges.add(splitKey(key).exchange);
  return exchanges;
}

function watchedExchanges(watchlist: Watchlist, feed: Feed<TickJson>): Set<Exchange> {
  return new Set([...watchlist.keys(), ...exchangesOf(feed.hub.wanted().keys())]);
}
