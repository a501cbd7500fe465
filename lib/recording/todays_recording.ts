import { istDate } from "../market/ist.ts";
import type { Exchange } from "../market/market.ts";
import { fileOf } from "./folder.ts";
import { type BlockHeader, isSameBlock } from "./format.ts";
import type { KnownScans } from "./known_scans.ts";
import { RecordedDay } from "./reader.ts";
import type { Recorder, RecordingMark } from "./recorder.ts";
import type { Recorded } from "./records.ts";

/** A packet that reached the clients when it came: a believed one, or one of which a part was doubted. */
export interface RecordedPacket {
  /** When it came, ms since the Unix epoch. */
  readonly at: number;
  /** A view: it is good until the next piece is read. */
  readonly packet: Uint8Array;
  /** What was said against it. */
  readonly reason?: string;
}

/** What was missed, between two moments in ms since the Unix epoch. */
export interface MissedTime {
  readonly from: number;
  readonly to: number;
}

/** The next part of a recording. */
export interface RecordingPart {
  readonly packets: readonly RecordedPacket[];
  readonly missed: readonly MissedTime[];
}

/** The recording that is being written, for those who want to read what it has so far. */
export class TodaysRecording {
  /** @param known Remembers where the blocks of the file are. */
  constructor(private readonly recorder: Recorder, private readonly known?: KnownScans) {}

  records(exchange: Exchange): boolean {
    return this.recorder.records(exchange);
  }

  /** Reads from a moment of today on. */
  open(from: number): TodaysReader {
    return new TodaysReader(this.recorder, from, this.known);
  }
}

/**
 * Reads a recording while it is written, up to one mark after the other: what was recorded before a mark is read before
 * it, and what comes after it is not. Who listens to the live ticks from a mark on misses none, and gets none twice.
 */
export class TodaysReader implements AsyncDisposable {
  #date: string;
  #day: RecordedDay | undefined;
  #next = 0;
  #mark: RecordingMark | undefined;
  #isWritten = false;
  #isReached = true;
  /** Since when nothing is known, where a record of a start does not say it. */
  #last: number;

  constructor(
    private readonly recorder: Recorder,
    private readonly from: number,
    private readonly known?: KnownScans,
  ) {
    this.#date = istDate(from);
    this.#last = from;
  }

  /** From here on, up to this moment is read. */
  mark(): void {
    this.#mark = this.recorder.mark();
    this.#isWritten = false;
    this.#isReached = this.#mark === undefined || this.#hasRead(this.#mark);
  }

  /**
   * @returns Undefined when the mark is reached.
   * @throws {Error} It cannot be read.
   */
  async read(): Promise<RecordingPart | undefined> {
    if (this.#isReached) return undefined;
    if (!this.#isWritten) await this.recorder.flush();
    this.#isWritten = true;
    const block = await this.#nextBlock();
    if (block === undefined) {
      // The disk did not take the marked block.
      this.#isReached = true;
      const to = this.#mark!.header.to;
      return { packets: [], missed: to >= this.from ? [{ from: this.#last, to }] : [] };
    }
    const { header } = block;
    const date = this.#date;
    this.#isReached = isSame({ date, header }, this.#mark!);
    this.#lastRead = { date, header };
    if (header.to < this.from) return { packets: [], missed: [] };
    const records = await this.#day!.readBlock(block);
    const before = this.#last;
    this.#last = Math.max(this.#last, header.to);
    if (records === undefined) {
      return { packets: [], missed: [{ from: Math.max(before, header.from), to: header.to }] };
    }
    return this.#partOf(records, before);
  }

  #lastRead: { readonly date: string; readonly header: BlockHeader } | undefined;

  #hasRead(mark: RecordingMark): boolean {
    return this.#lastRead !== undefined && isSame(this.#lastRead, mark);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#day?.[Symbol.dispose]();
    this.#day = undefined;
    return Promise.resolve();
  }

  async #nextBlock() {
    for (;;) {
      this.#day ??= await this.#open();
      const block = this.#day?.blocks[this.#next];
      if (block !== undefined) {
        this.#next++;
        return block;
      }
      const count = this.#day?.blocks.length ?? 0;
      await this.#day?.look();
      if ((this.#day?.blocks.length ?? 0) > count) continue;
      const { date } = this.#mark!;
      if (date <= this.#date) return undefined;
      // It goes on in the file of the next day.
      this.#day?.[Symbol.dispose]();
      this.#day = undefined;
      this.#date = date;
      this.#next = 0;
    }
  }

  async #open(): Promise<RecordedDay | undefined> {
    try {
      const path = fileOf(this.recorder.folder, this.#date, this.recorder.source);
      return await RecordedDay.open(path, this.known);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  #partOf(records: readonly Recorded[], before: number): RecordingPart {
    const packets: RecordedPacket[] = [];
    const missed: MissedTime[] = [];
    let last = before;
    for (const record of records) {
      if (record.kind === "event") {
        const { event } = record;
        // They stand before everything else, also before a start.
        if (event.kind === "phase") continue;
        if (event.kind === "up" || event.kind === "lost") missed.push({ from: event.from, to: event.to });
        else if (event.kind === "start") missed.push({ from: last, to: record.at });
      } else if (record.at >= this.from) packets.push(record);
      last = Math.max(last, record.at);
    }
    return { packets, missed: missed.filter(({ from, to }) => to > this.from && to > from) };
  }
}

function isSame(a: RecordingMark, b: RecordingMark): boolean {
  return a.date === b.date && isSameBlock(a.header, b.header);
}
