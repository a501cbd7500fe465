import { type Config, ConfigError } from "../config/config.ts";
import { boundsOfDay, isDay } from "../market/day_range.ts";
import { istDate } from "../market/ist.ts";
import { listRecordings, recordingsIn } from "../recording/folder.ts";
import { RecordedDay } from "../recording/reader.ts";
import { messageOf } from "./recorded_files.ts";

/** A recording that is to be played. */
export interface DayToPlay {
  readonly day: RecordedDay;
  /** `2026-11-20`. */
  readonly date: string;
  /** When to begin, ms since the Unix epoch; undefined for its first record. */
  readonly from: number | undefined;
}

/**
 * Opens what a setting names: a recorded day, live prices before made-up ones, or a file.
 *
 * @param env The setting's variable.
 * @throws {ConfigError} There is none, it is no recording, or it is empty.
 */
export async function openRecordedDay(env: string, word: string, config: Config): Promise<DayToPlay> {
  const folder = recordingsIn(config.instruments.folder);
  const days = await listRecordings(folder);
  const path = isDay(word) ? days.find(({ date }) => date === word)?.path : word;
  if (path === undefined) {
    const there = [...new Set(days.map(({ date }) => date))].slice(-10).join(", ") || "none at all";
    throw new ConfigError([
      `${env} "${word}": there is no recording of this day in ${folder}; there is ${there}`,
    ]);
  }
  const day = await RecordedDay.open(path).catch((error) => {
    throw new ConfigError([`${env} "${word}": ${messageOf(error)}`]);
  });
  const first = day.blocks[0];
  if (first === undefined) {
    day[Symbol.dispose]();
    throw new ConfigError([`${env} "${word}": this recording is empty`]);
  }
  const date = istDate(first.header.from);
  const { from } = config.replay;
  return { day, date, from: from === undefined ? undefined : boundsOfDay(date).from + from };
}
