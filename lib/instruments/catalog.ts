import { getLogger } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";
import { networkWords } from "../util/network_words.ts";
import { printable } from "../util/printable.ts";
import { istDay } from "../market/day.ts";
import { istTimestamp } from "../market/ist.ts";
import { type Exchange, isIndexToken, splitKey } from "../market/market.ts";
import { builtInTable } from "./built_in.ts";
import { download } from "./download.ts";
import { DownloadCopy } from "./download_copy.ts";
import type { Instruments, InstrumentStatus } from "./instrument.ts";
import { fileChunks, type MasterReading, readMaster } from "./master_file.ts";
import { lastListAt, listAge, nextListAt } from "./list_age.ts";
import type { ResolveOptions } from "./resolver/resolve.ts";
import type { NamedInstrument } from "./symbols.ts";

export interface InstrumentCatalogOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Where the broker's master is; without it nothing is fetched. */
  readonly url?: string | undefined;
  /** A master of the owner's, instead of any download. */
  readonly file?: string | undefined;
  /** Where the last good download is kept; made when it is needed. Without one nothing is kept. */
  readonly folder?: string | undefined;
  /** What is known before there is a master. */
  readonly builtIn: readonly NamedInstrument[];
  /** A download with fewer rows is not believed; by default one will do, for simulated masters are small. */
  readonly minRows?: number | undefined;
  readonly fetch?: typeof fetch;
}

/** Holds today's instruments, and sees to it that they are today's. */
export interface InstrumentCatalog {
  /** What is known at the moment; the whole of it changes at once when another master is taken up. */
  readonly instruments: Instruments;
  start(): void;
  /** Settles when there is a master, or the first try for one has failed. Never rejects. */
  readonly ready: Promise<void>;
  /** Sets who is told after each try for a list, of a morning too: names may lead elsewhere since. */
  attach(looked: () => void): void;
  stop(): Promise<void>;
}

/** The kept download, within the folder; its time of change is when it was fetched. */
export const KEPT_NAME = "instruments.json";

/** A failed try is repeated after a time that doubles, of which half is chance. */
const RETRY_BASE_MS = 30_000;
const RETRY_CAP_MS = 15 * 60_000;

/** Waits are made of shorter ones, so that a machine that slept does not oversleep. */
const HOP_MS = 10 * 60_000;

/** A master that has lost half of its rows since the last one is not believed, unless that one is this old. */
const BELIEVED_MS = 7 * 86_400_000;

/**
 * A master that is older lacks contracts that were listed since, so what it lacks may exist. A day, and the time in
 * which that of the next morning comes.
 */
const COMPLETE_MS = 25 * 3_600_000;

const log = getLogger(["instruments"]);

