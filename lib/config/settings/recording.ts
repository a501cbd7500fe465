import { gigabytes, recorded, whole } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const SERVE: readonly CommandName[] = ["serve", "edge"];

/** What is kept of what the broker sends. */
export const RECORDING_SETTINGS = {
  record: {
    exchanges: {
      env: "RECORD",
      flag: "record",
      placeholder: "WHAT",
      schema: recorded,
      default: "off",
      commands: SERVE,
      help:
        "keeps what the broker sends, day by day, in DATA_FOLDER/recordings: on, off, or exchanges: nse,nfo",
    },
    maxBytes: {
      env: "RECORD_MAX_GB",
      flag: "record-max-gb",
      placeholder: "NUMBER",
      schema: gigabytes,
      default: "20",
      commands: SERVE,
      help: "what all recordings may take; the oldest day goes first; 1 to 100000",
    },
    days: {
      env: "RECORD_DAYS",
      flag: "record-days",
      placeholder: "NUMBER",
      schema: whole(1, 10_000),
      default: "30",
      commands: SERVE,
      help: "days of recordings that are kept, today included; 1 to 10000",
    },
  },
} satisfies SettingGroup;
