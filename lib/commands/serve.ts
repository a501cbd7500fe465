import { getLogger } from "@logtape/logtape";
import type { Config } from "../config/config.ts";
import { hostAddresses } from "../config/host_addresses.ts";
import type { Instruments } from "../instruments/instrument.ts";
import { tokensByExchange } from "../instruments/watchlist.ts";
import { hoursOf } from "../market/instrument_hours.ts";
import { type InstrumentKey, splitKey } from "../market/market.ts";
import { startProxy } from "../proxy.ts";
import type { DataSource } from "../smartapi/data_calls.ts";
import { FIRST_LIST } from "../simulator/instruments.ts";
import { createAccount } from "../upstream/account/account.ts";
import { BrokerUpstream } from "../upstream/broker/broker_upstream.ts";
import { createBrokerData } from "../upstream/data/broker_data.ts";
import { createCandleCache } from "../upstream/data/candle_cache.ts";
import { CandleStore } from "../upstream/data/candle_store.ts";
import { MemoryCandleStore } from "../upstream/data/memory_store.ts";
import { DEFAULT_POLICY } from "../upstream/policy.ts";
import { systemClock } from "../util/clock.ts";
import { type Context, type Running, sourceFor } from "./bootstrap.ts";
import { simulatedCredentials, watchCredentials } from "./credentials.ts";
import { openFront, openList } from "./front.ts";
import { hubService, openNats } from "./nats.ts";
import { serveReplay } from "./serve_replay.ts";
import { startSimulatorFor } from "./simulate.ts";

const log = getLogger(["proxy"]);

/** The proxy, with its account, with a simulated market, or on a recorded day. */
export async function serve(config: Config, context: Context): Promise<Running> {
  if (config.replay.day !== undefined) return await serveReplay(config.replay.day, config, context);
  const { settings } = context;
  const simulator = config.demo ? await startSimulatorFor(config, 0) : undefined;
  const restUrl = simulator?.restUrl ?? config.restUrl;
  const streamUrl = simulator?.streamUrl ?? config.streamUrl;
  const source = sourceFor({ restUrl, streamUrl });
  if (source === "simulated") log.warn("SIMULATED FEED: the prices are made up");
  const chosen = settings.valuesWith(settings.file.values).WATCHLIST;
  const catalog = await openList(config, { source, simulatedUrl: simulator?.instrumentsUrl });
  const words = simulator && !chosen ? tokensByExchange(FIRST_LIST.map(splitKey)) : config.watchlist;
  const front = await openFront(config, context, { source, catalog, words });
  const { calendar, instruments } = front.options;
  const policy = { ...DEFAULT_POLICY, random: Math.random };
  const account = createAccount({
    credentials: config.credentials ?? simulatedCredentials(),
    restUrl,
    streamUrl,
    addresses: hostAddresses(config.addresses),
    clock: systemClock,
    policy,
  });
  const hours = hoursOf(calendar, instruments);
  const upstream = new BrokerUpstream({
    account,
    clock: systemClock,
    policy,
    maxSockets: config.maxSockets,
    ticking: (key, at) => hours(key, at).continuous,
  });
  const data = createBrokerData(account, systemClock);
  const nats = config.nats.servers && await openNats(config, "hub");
  const proxy = startProxy({
    ...front.options,
    upstream,
    data: config.shareRest ? withCandles(data, config, restUrl, instruments) : undefined,
    hub: nats && hubService(nats, config, source),
  });
  const leave = front.attend(proxy);
  const endWatch = config.demo ? () => {} : watchCredentials(config, settings, (credentials) => {
    account.changeCredentials(credentials);
    upstream.reconnect({ kind: "renewed", message: "the credentials have changed" });
  });
  return {
    async stop() {
      endWatch();
      leave();
      await catalog.stop();
      await proxy.stop();
      await nats?.bus.stop();
      await simulator?.stop();
    },
  };
}

/** Keeps candles on disk, apart for each broker; those of the demo, which ends with the process, in memory. */
function withCandles(
  source: DataSource,
  config: Config,
  restUrl: string,
  instruments: Instruments,
): DataSource {
  const host = new URL(restUrl).host.replace(/[^\w.-]/g, "_");
  const store = config.demo
    ? new MemoryCandleStore()
    : new CandleStore(`${config.instruments.folder}/candles/${host}`);
  const symbolOf = (key: InstrumentKey) => instruments.symbolOf(key);
  return createCandleCache({ source, store, clock: systemClock, symbolOf });
}
