import { getLogger } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";
import type { SealedBlock } from "./block_builder.ts";
import { DayFile } from "./day_file.ts";
import { type DiskBounds, fileOf, listRecordings, surplus } from "./folder.ts";
import type { RecordedSource } from "./format.ts";
import type { RecordingStatus } from "./recording_status.ts";

export interface BlockWriterOptions {
  readonly folder: string;
  readonly source: RecordedSource;
  readonly bounds: DiskBounds;
  readonly clock: Clock;
  /** Blocks are written again after some were lost. */
  readonly recovered: (lost: Lost) => void;
  /** Opens the file of a day; by default on the disk. */
  readonly open?: typeof DayFile.open;
}

/** What could not be written. Times in ms since the Unix epoch. */
export interface Lost {
  readonly from: number;
  readonly to: number;
  readonly records: number;
  readonly reason: string;
}

interface Waiting {
  readonly date: string;
  readonly block: SealedBlock;
}

/** What a slow disk may owe us; what comes beyond it is lost to the recording. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** After a failure the disk is left alone for this long. */
const RETRY_MS = 30_000;

/** How often the disk is asked to keep what it was given: what a cut of the power may cost beyond the last block. */
export const SYNC_EVERY_MS = 1_000;

const log = getLogger(["recording"]);

/** Writes blocks to the files of their days, one after the other, beside everything else. Never throws. */
export class BlockWriter {
  readonly #options: BlockWriterOptions;
  readonly #queue: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #file: { readonly date: string; readonly day: DayFile } | undefined;
  /** Bytes of all recordings in the folder. */
  #total = 0;
  #records = 0;
  #lostRecords = 0;
  #lost: Lost | undefined;
  #failure: { readonly reason: string; readonly retryAt: number } | undefined;
  #syncedAt = -Infinity;
  #isSyncDue = false;
  #disarmSync: (() => void) | undefined;

  constructor(options: BlockWriterOptions) {
    this.#options = options;
  }

  /** Writes a block in its turn. */
  add(date: string, block: SealedBlock): void {
    const { clock } = this.#options;
    if (this.#failure !== undefined && clock.elapsed() < this.#failure.retryAt) {
      return this.#lose(block, this.#failure.reason);
    }
    if (this.#waitingBytes + block.bytes.length > MAX_WAITING_BYTES) {
      if (this.#lost === undefined) log.error("the disk is too slow for the recording: a part of it is lost");
      return this.#lose(block, "the disk is too slow");
    }
    this.#queue.push({ date, block });
    this.#waitingBytes += block.bytes.length;
    this.#running ??= this.#run();
  }

  /** Settles when all that was added is written, or lost. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async close(): Promise<void> {
    await this.idle();
    await this.#sync().catch((error) => this.#failed(error));
    this.#closeFile();
  }

  status(): RecordingStatus {
    const { folder, bounds } = this.#options;
    return {
      state: this.#failure === undefined ? "recording" : "failing",
      ...this.#failure === undefined ? {} : { reason: this.#failure.reason },
      folder,
      ...this.#file === undefined ? {} : { date: this.#file.date },
      dayBytes: this.#file?.day.bytes ?? 0,
      totalBytes: this.#total,
      maxBytes: bounds.bytes,
      waitingBytes: this.#waitingBytes,
      records: this.#records,
      lost: this.#lostRecords,
    };
  }

  /** There is something to do. */
  async #run(): Promise<void> {
    try {
      for (;;) {
        const next = this.#queue[0];
        if (this.#isSyncDue) await this.#sync();
        else if (next !== undefined) await this.#write(next);
        else return;
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #write({ date, block }: Waiting): Promise<void> {
    const { recovered } = this.#options;
    const day = await this.#open(date);
    await this.#makeRoom(date, block.bytes.length);
    await day.append(block);
    this.#queue.shift();
    this.#waitingBytes -= block.bytes.length;
    this.#total += block.bytes.length;
    this.#records += block.header.records;
    if (this.#failure !== undefined) log.info("recording again");
    this.#failure = undefined;
    const lost = this.#lost;
    this.#lost = undefined;
    if (lost !== undefined) recovered(lost);
    this.#syncSoon();
  }

  /** Each block by itself would cost the disk, and the processor, more than to write it. */
  #syncSoon(): void {
    const { clock } = this.#options;
    const wait = this.#syncedAt + SYNC_EVERY_MS - clock.elapsed();
    if (wait <= 0) this.#isSyncDue = true;
    else {
      this.#disarmSync ??= clock.after(wait, () => {
        this.#isSyncDue = true;
        this.#running ??= this.#run();
      });
    }
  }

  async #sync(): Promise<void> {
    this.#forgetSync();
    this.#syncedAt = this.#options.clock.elapsed();
    await this.#file?.day.sync();
  }

  #forgetSync(): void {
    this.#isSyncDue = false;
    this.#disarmSync?.();
    this.#disarmSync = undefined;
  }

  /** The file of a day; that of another day is closed. */
  async #open(date: string): Promise<DayFile> {
    if (this.#file?.date === date) return this.#file.day;
    const { folder, open = DayFile.open, source } = this.#options;
    await this.#file?.day.sync();
    this.#closeFile();
    // Prices are licensed to the account, and nobody else's business.
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const day = await open(fileOf(folder, date, source), source);
    this.#file = { date, day };
    await this.#dropSurplus(date, 0);
    return day;
  }

  async #makeRoom(date: string, bytes: number): Promise<void> {
    const { bounds } = this.#options;
    if (this.#total + bytes <= bounds.bytes) return;
    await this.#dropSurplus(date, bytes);
    if (this.#total + bytes <= bounds.bytes) return;
    throw new Error(`the recording of ${date} alone has reached RECORD_MAX_GB`);
  }

  async #dropSurplus(date: string, room: number): Promise<void> {
    const { bounds, folder } = this.#options;
    const files = await listRecordings(folder);
    this.#total = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const { path, bytes } of surplus(files, date, bounds, room)) {
      await Deno.remove(path);
      this.#total -= bytes;
      log.info("the recording {path} was deleted: RECORD_DAYS or RECORD_MAX_GB keep no more", { path });
    }
  }

  #failed(error: unknown): void {
    const reason = `the recording cannot be written: ${error instanceof Error ? error.message : error}`;
    if (this.#failure?.reason !== reason) {
      log.error("{reason}; the feed goes on, and this is tried again every {seconds} s. {remedy}", {
        reason,
        seconds: RETRY_MS / 1000,
        remedy: whatWouldDo(error),
      });
    }
    this.#failure = { reason, retryAt: this.#options.clock.elapsed() + RETRY_MS };
    this.#closeFile();
    for (const { block } of this.#queue.splice(0)) this.#lose(block, reason);
    this.#waitingBytes = 0;
  }

  #lose({ header: { from, to, records } }: SealedBlock, reason: string): void {
    this.#lostRecords += records;
    const before = this.#lost;
    this.#lost = {
      from: Math.min(from, before?.from ?? from),
      to: Math.max(to, before?.to ?? to),
      records: records + (before?.records ?? 0),
      reason: before?.reason ?? reason,
    };
  }

  #closeFile(): void {
    this.#forgetSync();
    try {
      this.#file?.day.close();
    } catch {
      // It is given up anyway.
    }
    this.#file = undefined;
  }
}

function whatWouldDo(error: unknown): string {
  return error instanceof Deno.errors.NotCapable
    ? "Choose a DATA_FOLDER in .smartapi-proxy, or give Deno --allow-write for it"
    : "Make room on the disk or the folder writable, or set RECORD_MAX_GB or RECORD_DAYS";
}
