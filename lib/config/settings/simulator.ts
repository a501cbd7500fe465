import { boolean, host, text, whole } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const SIMULATE: readonly CommandName[] = ["simulate"];

/** The simulated market. */
export const SIMULATOR_SETTINGS = {
  demo: {
    env: "DEMO",
    flag: "demo",
    schema: boolean,
    default: "0",
    commands: ["serve", "check", "doctor"],
    help: "a simulated market: made-up prices, no account needed",
  },
  simulator: {
    host: {
      env: "SIMULATOR_HOST",
      flag: "host",
      placeholder: "ADDRESS",
      schema: host,
      default: "127.0.0.1",
      commands: SIMULATE,
      help: "address the simulator listens on",
    },
    port: {
      env: "SIMULATOR_PORT",
      flag: "port",
      placeholder: "NUMBER",
      schema: whole(0, 65_535),
      default: "8766",
      commands: SIMULATE,
      help: "port of the simulator",
    },
    rate: {
      env: "SIMULATOR_RATE",
      flag: "rate",
      placeholder: "NUMBER",
      schema: whole(2, 30_000),
      default: "20",
      commands: ["serve", "simulate"],
      help: "simulated market events per second, 2 to 30000",
    },
    recording: {
      env: "SIMULATOR_RECORDING",
      flag: "recording",
      placeholder: "DAY",
      schema: text,
      commands: SIMULATE,
      help: "plays a recorded day, 2026-11-20, or a file of a recording, in the place of made-up prices",
    },
    strikesPerMinute: {
      env: "SIMULATOR_RUN_STRIKES",
      flag: "run-strikes",
      placeholder: "NUMBER",
      schema: whole(0, 600),
      default: "0",
      commands: ["serve", "simulate"],
      help:
        "strikes of its options that the simulated Nifty 50 runs through in a minute, to 600; 0: it walks",
    },
    instruments: {
      env: "SIMULATOR_INSTRUMENTS",
      flag: "instruments",
      placeholder: "NUMBER",
      schema: whole(0, 10_000),
      default: "0",
      commands: SIMULATE,
      help: "made-up shares beside the usual ones, for load: nse, tokens from 100001; 0 to 10000",
    },
  },
} satisfies SettingGroup;
