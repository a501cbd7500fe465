import { isOldTick } from "../feed/freshness.ts";
import { DAY_MS } from "../market/ist.ts";
import { boundsOfDay } from "../market/day_range.ts";
import type { HoursOf } from "../market/instrument_hours.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { RecordingFile } from "../recording/folder.ts";
import type { KnownScans } from "../recording/known_scans.ts";
import { RecordedDay } from "../recording/reader.ts";
import type { Recorded } from "../recording/records.ts";
import { createPacketDecoder, PacketRefusal } from "../smartapi/packet.ts";
import type { Clock } from "../util/clock.ts";
import { SharedTurns } from "../util/pace.ts";
import type { SourcedBar } from "./candle.ts";
import { SeenCandles } from "./seen_candles.ts";
import type { Span } from "./seen_spans.ts";

/** The recording of a day is read again when it is so old; what came since was seen by this process. */
const READ_AGAIN_AFTER_MS = 60_000;

/** Why a packet was marked whose price is as good as any. */
const ONLY_ITS_BOOK = "crossed_book";

/** What a recording tells of one instrument and day. */
export interface RecordedStretch {
  readonly day: string;
  readonly minutes: readonly SourcedBar[];
  readonly seconds: readonly SourcedBar[];
  readonly isWhole: (span: Span) => boolean;
}

export interface RecordedCandlesOptions {
  /** The recordings whose prices may be shown, one for each day. */
  readonly files: () => Promise<readonly Pick<RecordingFile, "date" | "path">[]>;
  readonly clock: Clock;
  readonly hours: HoursOf;
  /** Remembers where the blocks of recordings stand. */
  readonly known?: KnownScans | undefined;
  /** Writes what waits to be written; undefined where nothing is recorded any more. */
  readonly flush?: (() => Promise<void>) | undefined;
}

/** Candles of recordings, made by the same rules as those of ticks that are seen now. */
export class RecordedCandles {
  readonly #options: RecordedCandlesOptions;
  /** Of all that read: a block of one of them is unpacked or looked at in a round of the event loop. */
  readonly #turns = new SharedTurns();
  /** What was read last, by instrument and day: its elapsed time, and what it gave. */
  readonly #read = new Map<
    string,
    { readonly at: number; readonly stretch: Promise<RecordedStretch | undefined> }
  >();

  constructor(options: RecordedCandlesOptions) {
    this.#options = options;
  }

  /** What was recorded of an instrument on a day; undefined for nothing that can be read. */
  read(key: InstrumentKey, day: string): Promise<RecordedStretch | undefined> {
    const now = this.#options.clock.elapsed();
    for (const [other, { at }] of this.#read) if (now - at > READ_AGAIN_AFTER_MS) this.#read.delete(other);
    const what = `${key} ${day}`;
    const known = this.#read.get(what);
    if (known !== undefined) return known.stretch;
    const stretch = this.#readDay(key, day).catch(() => undefined);
    this.#read.set(what, { at: now, stretch });
    return stretch;
  }

  /** The days that were recorded, oldest first. */
  async days(): Promise<string[]> {
    const files = await this.#options.files().catch(() => []);
    return files.map(({ date }) => date).sort();
  }

  async #readDay(key: InstrumentKey, date: string): Promise<RecordedStretch | undefined> {
    const { files, hours, flush, known } = this.#options;
    const file = (await files()).find((each) => each.date === date);
    if (file === undefined) return undefined;
    await flush?.();
    let at = boundsOfDay(date).from;
    const clock: Clock = { now: () => at, elapsed: () => 0, after: () => () => {} };
    const seen = new SeenCandles({ clock, hours, keptSeconds: DAY_MS / 1000 });
    seen.keepSeconds(key);
    const note = recordReader(seen, key);
    using recording = await RecordedDay.open(file.path, known);
    const turn = () => this.#turns.next();
    for await (const piece of recording.read({ keys: new Set([key]) }, turn)) {
      if (piece.kind === "damage") seen.lost([key], at);
      else {
        for (const record of piece.records) {
          at = record.at;
          note(record);
        }
      }
      await turn();
    }
    // What comes after its last record is not in it.
    seen.lost([key], at);
    const spans = seen.spans(key);
    const bars = (base: "1m" | "1s") =>
      seen.bars(key, base, 0, Infinity).map((bar): SourcedBar => ({ ...bar, origin: "recording" }));
    return {
      day: date,
      minutes: bars("1m"),
      seconds: bars("1s"),
      isWhole: (span) => spans?.covers(span) ?? false,
    };
  }
}

/** Hands the records on that are about an instrument, as the feed did when they came. */
function recordReader(seen: SeenCandles, key: InstrumentKey): (record: Recorded) => void {
  const decode = createPacketDecoder();
  return (record) => {
    if (
      record.kind === "tick" ||
      (record.kind === "refused" && record.key === key && record.reason === ONLY_ITS_BOOK)
    ) {
      const tick = decode(record.packet, record.at);
      if (tick instanceof PacketRefusal || tick.mode === "depth20") return;
      seen.tick(tick, isOldTick(tick, 0));
    } else if (record.kind === "event") {
      const { event } = record;
      if (event.kind === "down" && event.keys.includes(key)) seen.lost([key], event.since);
      else if (event.kind === "start" || event.kind === "stop") seen.lost([key], record.at);
      else if (event.kind === "lost") seen.lost([key], event.from);
      else if (event.kind === "subscribed" && event.ended.includes(key)) seen.lost([key], record.at);
    }
  };
}
