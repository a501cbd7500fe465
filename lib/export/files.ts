import { istDate } from "../market/ist.ts";
import type { RecordingFile } from "../recording/folder.ts";
import { type BlockSource, RecordedFile } from "../recording/recorded_file.ts";
import type { BlockEntry } from "../recording/scan.ts";
import { type DayPart, readDay, sequelOf, type Wanted } from "./day_reader.ts";

/**
 * A recording that stands anywhere, of whatever name.
 *
 * @throws {Error} It is no recording, or cannot be opened.
 */
export async function recordingAt(path: string): Promise<RecordingFile> {
  const { size } = await Deno.stat(path);
  using file = await RecordedFile.open(path);
  const first = await firstBlock(file);
  return { path, bytes: size, source: file.source, date: istDate(first?.header.from ?? 0) };
}

/** A day's file that is being read. */
export interface OpenDay<Day extends BlockSource = BlockSource> extends Disposable {
  readonly day: Day;
  read(wanted: Wanted): AsyncGenerator<DayPart>;
}

/**
 * Opens a day's file among all the others, which say how it goes on.
 *
 * @param open Opens a file, so that its blocks are all known or come one after the other.
 * @throws {Error} It is no recording, or cannot be opened.
 */
export async function openDay<Day extends BlockSource>(
  file: RecordingFile,
  all: readonly RecordingFile[],
  open: (path: string) => Promise<Day>,
): Promise<OpenDay<Day>> {
  const sequel = await sequelOf(file, all.filter(({ source }) => source === file.source), beginsAnew);
  const day = await open(file.path);
  return {
    day,
    read: (wanted) => readDay(day, file.date, sequel, wanted),
    [Symbol.dispose]: () => day[Symbol.dispose](),
  };
}

async function beginsAnew({ path }: RecordingFile): Promise<boolean> {
  try {
    using file = await RecordedFile.open(path);
    const block = await firstBlock(file);
    const records = block === undefined ? [] : await file.readBlock(block) ?? [];
    // Before everything else stands what the exchanges do, whether it goes on or begins.
    const first = records.find((record) => record.kind !== "event" || record.event.kind !== "phase");
    return first?.kind === "event" && first.event.kind === "start";
  } catch {
    // What is wrong with it is said where that file itself is read.
    return false;
  }
}

async function firstBlock(file: RecordedFile): Promise<BlockEntry | undefined> {
  for await (const found of file.walk()) if ("header" in found) return found;
  return undefined;
}
