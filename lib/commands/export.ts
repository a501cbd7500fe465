import { type Config, ConfigError } from "../config/config.ts";
import { exportDays, ExportRefusal, type Progress } from "../export/export.ts";
import { exportedLines, progressLine } from "../export/report.ts";
import { listRecordings, recordingsIn } from "../recording/folder.ts";
import type { Context, Running } from "./bootstrap.ts";
import { messageOf, recordingsOf } from "./recorded_files.ts";

/** A person sees no more. */
const PROGRESS_EVERY_MS = 100;

/**
 * Writes recorded days as tables. The exit code is 1 where something could not be read or written; what was saved is told
 * all the same.
 *
 * @throws {ConfigError} What is asked for is not there.
 */
export async function exportRecordings({ instruments, export: asked }: Config, _: Context): Promise<Running> {
  const { date, from, to, symbols, format, output, source } = asked;
  const folder = recordingsIn(instruments.folder);
  const all = await listRecordings(folder);
  if (date === undefined) {
    throw new ConfigError([`EXPORT_DATE is missing: --date DAY, one of \`smartapi-proxy recordings\``]);
  }
  if (from !== undefined && to !== undefined && to <= from) {
    throw new ConfigError(["EXPORT_TO is not after EXPORT_FROM"]);
  }
  const files = recordingsOf(all, folder, { ...date, source });
  const ending = new AbortController();
  const bar = new ProgressBar();
  const run = async (): Promise<number> => {
    let code = 0;
    try {
      const { signal } = ending;
      const days = exportDays({
        files,
        all,
        output,
        format,
        from,
        to,
        symbols,
        signal,
        progress: (at) => bar.show(at),
      });
      for await (const day of days) {
        bar.clear();
        const { saved, bad } = exportedLines(day);
        for (const line of saved) console.log(line);
        for (const line of bad) console.error(line);
        if (bad.length > 0) code = 1;
      }
      return code;
    } catch (error) {
      bar.clear();
      console.error(ending.signal.aborted ? "The day that was being written is not saved" : messageOf(error));
      return error instanceof ExportRefusal ? 2 : 1;
    }
  };
  const ended = run();
  return {
    ended,
    async stop() {
      ending.abort();
      await ended;
    },
  };
}

/** One line on a terminal's standard error that is written over and over; elsewhere nothing. */
class ProgressBar {
  readonly #isShown = Deno.stderr.isTerminal();
  #shownAt = -Infinity;

  show(progress: Progress): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#shownAt < PROGRESS_EVERY_MS) return;
    this.#shownAt = now;
    this.#write(`\r\x1b[K${progressLine(progress)}`);
  }

  clear(): void {
    if (this.#isShown) this.#write("\r\x1b[K");
  }

  #write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
