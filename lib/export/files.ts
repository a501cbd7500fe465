import { istDate } from "../market/ist.ts";
import type { RecordingFile } from "../recording/folder.ts";
import { RecordedDay } from "../recording/reader.ts";
import { type DayPart, readDay, sequelOf, type Wanted } from "./day_reader.ts";

/**
 * A recording that stands anywhere, of whatever name.
 *
 * @throws {Error} It is no recording, or cannot be opened.
 */
export async function recordingAt(path: string): Promise<RecordingFile> {
  const { size } = await Deno.stat(path);
  using day = await RecordedDay.open(path);
  const first = day.blocks[0];
  return { path, bytes: size, source: day.source, date: istDate(first?.header.from ?? 0) };
}

/** A day's file that is being read. */
export interface OpenDay extends Disposable {
  readonly day: RecordedDay;
  read(wanted: Wanted): AsyncGenerator<DayPart>;
}

/**
 * Opens a day's file among all the others, which say how it goes on.
 *
 * @throws {Error} It is no recording, or cannot be opened.
 */
export async function openDay(file: RecordingFile, all: readonly RecordingFile[]): Promise<OpenDay> {
  const sequel = await sequelOf(file, all.filter(({ source }) => source === file.source), beginsAnew);
  const day = await RecordedDay.open(file.path);
  return {
    day,
    read: (wanted) => readDay(day, file.date, sequel, wanted),
    [Symbol.dispose]: () => day[Symbol.dispose](),
  };
}

async function beginsAnew({ path }: RecordingFile): Promise<boolean> {
  try {
    using day = await RecordedDay.open(path);
    const records = day.blocks[0] === undefined ? [] : await day.readBlock(day.blocks[0]) ?? [];
    // Before everything else stands what the exchanges do, whether it goes on or begins.
    const first = records.find((record) => record.kind !== "event" || record.event.kind !== "phase");
    return first?.kind === "event" && first.event.kind === "start";
  } catch {
    // What is wrong with it is said where that file itself is read.
    return false;
  }
}
