import { getLogger } from "@logtape/logtape";
import { openAccess, watchAccess } from "../access/access_file.ts";
import { systemClock } from "../util/clock.ts";
import { type Config, ConfigError } from "../config/config.ts";
import { hostAddresses } from "../config/host_addresses.ts";
import { createInstrumentCatalog, type InstrumentCatalogOptions } from "../instruments/catalog.ts";
import { WELL_KNOWN } from "../instruments/symbols.ts";
import type { Instruments } from "../instruments/instrument.ts";
import { openWatchlist, tokensByExchange } from "../instruments/watchlist.ts";
import { hoursOf } from "../market/instrument_hours.ts";
import type { InstrumentKey } from "../market/market.ts";
import { watchCalendar } from "../market/open_calendar.ts";
import { startProxy } from "../proxy.ts";
import { recordingsIn } from "../recording/folder.ts";
import { Recorder } from "../recording/recorder.ts";
import { ReplayFeed } from "../replay/replay_feed.ts";
import { isLoopback } from "../server/address.ts";
import { readCertificate, watchCertificate } from "../server/certificate.ts";
import type { DataSource } from "../smartapi/data_calls.ts";
import { MASTER_URL } from "../smartapi/endpoints.ts";
import type { Source } from "../status/proxy_status.ts";
import { createAccount } from "../upstream/account/account.ts";
import { BrokerUpstream } from "../upstream/broker/broker_upstream.ts";
import { createBrokerData } from "../upstream/data/broker_data.ts";
import { createCandleCache } from "../upstream/data/candle_cache.ts";
import { CandleStore } from "../upstream/data/candle_store.ts";
import { DEFAULT_POLICY } from "../upstream/policy.ts";
import { asConfigError, type Context, loadCalendar, type Running, sourceFor } from "./bootstrap.ts";
import { simulatedCredentials, watchCredentials } from "./credentials.ts";
import { openRecordedDay } from "./recorded_day.ts";
import { startSimulatorFor } from "./simulate.ts";

/** The broker's own list has some 150,000 rows; a third of that is no list. */
const MIN_MASTER_ROWS = 50_000;

const log = getLogger(["proxy"]);

