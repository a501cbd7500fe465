import { ClientChains } from "./clients/chains/client_chains.ts";
import { CandleService } from "./candles/candle_service.ts";
import { RecordedCandles, type RecordedCandlesOptions } from "./candles/recorded_candles.ts";
import { FanoutGroups } from "./clients/delivery/fanout_groups.ts";
import { Gateway } from "./clients/gateway.ts";
import { InstrumentChanges } from "./clients/instrument_changes.ts";
import { PriceThrottle } from "./clients/price_throttle.ts";
import { InstrumentBudget } from "./clients/instrument_budget.ts";
import { Subscriptions } from "./clients/subscriptions.ts";
import { WorkQueue } from "./clients/work_queue.ts";
import { Traffic } from "./clients/traffic.ts";
import { MarketData } from "./feed/market_data.ts";
import type { HubService } from "./hub/hub_service.ts";
import { beatStatus } from "./hub/beat_status.ts";
import type { MarketCalendar } from "./market/calendar.ts";
import { hoursOf } from "./market/instrument_hours.ts";
import { type InstrumentKey, splitKey } from "./market/market.ts";
import { ExchangeMonitor } from "./status/exchange_status.ts";
import { MinuteLatency } from "./status/minute_latency.ts";
import { StatusModel } from "./status/proxy_status.ts";
import type { Upstream } from "./upstream/upstream.ts";
import type { Clock } from "./util/clock.ts";
import {
  type ClientInterfaces,
  type ClientInterfacesOptions,
  createClientInterfaces,
} from "./client_interfaces.ts";

export interface PipelineOptions extends ClientInterfacesOptions {
  /** Where the ticks come from. */
  readonly upstream: Upstream;
  readonly calendar: MarketCalendar;
  readonly batchMs: number;
  /** No tick is dropped for a newer one but where a client asks for it; see `FanoutGroup`. */
  readonly everyTick?: boolean;
  readonly version: string;
  /** Serves edges; without one, there are none. */
  readonly hub?: HubService | undefined;
  /** Counts together with other pipelines; by default alone. */
  readonly traffic?: Traffic;
  /** The time of the market, where it is another one: of a replayed day. */
  readonly marketClock?: Clock | undefined;
  /** Recordings whose candles are shown; by default all that are of the same source. */
  readonly candleRecordings?: RecordedCandlesOptions["files"] | undefined;
}

/** Everything between the upstream and the clients' sockets. */
export interface Pipeline extends ClientInterfaces {
  readonly marketData: MarketData;
  readonly exchanges: ExchangeMonitor;
  readonly status: StatusModel;
  readonly groups: FanoutGroups;
  readonly gateway: Gateway;
  readonly traffic: Traffic;
  readonly latency: MinuteLatency;
  readonly candles: CandleService;
  /** Lets go of what outlives it: the calendar and the instruments. */
  detach(): void;
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
  const { marketClock = clock, traffic = new Traffic() } = options;

