import { parse } from "dotenv";
import type { Clock } from "./clock.ts";
import { ConfigError, type Values } from "./config.ts";

/** Settings that were read from a file of NAME=value lines, and which one it was. */
export interface EnvFile {
  readonly values: Values;
  /** Undefined when there is none. */
  readonly path?: string;
}

/** How often a file is looked at for changes. */
const LOOK_EVERY_MS = 2_000;

/**
 * Reads the named file, or else the first of the usual places where there is one.
 *
 * @throws {ConfigError} A named file is missing, or one that is there cannot be read.
 */
export async function readEnvFile(named: string | undefined, usual: readonly string[]): Promise<EnvFile> {
  for (const path of named === undefined ? usual : [named]) {
    try {
      return { path, values: parse(await Deno.readTextFile(path)) };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && named === undefined) continue;
      throw new ConfigError([`${path} cannot be read: ${error instanceof Error ? error.message : error}`]);
    }
  }
  return { values: {} };
}

/**
 * Tells when a file was written. Looks at its time of change, since events of file systems differ from one to the
 * next, and editors replace files rather than write them.
 *
 * @returns Ends the watching.
 */
export function watchFile(path: string, clock: Clock, changed: () => void): () => void {
  let last: number | undefined;
  let disarm = () => {};
  let ended = false;
  const look = async () => {
    const written = await Deno.stat(path).then((info) => info.mtime?.getTime(), () => undefined);
    if (ended) return;
    if (last !== undefined && written !== undefined && written !== last) changed();
    last = written ?? last;
    disarm = clock.after(LOOK_EVERY_MS, look);
  };
  look();
  return () => {
    ended = true;
    disarm();
  };
}
