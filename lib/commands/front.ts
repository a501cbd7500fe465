import { getLogger } from "@logtape/logtape";
import { openAccess, watchAccess } from "../access/access_file.ts";
import { type Config, ConfigError } from "../config/config.ts";
import {
  createInstrumentCatalog,
  type InstrumentCatalog,
  type InstrumentCatalogOptions,
} from "../instruments/catalog.ts";
import type { Instruments } from "../instruments/instrument.ts";
import type { Watchlist } from "../clients/instrument_selection.ts";
import { WELL_KNOWN } from "../instruments/symbols.ts";
import { openWatchlist } from "../instruments/watchlist.ts";
import { recentLines } from "../log/log.ts";
import { watchCalendar } from "../market/open_calendar.ts";
import type { Proxy, ProxyOptions } from "../proxy.ts";
import { recordingsIn } from "../recording/folder.ts";
import { Recorder } from "../recording/recorder.ts";
import { isLoopback } from "../server/address.ts";
import { readCertificate, watchCertificate } from "../server/certificate.ts";
import { MASTER_URL } from "../smartapi/endpoints.ts";
import type { Source } from "../status/proxy_status.ts";
import { systemClock } from "../util/clock.ts";
import { asConfigError, type Context, loadCalendar } from "./bootstrap.ts";

/** The broker's own list has some 150,000 rows; a third of that is no list. */
const MIN_MASTER_ROWS = 50_000;

const log = getLogger(["proxy"]);

/** What clients meet, wherever the ticks come from. */
export interface Front {
  /** What a proxy needs beside its upstream. */
  readonly options: Omit<ProxyOptions, "upstream">;
  /** Says where the proxy is, and takes over files that change. The answer ends that. */
  attend(proxy: Proxy): () => void;
}

export interface FrontGiven {
  readonly source: Source;
  readonly catalog: InstrumentCatalog;
  /** Whose hours count, if not those of the source. */
  readonly calendarOf?: Source;
  /** In place of those of the catalog. */
  readonly instruments?: Instruments;
  /** In place of the configured words for the watch list. */
  readonly words?: Config["watchlist"];
  /** In place of what those words lead to. */
  readonly watchlist?: Watchlist;
}

/** Opens the list of instruments. @param given A simulator's list is at hand; another may take a while. */
export async function openList(
  config: Config,
  { source, simulatedUrl }: { readonly source: Source; readonly simulatedUrl?: string | undefined },
): Promise<InstrumentCatalog> {
  const catalog = createInstrumentCatalog({
    clock: systemClock,
    random: Math.random,
    builtIn: WELL_KNOWN,
    ...simulatedUrl === undefined ? listOf(config, source) : { url: simulatedUrl },
  });
  catalog.start();
  if (simulatedUrl !== undefined) await catalog.ready;
  return catalog;
}

/**
 * Opens everything that the configuration names for clients.
 *
 * @throws {ConfigError} One of it cannot be used.
 */
export async function openFront(
  config: Config,
  { staticFolder, version }: Context,
  { source, catalog, calendarOf = source, words = config.watchlist, ...given }: FrontGiven,
): Promise<Front> {
  // The list is waited for only where a name needs it.
  const watchlist = given.watchlist ??
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
  const calendar = await loadCalendar(config, calendarOf);
  const options = {
    host: config.host,
    port: config.port,
    limits: config.limits,
    allowedOrigins: config.access.origins,
    access,
    certificate,
    closeSmartStreamWhenDown: config.closeWhenDown,
    batchMs: config.batchMs,
    watchlist,
    instruments: given.instruments ?? catalog.instruments,
    calendar,
    source,
    version,
    staticFolder,
    recentLog: recentLines,
    clock: systemClock,
    recorder: recorderOf(config, source, version),
    recordings: recordingsIn(config.instruments.folder),
  };

  function attend(proxy: Proxy): () => void {
    const s = tls === undefined ? "" : "s";
    log.info("see http{s}://localhost:{port} or connect to ws{s}://localhost:{port}", {
      s,
      port: proxy.port,
    });
    if (access === undefined && !isLoopback(proxy.host)) {
      log.warn(
        "everyone on this network may connect and read the prices: HOST=127.0.0.1 keeps them out, and so does ACCESS_TOKEN",
      );
    }
    const watches = [
      config.calendar === undefined ? () => {} : watchCalendar(config.calendar, calendar, systemClock),
      access ? watchAccess(config.access, access, systemClock, () => proxy.recheckAccess()) : () => {},
      tls
        ? watchCertificate(tls, systemClock, (certificate) => proxy.changeCertificate(certificate))
        : () => {},
    ];
    return () => watches.forEach((endWatch) => endWatch());
  }
  return { options, attend };
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
