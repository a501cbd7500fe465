/** What clients use: every wire, and what is asked for and answered once. */
import { CLOSE } from "./clients/close_codes.ts";
import type { ClientChains } from "./clients/chains/client_chains.ts";
import type { CandleService } from "./candles/candle_service.ts";
import type { Gateway } from "./clients/gateway.ts";
import type { InstrumentBudget } from "./clients/instrument_budget.ts";
import type { Watchlist } from "./clients/instrument_selection.ts";
import type { HttpApi } from "./clients/http/http_api.ts";
import { Leases } from "./clients/http/leases.ts";
import { PeerTurns } from "./clients/http/peer_turns.ts";
import { createRoutes } from "./clients/http/routes.ts";
import type { CommandSources } from "./clients/json/commands/define_command.ts";
import { createJsonProtocol } from "./clients/json/json_protocol.ts";
import { TickJson } from "./clients/json/tick_json.ts";
import type { RestCalls } from "./clients/rest_calls.ts";
import { createOpenAlgoRest } from "./clients/openalgo/rest.ts";
import { createOpenAlgoProtocols } from "./clients/openalgo/openalgo_protocol.ts";
import type { LogLine, Operation } from "./clients/operation.ts";
import type { Protocol } from "./clients/protocol.ts";
import type { ReplayControl } from "./clients/replay_control.ts";
import { createSmartRest } from "./clients/smart_rest/smart_rest.ts";
import { createSmartStreamProtocol } from "./clients/smart_stream/smart_stream_protocol.ts";
import type { Subscriptions } from "./clients/subscriptions.ts";
import type { Traffic } from "./clients/traffic.ts";
import type { WorkQueue } from "./clients/work_queue.ts";
import type { SessionTokens } from "./access/session_tokens.ts";
import type { Limits } from "./config/limits.ts";
import type { MarketData } from "./feed/market_data.ts";
import type { Instruments } from "./instruments/instrument.ts";
import { TodaysRecording } from "./recording/todays_recording.ts";
import type { KnownScans } from "./recording/known_scans.ts";
import type { Recorder } from "./recording/recorder.ts";
import type { RecordingFile } from "./recording/folder.ts";
import type { DataSource } from "./smartapi/data_calls.ts";
import type { MinuteLatency } from "./status/minute_latency.ts";
import { overviewReport } from "./status/overview.ts";
import type { Source, StatusModel } from "./status/proxy_status.ts";
import type { Clock } from "./util/clock.ts";
import type { HoursOf } from "./market/instrument_hours.ts";

export interface ClientInterfacesOptions {
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly watchlist: Watchlist;
  readonly limits: Limits;
  readonly source: Source;
  /** Tells this run of the process from another one. */
  readonly epoch: string;
  /** Whether the clients of the broker's wire are closed when their feed goes down. */
  readonly closeSmartStreamWhenDown?: boolean;
  /** Keeps what comes; without one, nothing is kept. */
  readonly recorder?: Recorder | undefined;
  /** Remembers where the blocks of recordings stand, for all who read them. */
  readonly knownScans?: KnownScans | undefined;
  /** The days that were recorded, oldest first; without it, nobody is told of any. */
  readonly recordedDays?: (() => Promise<readonly RecordingFile[]>) | undefined;
  /** The tokens of logins in the broker's way. */
  readonly sessions: SessionTokens;
  /** Connections that were not let in, by reason. */
  readonly refused?: ReadonlyMap<string, number>;
  /** The last lines of the log, for whoever runs the proxy. */
  readonly recentLog?: { after(number: number): readonly LogLine[] } | undefined;
  /** Who answers calls for market data; without one, none is passed on. */
  readonly data?: DataSource | undefined;
  /** Which day is replayed, and where it stands; undefined where the prices are of now. */
  readonly replayed?: (() => Record<string, unknown>) | undefined;
  /** What clients may do with a replay; without one, none is replayed. */
  readonly replay?: ReplayControl;
}

/** What all of them work with. */
export interface ServedParts {
  readonly marketData: MarketData;
  readonly candles: CandleService;
  readonly hours: HoursOf;
  readonly status: StatusModel;
  readonly gateway: Gateway;
  readonly budget: InstrumentBudget;
  readonly subscriptions: Subscriptions;
  readonly chains: ClientChains;
  readonly traffic: Traffic;
  readonly latency: MinuteLatency;
  readonly work: WorkQueue;
}

export interface ClientInterfaces {
  /** How clients may speak. */
  readonly protocols: readonly Protocol[];
  /** What REST calls in the ways of others are answered. */
  readonly rest: readonly RestCalls[];
  /** What programs can ask for without a WebSocket. */
  readonly api: HttpApi;
  /** What is subscribed on behalf of those who ask that way. */
  readonly leases: Leases;
}

/** Makes all of them; each reads the same last values, subscriptions and limits. */
export function createClientInterfaces(
  options: ClientInterfacesOptions,
  { marketData, candles, hours, status, gateway, budget, subscriptions, chains, traffic, latency, work }:
    ServedParts,
): ClientInterfaces {
  const { clock, instruments, limits, recorder, source, watchlist } = options;
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
  const operation: Operation = {
    connections: () => gateway.connections,
    disconnect: (number) => gateway.disconnect(number, CLOSE.disconnected),
    overview: (after) =>
      overviewReport(status.current(), {
        refused: options.refused ?? new Map(),
        latency: latency.minutes,
        budget: { ...budget.current() },
        recording: recorder?.status(),
        log: options.recentLog?.after(after) ?? [],
      }),
  };
  const sources: CommandSources = {
    operation,
    clock,
    marketData,
    candles,
    instruments,
    budget,
    subscriptions,
    chains,
    watchlist,
    limits,
    ticks: new TickJson((key) => instruments.symbolOf(key), source === "replay" ? source : undefined),
    replay: options.replay,
    status: () => status.feed(),
  };
  const shared = { ...sources, hours, traffic, work, epoch: options.epoch };
  const openAlgo = createOpenAlgoProtocols(shared);
  const json = openAlgo.beside(createJsonProtocol({
    sources,
    replayed: options.replayed,
    rewind: recorder && { source: new TodaysRecording(recorder, options.knownScans), hours },
    traffic,
    work,
    epoch: options.epoch,
  }));
  const leases = new Leases({ clock, marketData, budget });
  const http = {
    ...shared,
    leases,
    recordedDays: options.recordedDays,
    turns: new PeerTurns({ clock, limits, work }),
    connect: gateway.connect.bind(gateway),
  };
  return {
    protocols: [json, smartStream, openAlgo.alone],
    rest: [smartRest, createOpenAlgoRest(http)],
    api: createRoutes(http),
    leases,
  };
}
