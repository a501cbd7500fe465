import { parse } from "dotenv";
import { ConfigError, type Values } from "./config.ts";

/** Settings that were read from a file of NAME=value lines, and which one it was. */
export interface EnvFile {
  readonly values: Values;
  /** Undefined when there is none. */
  readonly path?: string;
}

/**
 * Reads the named file, or else the first of the usual places where there is one.
 *
 * @throws {ConfigError} A named file is missing, or one that is there cannot be read.
 */
export async function readEnvFile(named: string | undefined, usual: readonly string[]): Promise<EnvFile> {
  for (const path of named === undefined ? usual : [named]) {
    try {
      return { path, values: parse(withoutByteOrderMark(await Deno.readTextFile(path))) };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && named === undefined) continue;
      throw new ConfigError([`${path} cannot be read: ${error instanceof Error ? error.message : error}`]);
    }
  }
  return { values: {} };
}

/** Editors of Windows put it first, and it would become part of the first name. */
function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}
