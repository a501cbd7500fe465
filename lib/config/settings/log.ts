import { logFormat, logLevels, megabytes, text, whole } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const ALL: readonly CommandName[] = ["serve", "edge", "check", "simulate"];

/** What is logged, and where. */
export const LOG_SETTINGS = {
  logLevels: {
    env: "LOG_LEVEL",
    flag: "log-level",
    placeholder: "LEVEL",
    schema: logLevels,
    default: "info",
    commands: ALL,
    help: "debug, info, warning or error; for single parts: info,broker=debug",
  },
  logFormat: {
    env: "LOG_FORMAT",
    flag: "log-format",
    placeholder: "FORMAT",
    schema: logFormat,
    default: "text",
    commands: ALL,
    help: "text, or json: one object a line",
  },
  logFile: {
    path: {
      env: "LOG_FILE",
      flag: "log-file",
      placeholder: "FILE",
      schema: text,
      commands: ALL,
      help: "a copy of the log, e.g. .smartapi-proxy/proxy.log; default: standard error alone",
    },
    maxBytes: {
      env: "LOG_FILE_MAX_MB",
      flag: "log-file-max-mb",
      placeholder: "NUMBER",
      schema: megabytes,
      default: "10",
      commands: ALL,
      help: "a log file of this size becomes FILE.1, and a new one is begun",
    },
    files: {
      env: "LOG_FILES",
      flag: "log-files",
      placeholder: "NUMBER",
      schema: whole(1, 99),
      default: "5",
      commands: ALL,
      help: "log files that are kept, the newest included",
    },
  },
} satisfies SettingGroup;