/** The proxy, with its account or with a simulated market. */
export async function serve(config: Config, { settings, version, staticFolder }: Context): Promise<Running> {
  const simulator = config.demo ? await startSimulatorFor(config, 0) : undefined;
  const restUrl = simulator?.restUrl ?? config.restUrl;
  const streamUrl = simulator?.streamUrl ?? config.streamUrl;
  const played = config.replay.day === undefined
    ? undefined
    : await openRecordedDay("REPLAY", config.replay.day, config);
  const source = played === undefined ? sourceFor({ restUrl, streamUrl }) : "replay";
  if (source === "simulated") log.warn("SIMULATED FEED: the prices are made up");
  if (played !== undefined) {
    log.warn("REPLAY: the prices are those of {date}, recorded from a {recorded} feed", {
      date: played.date,
      recorded: played.day.source,
    });
  }
  const catalog = createInstrumentCatalog({
    clock: systemClock,
    random: Math.random,
    builtIn: WELL_KNOWN,
    ...simulator ? { url: simulator.instrumentsUrl } : listOf(config, played?.day.source ?? source),
  });
  catalog.start();
  const feed = played && await ReplayFeed.open({
    ...played,
    speed: config.replay.speed,
    clock: systemClock,
    instruments: catalog.instruments,
  });
  const instruments = feed?.instruments ?? catalog.instruments;
  const chosen = settings.valuesWith(settings.file.values).WATCHLIST;
  const words = simulator && !chosen
    ? tokensByExchange(simulator.instruments.filter(({ ofChain }) => !ofChain))
    : config.watchlist;
  // The demo's list is at hand; another may take a while, and is waited for only where a name needs it.
  if (simulator) await catalog.ready;
  const watchlist = feed?.instruments.watchlist ??
    await openWatchlist(words, catalog, systemClock).catch((error: Error) => {
      throw new ConfigError([`WATCHLIST: ${error.message}`]);
    });
  const access = await asConfigError(
    "ACCESS_TOKENS_FILE",
    config.access.tokensFile,
    () => openAccess(config.access, systemClock),
  );
  const { tls } = config;
  const certificate = tls && await asConfigError("TLS_CERT or TLS_KEY", tls.cert, () => readCertificate(tls));
  const calendar = await loadCalendar(config, played?.day.source ?? source);
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
  const proxy = startProxy({
    host: config.host,
    port: config.port,
    limits: config.limits,
    allowedOrigins: config.access.origins,
    access,
    certificate,
    upstream: feed ?? upstream,
    marketClock: feed?.market,
    replayed: feed && (() => feed.report()),
    closeSmartStreamWhenDown: config.closeWhenDown,
    data: config.shareRest && feed === undefined
      ? withCandles(data, config, restUrl, instruments)
      : undefined,
    batchMs: config.batchMs,
    watchlist,
    instruments,
    calendar,
    source,
    version,
    staticFolder,
    clock: systemClock,
    recorder: recorderOf(config, source, version),
    recordings: recordingsIn(config.instruments.folder),
  });
  const s = tls === undefined ? "" : "s";
  log.info("see http{s}://localhost:{port} or connect to ws{s}://localhost:{port}", { s, port: proxy.port });
  if (access === undefined && !isLoopback(config.host)) {
    log.warn(
      "everyone on this network may connect and read the prices: HOST=127.0.0.1 keeps them out, and so does ACCESS_TOKEN",
    );
  }
  const watches = [
    config.demo || feed ? () => {} : watchCredentials(config, settings, (credentials) => {
      account.changeCredentials(credentials);
      upstream.reconnect({ kind: "renewed", message: "the credentials have changed" });
    }),
    config.calendar === undefined ? () => {} : watchCalendar(config.calendar, calendar, systemClock),
    access ? watchAccess(config.access, access, systemClock, () => proxy.recheckAccess()) : () => {},
    tls
      ? watchCertificate(tls, systemClock, (certificate) => proxy.changeCertificate(certificate))
      : () => {},
  ];
  return {
    async stop() {
      for (const endWatch of watches) endWatch();
      await catalog.stop();
      await proxy.stop();
      await simulator?.stop();
    },
  };
}

/** Keeps candles on disk, apart for each broker; those of the demo, which ends with the process, are not kept. */
function withCandles(
  source: DataSource,
  config: Config,
  restUrl: string,
  instruments: Instruments,
): DataSource {
  if (config.demo) return source;
  const host = new URL(restUrl).host.replace(/[^\w.-]/g, "_");
  const store = new CandleStore(`${config.instruments.folder}/candles/${host}`);
  const symbolOf = (key: InstrumentKey) => instruments.symbolOf(key);
  return createCandleCache({ source, store, clock: systemClock, symbolOf });
}

/** The broker's list for its own feed, or what was named; any other feed has the few names that are built in. */
function listOf(
  { instruments: { url, file, folder } }: Config,
  source: Source,
): Pick<InstrumentCatalogOptions, "url" | "file" | "folder" | "minRows"> {
  return {
    url: url ?? (source === "live" ? MASTER_URL : undefined),
    file,
    folder,
    minRows: url === undefined && file === undefined ? MIN_MASTER_ROWS : undefined,
  };
}

/** Keeps what comes, where the owner wants it kept. */
function recorderOf({ instruments, record }: Config, source: Source, version: string): Recorder | undefined {
  // What is replayed is recorded already.
  if (record.exchanges.length === 0 || source === "replay") return undefined;
  const folder = recordingsIn(instruments.folder);
  log.info("recording to {folder}", { folder });
  return new Recorder({
    folder,
    source,
    version,
    bounds: { bytes: record.maxBytes, days: record.days },
    exchanges: record.exchanges,
    clock: systemClock,
  });
}
