import { number, text, timeOfDay } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const PLAYED: readonly CommandName[] = ["serve", "simulate"];

/** A recorded day in the place of the broker. */
export const REPLAY_SETTINGS = {
  replay: {
    day: {
      env: "REPLAY",
      flag: "replay",
      placeholder: "DAY",
      schema: text,
      commands: ["serve"],
      help:
        "runs the whole proxy on a recorded day, 2026-11-20, or on a file of a recording; no account needed",
    },
    from: {
      env: "REPLAY_FROM",
      flag: "from",
      placeholder: "TIME",
      schema: timeOfDay,
      commands: PLAYED,
      help: "where a recorded day begins: a time in India; default: its first record",
    },
    speed: {
      env: "REPLAY_SPEED",
      flag: "speed",
      placeholder: "NUMBER",
      schema: number(0.01, 1_000),
      default: "1",
      commands: PLAYED,
      help: "how fast a recorded day is played: market time to real time, 0.01 to 1000",
    },
  },
} satisfies SettingGroup;
