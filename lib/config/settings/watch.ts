import { z } from "zod";
import { MODES } from "../../market/market.ts";
import { accessToken, boolean, secret, url } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const WATCH: readonly CommandName[] = ["watch"];

/** Whose prices are watched, and how they are written. */
export const WATCH_SETTINGS = {
  watch: {
    url: {
      env: "WATCH_URL",
      flag: "url",
      placeholder: "URL",
      schema: url("ws", "wss", "http", "https"),
      commands: WATCH,
      help: "the proxy's address; default: on this machine, at PORT",
    },
    token: {
      env: "WATCH_TOKEN",
      flag: "token",
      placeholder: "TOKEN",
      schema: secret(accessToken),
      commands: WATCH,
      secret: true,
      help:
        "the access token; everyone on the machine sees a flag, so better set the variable; default: the one that serve has",
    },
    mode: {
      env: "WATCH_MODE",
      flag: "mode",
      placeholder: "MODE",
      schema: z.enum(MODES, `must be one of ${MODES.join(", ")}`),
      default: "quote",
      commands: WATCH,
      help: "how much of each tick: ltp, quote or snapquote",
    },
    csv: {
      env: "WATCH_CSV",
      flag: "csv",
      schema: boolean,
      default: "0",
      commands: WATCH,
      help: "ticks as CSV; otherwise a table on a terminal, and NDJSON on a pipe",
    },
  },
} satisfies SettingGroup;
