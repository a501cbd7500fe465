import type { RecordedSource } from "./format.ts";
import { DAY_MS } from "../market/ist.ts";

/** One file of recordings: all that came from one source on one day in India. */
export interface RecordingFile {
  readonly path: string;
  /** `2026-11-20`. */
  readonly date: string;
  readonly source: RecordedSource;
  readonly bytes: number;
}

/** How much recordings may take. */
export interface DiskBounds {
  readonly bytes: number;
  /** Days that are kept, today included. */
  readonly days: number;
}

const NAME = /^([0-9]{4}-[0-9]{2}-[0-9]{2})-(live|simulated)\.rec$/;

/** The folder of recordings in the folder of the program's data. */
export function recordingsIn(dataFolder: string): string {
  return `${dataFolder}/recordings`;
}

export function fileOf(folder: string, date: string, source: RecordedSource): string {
  return `${folder}/${date}-${source}.rec`;
}

/** The recordings of a folder, oldest first; none where there is no folder. */
export async function listRecordings(folder: string): Promise<RecordingFile[]> {
  const files: RecordingFile[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const [, date, source] = NAME.exec(name) ?? [];
      if (!isFile || date === undefined) continue;
      const path = `${folder}/${name}`;
      const bytes = await Deno.stat(path).then(({ size }) => size, () => undefined);
      if (bytes !== undefined) files.push({ path, date, source: source as RecordedSource, bytes });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/**
 * Which recordings have to go, oldest first.
 *
 * @param today Its files stay, whatever the bounds; days after it are a wrong clock's, and count as any other.
 * @param room Bytes that are about to be written.
 */
export function surplus(
  files: readonly RecordingFile[],
  today: string,
  { bytes, days }: DiskBounds,
  room: number,
): RecordingFile[] {
  const oldest = new Date(Date.parse(today) - (days - 1) * DAY_MS).toISOString().slice(0, 10);
  let used = files.reduce((sum, file) => sum + file.bytes, room);
  const gone: RecordingFile[] = [];
  for (const file of files) {
    if (file.date === today) continue;
    if (file.date >= oldest && used <= bytes) continue;
    gone.push(file);
    used -= file.bytes;
  }
  return gone;
}
