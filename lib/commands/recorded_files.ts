import { ConfigError } from "../config/config.ts";
import { readDayRange } from "../market/day_range.ts";
import type { RecordedSource } from "../recording/format.ts";
import type { RecordingFile } from "../recording/folder.ts";

/** The recordings of some days and one source. */
export interface AskedDays {
  readonly first: string;
  readonly last: string;
  readonly source: RecordedSource;
}

/**
 * Those of the recordings that are asked for.
 *
 * @throws {ConfigError} There are none of that source, and which there are instead.
 */
export function recordingsOf(
  files: readonly RecordingFile[],
  folder: string,
  { first, last, source }: AskedDays,
): RecordingFile[] {
  const days = within(files, first, last);
  const found = days.filter((file) => file.source === source);
  if (found.length > 0) return found;
  const what = first === last ? first : `${first}..${last}`;
  if (days.length > 0) {
    const other = days[0]!.source;
    throw new ConfigError([
      `of ${what} there are ${other} prices alone, no ${source} ones: --source ${other}`,
    ]);
  }
  throw new ConfigError([`there is no recording of ${what} in ${folder}${whatThereIs(files)}`]);
}

/**
 * What the operands of `verify` mean: days, of whatever source, and paths of files.
 *
 * @returns All recordings where there are no operands.
 * @throws {ConfigError} Of a day there is no recording.
 */
export function recordingsNamed(
  files: readonly RecordingFile[],
  folder: string,
  operands: readonly string[],
): (RecordingFile | { readonly path: string })[] {
  if (operands.length === 0) return [...files];
  return operands.flatMap((operand) => {
    const range = readDayRange(operand);
    if (range === undefined) return [{ path: operand }];
    const found = within(files, range.first, range.last);
    if (found.length > 0) return found;
    throw new ConfigError([`there is no recording of ${operand} in ${folder}${whatThereIs(files)}`]);
  });
}

function within(files: readonly RecordingFile[], first: string, last: string): RecordingFile[] {
  return files.filter(({ date }) => date >= first && date <= last);
}

function whatThereIs(files: readonly RecordingFile[]): string {
  if (files.length === 0) return ": there is none at all";
  return `; there are ${[...new Set(files.map(({ date }) => date))].join(", ")}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
