import { boundsOfDay } from "../market/day_range.ts";
import type { RecordingFile } from "../recording/folder.ts";
import { RecordedFile } from "../recording/recorded_file.ts";
import type { BadPart } from "./blocks.ts";
import { DayTables, type SavedTable } from "./day_tables.ts";
import { type EncoderOf, EncoderThread } from "./encoder_thread.ts";
import { openDay } from "./files.ts";
import { Selection } from "./selection.ts";
import type { Format } from "./table.ts";

export interface ExportOptions {
  /** The recordings that are exported, a day each. */
  readonly files: readonly RecordingFile[];
  /** All there are: they say how a day goes on. */
  readonly all: readonly RecordingFile[];
  readonly output: string;
  readonly format: Format;
  /** Of each day what came between these times, in ms since its midnight in India; `to` is not included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Names of instruments; all where it is undefined. */
  readonly symbols?: readonly string[] | undefined;
  /** Ends it, and leaves nothing of the day that is being written. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

export interface Progress {
  readonly file: RecordingFile;
  readonly doneBytes: number;
  readonly ticks: number;
}

/** What was saved of one day. */
export interface ExportedDay {
  readonly file: RecordingFile;
  readonly tables: readonly SavedTable[];
  /** What of the recording could not be read. */
  readonly bad: readonly BadPart[];
}

/** What was asked for cannot be done; nothing of it is begun. */
export class ExportRefusal extends Error {
  override readonly name = "ExportRefusal";
}

/**
 * Writes recorded days as tables, one after the other.
 *
 * @throws {ExportRefusal} A day is there already, or a name means nothing on any of the days.
 * @throws {Error} A file is no recording, the disk is full, … The days that were given before are whole.
 */
export async function* exportDays(options: ExportOptions): AsyncGenerator<ExportedDay> {
  using thread = new EncoderThread();
  const { output, format } = options;
  const encoderOf: EncoderOf = (columns, notes) => thread.encoderOf(columns, notes);
  const days = options.files.map((file) => ({
    file,
    tables: new DayTables({ output, format, encoderOf, date: file.date, source: file.source }),
  }));
  for (const { tables } of days) {
    const existing = await tables.existing();
    if (existing !== undefined) {
      throw new ExportRefusal(
        `${existing} is there already, and is not written over: remove it, or choose another folder`,
      );
    }
  }
  if (options.symbols !== undefined) await refuseUnknown(options.symbols, options);
  for (const { file, tables } of days) {
    try {
      yield await exportDay(file, tables, options);
    } catch (error) {
      await tables.discard();
      throw error;
    }
  }
}

async function exportDay(
  file: RecordingFile,
  tables: DayTables,
  { all, from, to, symbols, signal, progress }: ExportOptions,
): Promise<ExportedDay> {
  using open = await openDay(file, all, RecordedFile.open);
  const midnight = boundsOfDay(file.date);
  const range = {
    from: from === undefined ? -Infinity : midnight.from + from,
    to: to === undefined ? Infinity : midnight.from + to,
  };
  const selection = new Selection(symbols);
  const bad: BadPart[] = [];
  let ticks = 0;
  for await (const part of open.read({ ...range, selection, ticks: true })) {
    signal.throwIfAborted();
    if (part.bad !== undefined) bad.push(part.bad);
    await tables.addTicks(part.rows);
    await tables.addGaps(part.gaps, (key) => selection.symbolOf(key));
    ticks += part.rows.length;
    progress({ file, doneBytes: part.doneBytes, ticks });
  }
  return { file, tables: await tables.close(), bad };
}

/** Reads no more than what names instruments. */
async function refuseUnknown(
  symbols: readonly string[],
  { files, all, signal }: ExportOptions,
): Promise<void> {
  let unknown: ReturnType<Selection["unknown"]> | undefined;
  for (const file of files) {
    const selection = new Selection(symbols);
    using open = await openDay(file, all, RecordedFile.open);
    for await (const _ of open.read({ from: -Infinity, to: Infinity, selection, ticks: false })) {
      signal.throwIfAborted();
    }
    const here = selection.unknown();
    unknown = (unknown ?? here).filter(({ word }) => here.some((each) => each.word === word));
  }
  if (unknown === undefined || unknown.length === 0) return;
  throw new ExportRefusal(
    unknown.map(({ word, nearest }) =>
      `"${word}" is the name of no recorded instrument` +
      (nearest === undefined ? "" : `; did you mean ${nearest}?`)
    ).join("\n"),
  );
}
