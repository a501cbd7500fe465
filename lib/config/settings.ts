import { rowsOf, type Setting, type SettingGroup } from "./setting.ts";
import { ACCOUNT_SETTINGS } from "./settings/account.ts";
import { EXPORT_SETTINGS } from "./settings/export.ts";
import { LIMIT_SETTINGS } from "./settings/limits.ts";
import { LOG_SETTINGS } from "./settings/log.ts";
import { MARKET_SETTINGS } from "./settings/market.ts";
import { NATS_SETTINGS } from "./settings/nats.ts";
import { REPLAY_SETTINGS } from "./settings/replay.ts";
import { RECORDING_SETTINGS } from "./settings/recording.ts";
import { SERVER_SETTINGS } from "./settings/server.ts";
import { SIMULATOR_SETTINGS } from "./settings/simulator.ts";
import { TOKEN_SETTINGS } from "./settings/token.ts";
import { WATCH_SETTINGS } from "./settings/watch.ts";

/** Everything that can be set, in the shape of the configuration and in the order of the help. */
export const SETTING_GROUPS = {
  ...SERVER_SETTINGS,
  ...MARKET_SETTINGS,
  ...RECORDING_SETTINGS,
  ...REPLAY_SETTINGS,
  ...ACCOUNT_SETTINGS,
  ...NATS_SETTINGS,
  ...SIMULATOR_SETTINGS,
  ...LIMIT_SETTINGS,
  ...TOKEN_SETTINGS,
  ...WATCH_SETTINGS,
  ...EXPORT_SETTINGS,
  ...LOG_SETTINGS,
} satisfies SettingGroup;

/** The same, one row after the other. */
export const SETTINGS: readonly Setting[] = rowsOf(SETTING_GROUPS);
