import { dayRange, names, oneOf, text, timeOfDay } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const EXPORT: readonly CommandName[] = ["export"];

/** What of the recordings is written for other programs, and how. */
export const EXPORT_SETTINGS = {
  export: {
    date: {
      env: "EXPORT_DATE",
      flag: "date",
      placeholder: "DAY",
      schema: dayRange,
      commands: EXPORT,
      help: "the day in India, 2026-11-20, or the first and the last of several: 2026-11-20..2026-11-24",
    },
    from: {
      env: "EXPORT_FROM",
      flag: "from",
      placeholder: "TIME",
      schema: timeOfDay,
      commands: EXPORT,
      help: "what came from this time in India on, on each day: 09:15",
    },
    to: {
      env: "EXPORT_TO",
      flag: "to",
      placeholder: "TIME",
      schema: timeOfDay,
      commands: EXPORT,
      help: "what came before this time in India, on each day: 15:30",
    },
    symbols: {
      env: "EXPORT_SYMBOLS",
      flag: "symbols",
      placeholder: "LIST",
      schema: names,
      commands: EXPORT,
      help: "these instruments alone: SBIN-EQ,NSE:TCS-EQ,nse:99926000; default: all",
    },
    format: {
      env: "EXPORT_FORMAT",
      flag: "format",
      placeholder: "FORMAT",
      schema: oneOf(["parquet", "csv", "jsonl"]),
      default: "parquet",
      commands: EXPORT,
      help: "parquet, csv, or jsonl: one object a line",
    },
    output: {
      env: "EXPORT_OUTPUT",
      flag: "output",
      placeholder: "FOLDER",
      schema: text,
      default: "export",
      commands: EXPORT,
      help: "where the tables are put; a day that is there already is never written over",
    },
    source: {
      env: "EXPORT_SOURCE",
      flag: "source",
      placeholder: "SOURCE",
      schema: oneOf(["live", "simulated"]),
      default: "live",
      commands: EXPORT,
      help: "live, or simulated: the made-up prices of the demo and the simulator",
    },
  },
} satisfies SettingGroup;
