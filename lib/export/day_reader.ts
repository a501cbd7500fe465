import { boundsOfDay, nextDay } from "../market/day_range.ts";
import type { Tick } from "../market/market.ts";
import type { RecordingFile } from "../recording/folder.ts";
import { mayHold } from "../recording/instrument_filter.ts";
import type { BlockSource } from "../recording/recorded_file.ts";
import type { BlockEntry } from "../recording/scan.ts";
import type { Recorded } from "../recording/records.ts";
import { createPacketDecoder, PacketRefusal } from "../smartapi/packet.ts";
import { type BadPart, readBlocks } from "./blocks.ts";
import type { TickRow } from "./columns.ts";
import { type Gap, GapFinder, type Sequel } from "./gaps.ts";
import type { Selection } from "./selection.ts";

/** What is wanted of a day. */
export interface Wanted {
  /** By the time of arrival, ms since the Unix epoch: `from` included, `to` not. */
  readonly from: number;
  readonly to: number;
  readonly selection: Selection;
  /** Without them, only the blocks are read that hold something else. */
  readonly ticks: boolean;
}

/** What was read of a day, one block after the other. */
export interface DayPart {
  readonly rows: readonly TickRow[];
  readonly gaps: readonly Gap[];
  readonly bad?: BadPart;
  /** How far in the file that is, in bytes. */
  readonly doneBytes: number;
}

/**
 * Reads a day's ticks and gaps in the order in which they came, one block at a time, so that memory does not grow with
 * the day. Events before the range are read as well: they name the instruments, and say what was down.
 */
export async function* readDay(
  day: BlockSource,
  date: string,
  sequel: Sequel,
  wanted: Wanted,
): AsyncGenerator<DayPart> {
  const { selection } = wanted;
  const midnight = boundsOfDay(date);
  const finder = new GapFinder(midnight);
  const decode = createPacketDecoder();
  const within = (gaps: readonly Gap[]) =>
    gaps.flatMap((gap) =>
      gap.from < wanted.to && (gap.to ?? Infinity) > wanted.from ? narrowed(gap, selection) : []
    );
  let doneBytes = 0;
  let before: BlockEntry | undefined;
  const look = (block: BlockEntry) => {
    // Of a block that is passed by, too, the header says when its last record came.
    if (before !== undefined) finder.sawUntil(before.header.to);
    before = block;
    return isWanted(block, wanted);
  };
  for await (const piece of readBlocks(day, midnight.from, look)) {
    if (piece.kind === "bad") {
      const { part } = piece;
      const gaps = within([{ kind: "damaged", from: part.from, to: part.to, reason: part.reason }]);
      doneBytes = part.bytes.to;
      // What lacks another time is none of this one's business.
      yield { rows: [], gaps, ...gaps.length > 0 ? { bad: part } : {}, doneBytes };
      continue;
    }
    const rows: TickRow[] = [];
    const gaps: Gap[] = [];
    for (const record of piece.records) {
      if (record.kind === "event") {
        if (record.event.kind === "subscribed") selection.note(record.event);
        gaps.push(...finder.event(record.event, record.at));
      } else if (record.kind === "tick" && wanted.ticks) {
        const tick = wantedTick(record, wanted, decode);
        if (tick !== undefined) rows.push({ source: day.source, tick, symbol: selection.symbolOf(tick.key) });
      }
    }
    doneBytes = piece.block.offset;
    yield { rows, gaps: within(gaps), doneBytes };
  }
  if (before !== undefined) finder.sawUntil(before.header.to);
  yield { rows: [], gaps: within(finder.end(sequel)), doneBytes };
}

function isWanted({ header }: BlockEntry, { from, to, selection, ticks }: Wanted): boolean {
  if (header.ticks < header.records) return true;
  if (!ticks || header.to < from || header.from >= to) return false;
  return selection.keys === undefined || mayHold(header.filter, selection.keys);
}

function wantedTick(
  { at, packet }: Extract<Recorded, { kind: "tick" }>,
  { from, to, selection }: Wanted,
  decode: ReturnType<typeof createPacketDecoder>,
): Tick | undefined {
  if (at < from || at >= to) return undefined;
  const tick = decode(packet, at);
  // What once gave a tick gives one again; other packets are not recorded as ticks.
  if (tick instanceof PacketRefusal || tick.mode === "depth20") return undefined;
  return selection.wants(tick.key) ? tick : undefined;
}

/** The gap with those of its instruments that are wanted; none where it has some, but none of these. */
function narrowed(gap: Gap, selection: Selection): Gap[] {
  const keys = gap.keys?.filter((key) => selection.wants(key));
  return keys?.length === 0 ? [] : [{ ...gap, keys }];
}

/**
 * What follows on a day's recording.
 *
 * @param files All recordings of that source.
 * @param beginsAnew Whether a recording begins with a start of the proxy, and not with what went on over midnight.
 */
export async function sequelOf(
  { date }: RecordingFile,
  files: readonly RecordingFile[],
  beginsAnew: (file: RecordingFile) => Promise<boolean>,
): Promise<Sequel> {
  if (!files.some((file) => file.date > date)) return "none";
  const next = files.find((file) => file.date === nextDay(date));
  return next === undefined || await beginsAnew(next) ? "begins_anew" : "goes_on";
}
