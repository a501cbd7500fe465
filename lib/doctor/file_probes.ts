import { failed, type Finding, note, ok } from "./finding.ts";

/** What is asked of a file or a folder; undefined where there is none. */
export type Stat = (path: string) => Promise<
  { readonly mode: number | null; readonly mtime: Date | null } | undefined
>;

/** A file whose readers matter. */
export interface PrivateFile {
  readonly path: string;
  /** What is in it that nobody else may have. */
  readonly holds: string;
}

const GROUP_AND_OTHERS = 0o077;

/** Whether others on this machine can read what is secret. Windows has no such rights to ask for. */
export async function probeRights(files: readonly PrivateFile[], stat: Stat): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { path, holds } of files) {
    const mode = (await stat(path))?.mode ?? null;
    if (mode === null) continue;
    const open = (mode & GROUP_AND_OTHERS) !== 0;
    const rights = (mode & 0o777).toString(8);
    findings.push(
      open
        ? failed(
          "rights",
          `others on this machine can use ${path}, which has ${holds} (mode ${rights})`,
          `chmod 600 ${path}`,
        )
        : ok("rights", `${path} is its owner's alone`),
    );
  }
  return findings;
}

export interface DiskProbe {
  readonly folder: string;
  /** Whether recordings are kept, and up to how many bytes. */
  readonly recordingBytes: number | undefined;
  readonly stat: Stat;
  /** Bytes that this user may still write, in the file system of a path. @throws {Error} They cannot be told. */
  readonly freeBytes: (path: string) => Promise<number>;
  /** Makes a file in the folder and removes it. @throws {Error} It cannot. */
  readonly tryWriting: (folder: string) => Promise<void>;
}

/** The list of instruments takes 35 MB, twice while it is replaced. */
const LEAST_BYTES = 200e6;

/** Whether there is room for the list of instruments and the recordings. */
export async function probeDisk(options: DiskProbe): Promise<Finding[]> {
  const { folder, recordingBytes, stat, freeBytes, tryWriting } = options;
  const exists = await stat(folder) !== undefined;
  const findings: Finding[] = [];
  if (exists) {
    const problem = await tryWriting(folder).then(() => undefined, (error) => error);
    if (problem !== undefined) {
      const text = `${folder} cannot be written: ${problem instanceof Error ? problem.message : problem}`;
      findings.push(
        failed("folder", text, "give the user who runs the proxy the folder, or name another: DATA_FOLDER"),
      );
    }
  }
  let free: number;
  try {
    free = await freeBytes(exists ? folder : ".");
  } catch (error) {
    return [
      ...findings,
      note("disk", `nobody can say how full it is: ${error instanceof Error ? error.message : error}`),
    ];
  }
  const text = `${gigabytes(free)} free for ${folder}`;
  if (free < LEAST_BYTES) {
    findings.push(failed("disk", text, "delete something, or name another folder: DATA_FOLDER"));
  } else if (recordingBytes !== undefined && free < recordingBytes) {
    const cure =
      "recordings that are kept count already; where there are none yet, lower RECORD_MAX_GB or RECORD_DAYS";
    findings.push(note("disk", `${text}, and recordings may take ${gigabytes(recordingBytes)}`, cure));
  } else findings.push(ok("disk", text));
  return findings;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

export interface ListProbe {
  /** The owner's own list, or the kept download. */
  readonly path: string;
  readonly isOwn: boolean;
  readonly stat: Stat;
  /** ms since the Unix epoch. */
  readonly now: number;
}

const DAY_MS = 86_400_000;

/** How old the list of instruments is. */
export async function probeInstrumentList({ path, isOwn, stat, now }: ListProbe): Promise<Finding> {
  const name = "instruments";
  const changed = (await stat(path))?.mtime?.getTime();
  if (changed === undefined) {
    return isOwn
      ? failed(
        name,
        `there is no ${path}`,
        "INSTRUMENTS_FILE has to name the broker's list; without it, the list is fetched",
      )
      : ok(name, "no list yet; the first start fetches it, some 35 MB");
  }
  const days = Math.floor((now - changed) / DAY_MS);
  if (days < 1) return ok(name, `the list in ${path} is of the last 24 hours`);
  const text = `the list in ${path} is ${days} day${days === 1 ? "" : "s"} old: newer contracts are missing`;
  return isOwn ? note(name, text, "replace it with the broker's newest, or unset INSTRUMENTS_FILE") : note(
    name,
    text,
    "the proxy fetches a new one at its start and each morning; when it runs, its log says why it did not",
  );
}