  // Make: each part knows only parts above it.
  const hours = hoursOf(calendar, instruments);
  const marketData = new MarketData({
    clock: marketClock,
    recorded: source === "replay",
    hours,
    seenTrading: (key) => calendar.noteTrading(splitKey(key).exchange, marketClock.now()),
    leadMs: () => upstream.status().login.clockDriftMs,
    refusalOf: (key) => upstream.refusalOf(key),
    unanswered: (key) => upstream.unanswered?.(key) ?? 0,
    upSince: (key) => upstream.upSince(key),
  });
  const recordings = options.candleRecordings ?? recordingsOf(options);
  const candles = new CandleService({
    clock: marketClock,
    hours,
    data: options.data,
    recorded: recordings && new RecordedCandles({
      files: recordings,
      known: options.knownScans,
      clock,
      hours,
      flush: recorder && (() => recorder.flush()),
    }),
    foreknown: source === "replay",
  });
  const exchanges = new ExchangeMonitor({ clock: marketClock, calendar, upstream, watchlist, marketData });
  const status = new StatusModel({ clock, calendar, version, source, upstream, exchanges });
  const work = new WorkQueue(clock);
  const { batchMs, everyTick } = options;
  const groups = new FanoutGroups(marketData, { clock, batchMs, everyTick, traffic, work });
  const gateway = new Gateway({ clock, limits, groups, traffic, work });
  const budget = new InstrumentBudget({
    marketData,
    instruments,
    // That of an edge changes with what the hub has left.
    get capacity() {
      return upstream.status().capacity;
    },
    watchlist,
    limits,
  });
  const subscriptions = new Subscriptions({ clock, marketData, groups, budget, work });
  const chains = new ClientChains({ clock, marketData, instruments, budget, subscriptions });
  const latency = new MinuteLatency(clock, traffic.writeSeconds);
  const interfaces = createClientInterfaces(options, {
    marketData,
    candles,
    hours,
    status,
    gateway,
    budget,
    subscriptions,
    chains,
    traffic,
    latency,
    work,
  });

  // Attach: what happens in one part is told to others.
  const detachCalendar = calendar.onChange(() => {
    marketData.forgetHours();
    candles.seen.forgetHours();
    exchanges.look();
  });
  const changes = new InstrumentChanges({
    clock: marketClock,
    instruments,
    wanted: () => marketData.demand.wanted,
  });
  marketData.demand.onChange((key, mode) => changes.noteDemand(key, mode !== undefined));
  const lookAtInstruments = () => {
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
  };
  const detachInstruments = instruments.onChange(() => {
    marketData.forgetHours();
    candles.seen.forgetHours();
    lookAtInstruments();
  });
  upstream.attach(marketData.demand, {
    tick(tick, packet, cameAt = marketClock.elapsed(), isAnswer = false) {
      const shown = marketData.accept(tick, packet, cameAt, isAnswer);
      if (typeof shown === "string") {
        recorder?.tick(packet, tick.receivedAt, tick.key, shown);
        hub?.tick(tick, packet, cameAt, false);
        return;
      }
      const { old, doubt } = shown;
      recorder?.tick(packet, tick.receivedAt, tick.key, doubt?.reason);
      hub?.tick(tick, packet, cameAt, old);
      if (shown.hasPrice(tick.mode)) candles.seen.tick(tick, old, cameAt);
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
      if (event.kind === "down" || event.kind === "silent") {
        candles.seen.lost(event.keys, event.since);
        gateway.markStale(among(event.keys));
      }
      gateway.announce(event);
      exchanges.look();
      hub?.event(event);
    },
  });
  hub?.attach({
    marketData,
    budget: () => budget.current(),
    watchlist,
    upSince: (key) => upstream.upSince(key),
    status: () => beatStatus(status.current(), instruments.status()),
    data: options.data,
  });
  const prices = new PriceThrottle(clock, PRICE_EVENT_WINDOW_MS, (event) => gateway.announce(event));
  marketData.attach((key, doubt) => prices.note(key, doubt));
  exchanges.attach(
    (change) => {
      if (change.kind === "phase") recorder?.phase(change.exchange, change.phase, change.day);
      gateway.announce(change);
    },
    (keys) => gateway.markStale((key) => keys.has(key)),
    lookAtInstruments,
  );
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
    ...interfaces,
    candles,
    latency,
    detach() {
      detachCalendar();
      detachInstruments();
    },
  };
}

/** Made-up prices never stand beside live ones. */
function recordingsOf(
  { recordedDays, source }: PipelineOptions,
): RecordedCandlesOptions["files"] | undefined {
  return recordedDays && (async () => (await recordedDays()).filter((file) => file.source === source));
}

function among(keys: readonly InstrumentKey[]): (key: InstrumentKey) => boolean {
  const set = new Set(keys);
  return (key) => set.has(key);
}
