import { istTimestamp } from "../market/ist.ts";
import type { RecordingFile } from "../recording/folder.ts";
import type { BadPart } from "./blocks.ts";
import type { ExportedDay, Progress } from "./export.ts";
import type { DaySurvey } from "./survey.ts";

/** A recording as a line of a list; of one that cannot be read, why. */
export type Listed = DaySurvey | { readonly file: RecordingFile; readonly failure: string };

const HEAD = ["day", "source", "from", "to", "size", "ticks", "gaps", ""];

/** A list of recordings with times in India, in columns. */
export function recordingsTable(listed: readonly Listed[]): string {
  const rows = listed.map((each) =>
    "failure" in each
      ? [each.file.date, each.file.source, "-", "-", size(each.file.bytes), "-", "-", each.failure]
      : [
        each.file.date,
        each.file.source,
        each.from === undefined ? "-" : timeOfDay(each.from),
        each.to === undefined ? "-" : timeOfDay(each.to),
        size(each.file.bytes),
        count(each.ticks),
        count(each.gaps),
        each.bad.length === 0 ? "" : "damaged",
      ]
  );
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  return [HEAD, ...rows].map((row) =>
    row.map((cell, i) => i < 4 ? cell.padEnd(widths[i]!) : cell.padStart(i < 7 ? widths[i]! : 0)).join("  ")
      .trimEnd()
  ).join("\n");
}

/** What was found in a recording that was read through, a line for each part that is bad. */
export function verifiedLines({ file, ticks, blocks, bad }: DaySurvey): string[] {
  const found = `${count(ticks)} ticks in ${count(blocks)} blocks`;
  if (bad.length === 0) return [`${file.path}: good, ${found}`];
  return [`${file.path}: damaged, ${found} are left`, ...bad.map((part) => `  ${badLine(part)}`)];
}

/** Where a recording is bad: bytes of the file, and times in India. */
export function badLine({ bytes, from, to, reason }: BadPart): string {
  const until = to === undefined ? "on" : `to ${istTimestamp(to)}`;
  return `bytes ${bytes.from} to ${bytes.to}, from ${istTimestamp(from)} ${until}: ${reason}`;
}

/** What was saved of a day, and what could not be. */
export function exportedLines(
  { file, tables, bad }: ExportedDay,
): { readonly saved: string[]; readonly bad: string[] } {
  return {
    saved: tables.map(({ path, rows, what }) => `${path}: ${count(rows)} ${what}`),
    bad: bad.map((part) => `${file.path} is damaged, and lacks ${badLine(part)}`),
  };
}

/** How far an export is, as one short line. */
export function progressLine({ file: { date, bytes }, doneBytes, ticks }: Progress): string {
  const percent = bytes === 0 ? 100 : Math.min(100, Math.floor(100 * doneBytes / bytes));
  return `${date} ${"#".repeat(percent / 5).padEnd(20, ".")} ${String(percent).padStart(3)} % ${
    count(ticks)
  } ticks`;
}

function timeOfDay(ms: number): string {
  return istTimestamp(ms).slice(11);
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
