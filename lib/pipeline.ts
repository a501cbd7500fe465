import { CLOSE } from "./clients/close_codes.ts";
import { ClientChains } from "./clients/chains/client_chains.ts";
import { CandleService } from "./candles/candle_service.ts";
import { RecordedCandles } from "./candles/recorded_candles.ts";
import { FanoutGroups } from "./clients/delivery/fanout_groups.ts";
import { Gateway } from "./clients/gateway.ts";
import type { Watchlist } from "./clients/instrument_selection.ts";
import { InstrumentChanges } from "./clients/instrument_changes.ts";
import type { HttpApi } from "./clients/http/http_api.ts";
import { Leases } from "./clients/http/leases.ts";
import { PeerTurns } from "./clients/http/peer_turns.ts";
import { createRoutes } from "./clients/http/routes.ts";
import { createJsonProtocol } from "./clients/json/json_protocol.ts";
import { TickJson } from "./clients/json/tick_json.ts";
import type { RestCalls } from "./clients/rest_calls.ts";
import { createOpenAlgoRest } from "./clients/openalgo/rest.ts";
import { createOpenAlgoProtocols } from "./clients/openalgo/openalgo_protocol.ts";
import type { LogLine, Operation } from "./clients/operation.ts";
import { PriceThrottle } from "./clients/price_throttle.ts";
import type { Protocol } from "./clients/protocol.ts";
import { createSmartRest } from "./clients/smart_rest/smart_rest.ts";
import { createSmartStreamProtocol } from "./clients/smart_stream/smart_stream_protocol.ts";
import { Subscriptions } from "./clients/subscriptions.ts";
import { Traffic } from "./clients/traffic.ts";
import { WorkQueue } from "./clients/work_queue.ts";
import type { SessionTokens } from "./access/session_tokens.ts";
import type { Limits } from "./config/limits.ts";
import { MarketData } from "./feed/market_data.ts";
import type { HubService } from "./hub/hub_service.ts";
import { standingOf } from "./hub/standing.ts";
import type { Instruments } from "./instruments/instrument.ts";
import type { MarketCalendar } from "./market/calendar.ts";
import { hoursOf } from "./market/instrument_hours.ts";
import { type InstrumentKey, splitKey } from "./market/market.ts";
import type { Recorder } from "./recording/recorder.ts";
import { ExchangeMonitor } from "./status/exchange_status.ts";
import type { DataSource } from "./smartapi/data_calls.ts";
import { MinuteLatency } from "./status/minute_latency.ts";
import { overviewReport } from "./status/overview.ts";
import { type Source, StatusModel } from "./status/proxy_status.ts";
import type { Upstream } from "./upstream/upstream.ts";
import type { Clock } from "./util/clock.ts";

export interface PipelineOptions {
  readonly clock: Clock;
  /** Where the ticks come from. */
  readonly upstream: Upstream;
  readonly calendar: MarketCalendar;
  readonly instruments: Instruments;
  readonly watchlist: Watchlist;
  readonly limits: Limits;
  readonly batchMs: number;
  readonly source: Source;
  readonly version: string;
  /** Tells this run of the process from another one. */
  readonly epoch: string;
  /** Whether the clients of the broker's wire are closed when their feed goes down. */
  readonly closeSmartStreamWhenDown?: boolean;
  /** Keeps what comes; without one, nothing is kept. */
  readonly recorder?: Recorder | undefined;
  /** Serves edges; without one, there are none. */
  readonly hub?: HubService | undefined;
  /** The tokens of logins in the broker's way. */
  readonly sessions: SessionTokens;
  /** Connections that were not let in, by reason. */
  readonly refused?: ReadonlyMap<string, number>;
  /** The last lines of the log, for whoever runs the proxy. */
  readonly recentLog?: { after(number: number): readonly LogLine[] } | undefined;
  /** Who answers calls for market data; without one, none is passed on. */
  readonly data?: DataSource | undefined;
}

/** Everything between the upstream and the clients' sockets. */
export interface Pipeline {
  readonly marketData: MarketData;
  readonly exchanges: ExchangeMonitor;
  readonly status: StatusModel;
  readonly groups: FanoutGroups;
  readonly gateway: Gateway;
  readonly traffic: Traffic;
  /** How clients may speak. */
  readonly protocols: readonly Protocol[];
  /** What REST calls in the ways of others are answered. */
  readonly rest: readonly RestCalls[];
  /** What programs can ask for without a WebSocket. */
  readonly api: HttpApi;
  readonly latency: MinuteLatency;
  /** What is subscribed on behalf of those who ask that way. */
  readonly leases: Leases;
  readonly candles: CandleService;
}

/** Of one instrument, clients are told in this time at most once that its price is doubtful, or good again. */
const PRICE_EVENT_WINDOW_MS = 1_000;

