import {
  configure,
  dispose,
  getConsoleSink,
  getTextFormatter,
  type LogRecord,
  type Sink,
  type TextFormatter,
} from "@logtape/logtape";
import { redactByPattern } from "@logtape/redaction";
import type { Clock } from "../util/clock.ts";
import { istTimestamp } from "../market/ist.ts";
import { openLogFile } from "./file.ts";
import type { LogLevels } from "./levels.ts";
import { RecentLines } from "./recent.ts";
import { redactionPatterns } from "./redaction.ts";
import { limitRepeats } from "./repeats.ts";
import type { Secret } from "../util/secret.ts";

export interface LogOptions {
  readonly levels: LogLevels;
  readonly format: "text" | "json";
  /** Redacted wherever they appear, although none should ever come near a log line. */
  readonly secrets: readonly Secret[];
  /** A copy of the log, beside standard error. */
  readonly file?: { readonly path: string; readonly maxBytes: number; readonly files: number };
  readonly clock: Clock;
}

/** Of this process, whatever the log is set up as. */
export const recentLines = new RecentLines();

/** Writes what is held back and lets go of the file; replaced with each set-up. */
let closeSinks = () => {};

/** Sets up the log: lines on standard error, secrets redact out before anything is written. */
export async function setUpLog(options: LogOptions): Promise<void> {
  closeSinks();
  const formatter = redactByPattern(
    options.format === "json" ? jsonLine : textFormatter(),
    redactionPatterns(options.secrets),
  );
  const console = getConsoleSink({
    formatter,
    // Standard output is for what a command answers.
    levelMap: {
      trace: "error",
      debug: "error",
      info: "error",
      warning: "error",
      error: "error",
      fatal: "error",
    },
  });
  const { sink: writeOut, close: closeFile } = withFile(console, formatter, options);
  const write: Sink = (record) => {
    writeOut(record);
    recentLines.add(formatter(record));
  };
  const { sink, close } = limitRepeats(write, options.clock);
  closeSinks = () => {
    close();
    closeFile();
    closeSinks = () => {};
  };
  await configure({
    reset: true,
    sinks: { lines: sink },
    loggers: [
      { category: [], lowestLevel: options.levels.usual, sinks: ["lines"] },
      // Sinks of their own, since a parent's would hear nothing below the parent's level.
      ...Object.entries(options.levels.of).map(([category, lowestLevel]) => ({
        category: [category],
        lowestLevel,
        sinks: ["lines" as const],
        parentSinks: "override" as const,
      })),
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["lines"], parentSinks: "override" },
    ],
  });
}

/** Writes what is left and lets go of the sinks. */
export async function closeLog(): Promise<void> {
  await dispose();
  closeSinks();
}

function withFile(
  console: Sink,
  formatter: TextFormatter,
  options: LogOptions,
): { sink: Sink; close(): void } {
  if (options.file === undefined) return { sink: console, close: () => {} };
  const file = openLogFile({
    ...options.file,
    clock: options.clock,
    complain: (message) =>
      console({
        category: ["proxy"],
        level: "warning",
        timestamp: options.clock.now(),
        message: [message],
        rawMessage: message,
        properties: {},
      }),
  });
  return {
    sink(record) {
      console(record);
      file.write(formatter(record));
    },
    close: () => file.close(),
  };
}

function textFormatter(): TextFormatter {
  return getTextFormatter({
    timestamp: (ms) => `${istTimestamp(ms)}.${String(ms % 1000).padStart(3, "0")} IST`,
    value: (value, inspect) =>
      oneLine(
        typeof value === "string" ? value : value instanceof Error ? value.message : inspect(value),
      ),
    format: ({ timestamp, level, category, message }) =>
      `${timestamp} ${level.padEnd(7)} ${category.padEnd(8)} ${message}`,
    level: "full",
    category: (parts) => parts[0] ?? "",
  });
}

/** What came from outside must neither begin a line of its own, nor command the terminal, nor turn what is read. */
function oneLine(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** One object a line: the message as people read it, and its parts for programs; a part that is called as a field of the line stands in the message alone. */
function jsonLine({ timestamp, level, category, message, properties }: LogRecord): string {
  const parts = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  );
  const line = {
    time: new Date(timestamp).toISOString(),
    level,
    category: category.join("."),
    message: message.map((part) => part instanceof Error ? part.message : String(part)).join(""),
  };
  return `${JSON.stringify({ ...line, ...parts, ...line })}\n`;
}
