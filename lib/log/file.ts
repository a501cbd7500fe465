import type { Clock } from "../util/clock.ts";

export interface LogFileOptions {
  readonly path: string;
  /** A file that would grow beyond this becomes `path.1`, that one `path.2`, and so on. */
  readonly maxBytes: number;
  /** Files that are kept, the one that is written included; at least 1. */
  readonly files: number;
  readonly clock: Clock;
  /** Says where the log does not reach the file, and when it does again: once for each. */
  readonly complain: (message: string) => void;
}

export interface LogFile {
  /** Never throws: a full disk costs lines, and nothing else. */
  write(line: string): void;
  close(): void;
}

/** After a failure the file is left alone for this long. */
const RETRY_MS = 30_000;

const encoder = new TextEncoder();

/**
 * A log file that rotates by size. Lines are written as they come, so that the last ones before a crash are there.
 * What cannot be written is counted, and said once it can be again.
 */
export function openLogFile(options: LogFileOptions): LogFile {
  const { path, maxBytes, files, clock, complain } = options;
  let file: Deno.FsFile | undefined;
  let size = 0;
  /** Elapsed ms. */
  let retryAt = -Infinity;
  let lost = 0;
  /** The last line was cut off by a failure. */
  let torn = false;

  function open(): void {
    const folder = path.replace(/[/\\][^/\\]*$/, "");
    if (folder !== path && folder !== "") Deno.mkdirSync(folder, { recursive: true });
    // Addresses and events of an account are nobody else's business.
    file = Deno.openSync(path, { create: true, append: true, mode: 0o600 });
    size = file.statSync().size;
  }

  function rotate(): void {
    close();
    for (let i = files - 1; i >= 1; i--) renameIfThere(i === 1 ? path : `${path}.${i - 1}`, `${path}.${i}`);
    // With a single file there is nothing to keep the old lines in.
    if (files === 1) Deno.truncateSync(path);
    open();
  }

  function put(text: string): void {
    const bytes = encoder.encode(text);
    if (file === undefined) open();
    if (size > 0 && size + bytes.length > maxBytes) rotate();
    for (let done = 0; done < bytes.length;) {
      torn = done > 0;
      const written = file!.writeSync(bytes.subarray(done));
      done += written;
      size += written;
    }
    torn = false;
  }

  function close(): void {
    try {
      file?.close();
    } catch {
      // It is given up anyway.
    }
    file = undefined;
  }

  return {
    write(line) {
      if (clock.elapsed() < retryAt) {
        lost++;
        return;
      }
      try {
        const note = lost === 0 ? "" : `(${lost} lines could not be written before this one)\n`;
        put((torn ? "\n" : "") + note + line);
        if (retryAt !== -Infinity) {
          complain(`LOG_FILE ${path} is written again; ${lost} lines are missing in it`);
        }
        lost = 0;
        retryAt = -Infinity;
      } catch (error) {
        close();
        lost++;
        if (retryAt === -Infinity) {
          complain(
            `LOG_FILE ${path} cannot be written: ${
              error instanceof Error ? error.message : error
            }. The log goes on ` +
              `here alone; tried again every ${RETRY_MS / 1000} s. ${whatWouldDo(error)}`,
          );
        }
        retryAt = clock.elapsed() + RETRY_MS;
      }
    },
    close,
  };
}

function renameIfThere(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function whatWouldDo(error: unknown): string {
  return error instanceof Deno.errors.NotCapable
    ? "Choose a file in .smartapi-proxy, or give Deno --allow-write for its folder"
    : "Make room or the folder writable, or name another file";
}