/**
 * Makes the parts and attaches them to each other; nothing runs yet. A tick passes upstream -> market data -> delivery;
 * the demand goes back through one object, `marketData.demand`.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { calendar, clock, hub, instruments, limits, recorder, source, upstream, version, watchlist } =
    options;

  // Make: each part knows only parts above it.
  const hours = hoursOf(calendar, instruments);
  const marketData = new MarketData({
    clock,
    hours,
    seenTrading: (key) => calendar.noteTrading(splitKey(key).exchange, clock.now()),
    leadMs: () => upstream.status().login.clockDriftMs,
    refusalOf: (key) => upstream.refusalOf(key),
    unanswered: (key) => upstream.unanswered?.(key) ?? 0,
    upSince: (key) => upstream.upSince(key),
  });
  const candles = new CandleService({
    clock,
    hours,
    data: options.data,
    recorded: recorder && new RecordedCandles({
      folder: recorder.folder,
      source: recorder.source,
      clock,
      hours,
      flush: () => recorder.flush(),
    }),
  });
  const exchanges = new ExchangeMonitor({ clock, calendar, upstream, watchlist, marketData });
  const status = new StatusModel({ clock, calendar, version, source, upstream, exchanges });
  const traffic = new Traffic();
  const groups = new FanoutGroups(marketData, { clock, batchMs: options.batchMs, traffic });
  const gateway = new Gateway({ clock, limits, groups, traffic });
  const subscriptions = new Subscriptions({
    clock,
    marketData,
    instruments,
    groups,
    // That of an edge changes with what the hub has left.
    get capacity() {
      return upstream.status().capacity;
    },
    watchlist,
    limits,
  });
  const chains = new ClientChains({ clock, marketData, instruments, subscriptions });
  const work = new WorkQueue(clock);
  const smartStream = createSmartStreamProtocol({
    marketData,
    instruments,
    subscriptions,
    limits,
    work,
    closeWhenDown: options.closeSmartStreamWhenDown ?? false,
  });
  const smartRest = createSmartRest({
    marketData,
    instruments,
    traffic,
    sessions: options.sessions,
    data: options.data,
  });
  const latency = new MinuteLatency(clock, traffic.writeSeconds);
  const operation: Operation = {
    connections: () => gateway.connections,
    disconnect: (number) => gateway.disconnect(number, CLOSE.disconnected),
    overview: (after) =>
      overviewReport(status.current(), {
        refused: options.refused ?? new Map(),
        latency: latency.minutes,
        budget: { ...subscriptions.budget() },
        recording: recorder?.status(),
        log: options.recentLog?.after(after) ?? [],
      }),
  };
  const shared = {
    operation,
    clock,
    marketData,
    candles,
    hours,
    instruments,
    subscriptions,
    chains,
    watchlist,
    limits,
    ticks: new TickJson((key) => instruments.symbolOf(key)),
    status: () => status.current(),
    traffic,
    work,
    epoch: options.epoch,
  };
  const openAlgo = createOpenAlgoProtocols(shared);
  const json = openAlgo.beside(createJsonProtocol(shared));
  const leases = new Leases({ clock, marketData, subscriptions });
  const http = {
    ...shared,
    leases,
    turns: new PeerTurns({ clock, limits, work }),
    connect: gateway.connect.bind(gateway),
  };
  const api = createRoutes(http);

  // Attach: what happens in one part is told to others.
  calendar.onChange(() => {
    marketData.forgetHours();
    candles.seen.forgetHours();
    exchanges.look();
  });
  const changes = new InstrumentChanges({ clock, instruments, wanted: () => marketData.demand.wanted });
  marketData.demand.onChange((key, mode) => changes.noteDemand(key, mode !== undefined));
  instruments.onChange(() => {
    marketData.forgetHours();
    candles.seen.forgetHours();
    for (const event of changes.look()) {
      if (event.kind !== "renamed") {
        marketData.forget(event.keys);
        candles.forget(event.keys);
      }
      gateway.announce(event);
      // Whatever wire a client speaks, and whether that has words for it or not.
      for (const connection of gateway.connections) subscriptions.end(connection, event);
    }
    chains.look();
  });
  upstream.attach(marketData.demand, {
    tick(tick, packet, cameAt = clock.elapsed()) {
      const refusal = marketData.accept(tick, packet, cameAt);
      recorder?.tick(packet, tick.receivedAt, tick.key, refusal);
      hub?.tick(tick, packet, cameAt);
      const accepted = marketData.last(tick.key);
      if (accepted?.tick === tick && accepted.hasPrice(tick.mode)) {
        candles.seen.tick(tick, accepted.marks.old ?? false, cameAt);
      }
    },
    rejected({ reason, packet, key }) {
      marketData.reject(reason, packet, key);
      recorder?.refused(reason, packet, key);
      hub?.rejected(reason, packet, key);
    },
    subscribed(keys) {
      recorder?.subscribed(keys);
      marketData.keepOnly(keys);
      candles.seen.subscribed(keys);
      exchanges.subscribed(keys);
    },
    event(event) {
      recorder?.event(event);
      if (event.kind === "down" || event.kind === "silent") candles.seen.lost(event.keys, event.since);
      if (event.kind === "down") gateway.markStale(among(event.keys));
      gateway.announce(event);
      exchanges.look();
      hub?.event(event);
    },
  });
  hub?.attach({
    marketData,
    budget: () => subscriptions.budget(),
    watchlist,
    upSince: (key) => upstream.upSince(key),
    standing: () => standingOf(status.current(), instruments.status()),
    data: options.data,
  });
  const prices = new PriceThrottle(clock, PRICE_EVENT_WINDOW_MS, (event) => gateway.announce(event));
  marketData.attach((key, doubt) => prices.note(key, doubt));
  exchanges.attach((change) => {
    if (change.kind === "phase") recorder?.phase(change.exchange, change.phase, change.day);
    gateway.announce(change);
  }, (keys) => gateway.markStale((key) => keys.has(key)));
  recorder?.attach({
    symbolOf: (key) => instruments.symbolOf(key),
    phases: () => exchanges.status(),
    logins: () => upstream.status().login.outcomes,
  });
  return {
    marketData,
    exchanges,
    status,
    groups,
    gateway,
    traffic,
    protocols: [json, smartStream, openAlgo.alone],
    rest: [smartRest, createOpenAlgoRest(http)],
    api,
    leases,
    candles,
    latency,
  };
}

function among(keys: readonly InstrumentKey[]): (key: InstrumentKey) => boolean {
  const set = new Set(keys);
  return (key) => set.has(key);
}
