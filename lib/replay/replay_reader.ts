import type { RecordedDay, RecordedPiece } from "../recording/reader.ts";
import type { Recorded } from "../recording/records.ts";

/** A part of the file between two records that cannot be read. */
export interface Unreadable {
  readonly kind: "unreadable";
  /** When the last one before it came. */
  readonly from: number;
  /** When the record behind it came. */
  readonly at: number;
}

export type Replayed = Recorded | Unreadable;

type EventRecord = Extract<Recorded, { kind: "event" }>;

const NO_KEYS: ReadonlySet<never> = new Set();

/**
 * Walks a recorded day from any moment on, in the order in which it came. One block is held at a time; it is read when
 * the one before it is used up.
 */
export class ReplayReader {
  #pieces: AsyncGenerator<RecordedPiece> | undefined;
  #records: readonly Recorded[] = [];
  #at = 0;
  /** When the last record came that was passed. */
  #last = 0;
  #isDamaged = false;
  #isAtEnd = false;

  #events: Promise<EventRecord[]> | undefined;

  /** @param turn Lets other work come in between; waited for before each block is unpacked. */
  constructor(readonly day: RecordedDay, readonly turn: () => Promise<void>) {}

  /** The events that came before a moment, in their order. They are read once; blocks of nothing but ticks are passed by. */
  async events(before = Infinity): Promise<EventRecord[]> {
    this.#events ??= this.#readEvents();
    return (await this.#events).filter(({ at }) => at < before);
  }

  async #readEvents(): Promise<EventRecord[]> {
    const events: EventRecord[] = [];
    for await (const piece of this.day.read({ keys: NO_KEYS }, this.turn)) {
      if (piece.kind === "damage") continue;
      for (const record of piece.records) if (record.kind === "event") events.push(record);
    }
    return events;
  }

  /** Goes on with what came at a moment or after it. */
  seek(from: number): void {
    this.#pieces = this.day.read({ from }, this.turn);
    this.#last = from;
    this.#records = [];
    this.#at = 0;
    this.#isDamaged = false;
    this.#isAtEnd = false;
  }

  /** Whether the next record is at hand, or there is none. */
  get isLoaded(): boolean {
    return this.#at < this.#records.length || this.#isAtEnd;
  }

  /** Reads the next block that has a record. */
  async load(): Promise<void> {
    while (!this.isLoaded) {
      const { done, value } = await this.#pieces!.next();
      if (done) this.#isAtEnd = true;
      else if (value.kind === "damage") this.#isDamaged = true;
      else {
        this.#records = value.records;
        this.#at = 0;
      }
    }
  }

  /** The next record, which is at hand; undefined at the end. */
  get next(): Replayed | undefined {
    const record = this.#records[this.#at];
    return record !== undefined && this.#isDamaged
      ? { kind: "unreadable", from: this.#last, at: record.at }
      : record;
  }

  /** Goes on to the record behind the next one. */
  skip(): void {
    if (this.#isDamaged) this.#isDamaged = false;
    else this.#last = this.#records[this.#at++]!.at;
  }
}