export function createInstrumentCatalog(options: InstrumentCatalogOptions): InstrumentCatalog {
  const { clock, random } = options;
  const builtIn = builtInTable(options.builtIn);
  let table = builtIn;
  let origin: Omit<InstrumentStatus, "rows"> = { source: "built-in" };
  const listeners = new Set<() => void>();
  let failures = 0;
  let disarm = () => {};
  /** The try for a list that is under way, or the last one. */
  let attempt: Promise<void> | undefined;
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  let looked = () => {};
  const keptPath = options.folder === undefined ? undefined : `${options.folder}/${KEPT_NAME}`;

  const instruments: Instruments = {
    symbolOf: (key) => table.symbolOf(key) ?? builtIn.symbolOf(key) ?? splitKey(key).token,
    get: (key) => table.get(key),
    tradedAs(key, at) {
      const traded = table.tradedAs(key, at);
      // What every list holds is an index, whether this one has been read or not.
      return traded.kind === undefined && isIndexToken(splitKey(key).token) ? { kind: "index" } : traded;
    },
    resolve: (word, exchange) => table.resolve(word, resolveOptions(exchange)),
    underlying: (word, exchange) => table.underlying(word, resolveOptions(exchange)),
    strikes: (underlying, expiry) => table.strikes(underlying, expiry),
    mayTick: (key) => table.mayTick(key, istDay(clock.now())) ?? !instruments.complete,
    search: (query, limit, exchange) => table.search(query, { limit, exchange, today: istDay(clock.now()) }),
    get complete() {
      return origin.asOf !== undefined && clock.now() - origin.asOf < COMPLETE_MS;
    },
    status: () => ({ rows: table.rows, ...origin }),
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };

  function resolveOptions(exchange: Exchange | undefined): ResolveOptions {
    return { exchange, today: istDay(clock.now()), list: listAge(instruments, clock.now()) };
  }

  function adopt({ table: next, report }: MasterReading, from: Omit<InstrumentStatus, "rows">): void {
    table = next;
    origin = from;
    ready.resolve();
    log.info("{rows} instruments ({source}, of {asOf} IST)", {
      rows: next.rows,
      source: from.source,
      asOf: istTimestamp(from.asOf ?? clock.now()),
    });
    if (report.unusual) log.warn("the list of instruments has odd rows: {report}", { report: `${report}` });
    else if (report.leftOut > 0) log.debug("of the list of instruments, {report}", { report: `${report}` });
    if (from.source === "file") warnOfAge();
    for (const changed of listeners) changed();
  }

  function warnOfAge(): void {
    if (instruments.complete) return;
    log.warn("the owner's list of instruments is {age}: numbers that it lacks are accepted all the same", {
      age: listAge(instruments, clock.now()).text,
    });
  }

  async function begin(): Promise<void> {
    if (options.file === undefined && keptPath !== undefined) await readKept(keptPath);
    if (origin.asOf === undefined || origin.asOf < lastListAt(clock.now())) await refresh();
    else waitUntil(nextListAt(clock.now(), random));
  }

  async function refresh(): Promise<void> {
    try {
      if (options.file !== undefined) await readOwn(options.file);
      else if (options.url !== undefined) await fetchMaster(options.url);
      failures = 0;
      waitUntil(nextListAt(clock.now(), random));
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (origin.source === "download") origin = { ...origin, source: "kept" };
      const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures++, 30));
      const delay = ceiling / 2 * (1 + random());
      log.warn(
        "no new instrument master: {reason}; {rows} instruments ({source}) stay; next try in {seconds} s",
        {
          reason: reasonOf(error),
          ...instruments.status(),
          seconds: Math.ceil(delay / 1000),
        },
      );
      waitUntil(clock.now() + delay);
    } finally {
      ready.resolve();
      looked();
    }
  }

  async function readKept(path: string): Promise<void> {
    try {
      const asOf = await changedAt(path);
      const reading = await readMaster(fileChunks(path), stopping.signal);
      if (reading.table.rows > 0) adopt(reading, { source: "kept", asOf });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || stopping.signal.aborted) return;
      log.warn("the kept instrument master is of no use and is fetched anew: {reason}", {
        reason: reasonOf(error),
      });
    }
  }

  async function readOwn(path: string): Promise<void> {
    const asOf = await changedAt(path);
    if (origin.source === "file" && asOf === origin.asOf) return warnOfAge();
    const reading = await readMaster(fileChunks(path), stopping.signal);
    if (reading.table.rows === 0) throw new Error(withReport(`${path} has no rows of use`, reading));
    adopt(reading, { source: "file", asOf });
  }

  async function fetchMaster(url: string): Promise<void> {
    const asOf = clock.now();
    const copy = keptPath === undefined ? undefined : new DownloadCopy(keptPath);
    try {
      const chunks = download(url, { clock, fetch: options.fetch ?? fetch, signal: stopping.signal });
      const reading = await readMaster(copy?.of(chunks) ?? chunks, stopping.signal);
      check(reading);
      await copy?.keep(asOf);
      adopt(reading, { source: "download", asOf });
    } finally {
      await copy?.discard();
    }
  }

  function check(reading: MasterReading): void {
    const { table: next } = reading;
    const least = options.minRows ?? 1;
    if (next.rows < least) throw new Error(withReport(`${next.rows} rows, not ${least} at least`, reading));
    if (!next.hasIndices("nse")) throw new Error("no index of the NSE among the rows");
    const isOld = clock.now() - (origin.asOf ?? -Infinity) > BELIEVED_MS;
    if (!isOld && next.rows < table.rows / 2) {
      throw new Error(`${next.rows} rows, where there were ${table.rows}`);
    }
  }

  function waitUntil(at: number): void {
    if (stopping.signal.aborted) return;
    disarm = clock.after(Math.min(HOP_MS, Math.max(0, at - clock.now())), () => {
      if (clock.now() < at) waitUntil(at);
      else attempt = refresh();
    });
  }

  return {
    instruments,
    ready: ready.promise,
    attach(listener) {
      looked = listener;
    },
    start() {
      attempt = begin();
    },
    async stop() {
      disarm();
      stopping.abort(new Error("stopped"));
      await attempt;
      disarm();
      ready.resolve();
    },
  };
}

/** With the rows that were left out, which may be the cause. */
function withReport(problem: string, { report }: MasterReading): string {
  return report.leftOut > 0 ? `${problem}; ${report}` : problem;
}

async function changedAt(path: string): Promise<number | undefined> {
  return (await Deno.stat(path)).mtime?.getTime();
}

/** Of an error of the network, the cause says what happened. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : networkWords(error, { of: printable });
}
