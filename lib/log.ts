import {
  configure,
  dispose,
  getConsoleSink,
  getTextFormatter,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";
import { JWT_PATTERN, redactByPattern } from "@logtape/redaction";
import { istTimestamp } from "./ist.ts";
import type { LogLevel } from "./config.ts";
import type { Secret } from "./secret.ts";

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: "text" | "json";
  /** Struck out wherever they appear, although none should ever come near a log line. */
  readonly secrets: readonly Secret[];
}

/** A shorter secret, struck out by its letters alone, would be betrayed by the innocent numbers it takes along. */
const MIN_STRUCK = 6;

/** Sets up the log: lines on standard error, secrets struck out before anything is written. */
export async function setUpLog(options: LogOptions): Promise<void> {
  const sink = getConsoleSink({
    formatter: redacted(
      options.format === "json" ? jsonLine : textFormatter(),
      options.secrets,
    ),
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
  await configure({
    reset: true,
    sinks: { stderr: sink },
    loggers: [
      { category: [], lowestLevel: options.level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    ],
  });
}

/** Writes what is left and lets go of the sinks. */
export function closeLog(): Promise<void> {
  return dispose();
}

function textFormatter(): TextFormatter {
  return getTextFormatter({
    timestamp: (ms) => `${istTimestamp(ms)}.${String(ms % 1000).padStart(3, "0")} IST`,
    value: (value, inspect) =>
      typeof value === "string" ? value : value instanceof Error ? value.message : inspect(value),
    format: ({ timestamp, level, category, message }) =>
      `${timestamp} ${level.padEnd(7)} ${category.padEnd(8)} ${message}`,
    level: "full",
    category: (parts) => parts[0] ?? "",
  });
}

/** One object a line: the message as people read it, and its parts for programs. */
function jsonLine({ timestamp, level, category, message, properties }: LogRecord): string {
  const parts = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  );
  return `${
    JSON.stringify({
      time: new Date(timestamp).toISOString(),
      level,
      category: category.join("."),
      message: message.map((part) => part instanceof Error ? part.message : String(part)).join(""),
      ...parts,
    })
  }\n`;
}

function redacted(formatter: TextFormatter, secrets: readonly Secret[]): TextFormatter {
  const words = secrets.map((secret) => secret.reveal()).filter((word) => word.length >= MIN_STRUCK);
  const patterns = [JWT_PATTERN];
  if (words.length > 0) {
    const source = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    patterns.push({ pattern: new RegExp(source, "g"), replacement: "[redacted]" });
  }
  return redactByPattern(formatter, patterns);
}
