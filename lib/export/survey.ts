import { RecordedDay } from "../recording/reader.ts";
import type { RecordingFile } from "../recording/folder.ts";
import type { BadPart } from "./blocks.ts";
import { openDay } from "./files.ts";
import { Selection } from "./selection.ts";

/** What a recording has, as far as it can be told without reading every tick. Times in ms since the Unix epoch. */
export interface DaySurvey {
  readonly file: RecordingFile;
  /** Of the first and the last record; undefined where there is none. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly ticks: number;
  readonly blocks: number;
  /** Times that are missing between the first and the last record; what several instruments miss together is one. */
  readonly gaps: number;
  readonly bad: readonly BadPart[];
}

/**
 * Looks at the headers of all blocks, and into those that hold something beside ticks.
 *
 * @throws {Error} It is no recording, or cannot be opened.
 */
export async function surveyDay(file: RecordingFile, all: readonly RecordingFile[]): Promise<DaySurvey> {
  return await look(file, all, false);
}

/**
 * Reads a recording through: every block has to have its checksum and its ticks.
 *
 * @throws {Error} It is no recording, or cannot be opened.
 */
export async function verifyDay(file: RecordingFile, all: readonly RecordingFile[]): Promise<DaySurvey> {
  return await look(file, all, true);
}

async function look(file: RecordingFile, all: readonly RecordingFile[], ticks: boolean): Promise<DaySurvey> {
  using open = await openDay(file, all, RecordedDay.open);
  const bad: BadPart[] = [];
  const gaps = new Set<string>();
  const extent = extentOf(open.day);
  const { from = Infinity, to = -Infinity } = extent;
  const wanted = { from: -Infinity, to: Infinity, selection: new Selection(), ticks };
  for await (const part of open.read(wanted)) {
    if (part.bad !== undefined) bad.push(part.bad);
    for (const gap of part.gaps) {
      if (gap.from < to && (gap.to ?? Infinity) > from) gaps.add(`${gap.kind} ${gap.from}`);
    }
  }
  return { file, ...extent, gaps: gaps.size, bad };
}

function extentOf({ blocks, extent }: RecordedDay): Pick<DaySurvey, "from" | "to" | "ticks" | "blocks"> {
  const ticks = blocks.reduce((sum, { header }) => sum + header.ticks, 0);
  return { from: extent?.from, to: extent?.to, ticks, blocks: blocks.length };
}
