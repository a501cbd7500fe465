import { text, url, watchlist } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const SERVE: readonly CommandName[] = ["serve"];
const CALENDAR: readonly CommandName[] = ["serve", "check", "doctor"];

/** Indices and two well-known shares; commodity contracts expire, so none can stand here. */
const DEFAULT_WATCHLIST = "nse:99926000,99926009,99926037,99926013,99926074,99926017,2885,3045;bse:99919000";

/** Which instruments there are, which the owner watches, and when they trade. */
export const MARKET_SETTINGS = {
  watchlist: {
    env: "WATCHLIST",
    flag: "watchlist",
    placeholder: "LIST",
    schema: watchlist,
    default: DEFAULT_WATCHLIST,
    commands: SERVE,
    help: "what subscribing to an exchange means: exchange:token,name;exchange:…",
  },
  instruments: {
    url: {
      env: "INSTRUMENTS_URL",
      flag: "instruments-url",
      placeholder: "URL",
      schema: url("https", "http"),
      commands: SERVE,
      help: "the broker's list of instruments; default: Angel One's, and none for a simulated feed",
    },
    file: {
      env: "INSTRUMENTS_FILE",
      flag: "instruments-file",
      placeholder: "FILE",
      schema: text,
      commands: SERVE,
      help: "a copy of that list of your own, in place of any download",
    },
    folder: {
      env: "DATA_FOLDER",
      flag: "data-folder",
      placeholder: "FOLDER",
      schema: text,
      default: ".smartapi-proxy",
      commands: ["serve", "doctor", "recordings", "verify", "export"],
      help: "where the last good list of instruments and the recordings are kept",
    },
  },
  calendar: {
    env: "MARKET_CALENDAR",
    flag: "calendar",
    placeholder: "FILE",
    schema: text,
    commands: CALENDAR,
    help: "hours and holidays of the exchanges, in JSON; default: those built in",
  },
} satisfies SettingGroup;
