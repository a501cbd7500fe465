import { authenticate } from "./authenticate.ts";
import { cancel } from "./cancel.ts";
import { candles, replayCandles } from "./candles.ts";
import { clients, disconnect, overview } from "./operate.ts";
import { configure } from "./configure.ts";
import type { CommandEntry } from "./define_command.ts";
import { listExchanges } from "./list_exchanges.ts";
import { listSubscriptions } from "./list_subscriptions.ts";
import { ping } from "./ping.ts";
import { pause, resume, seek, speed } from "./replay.ts";
import { search } from "./search.ts";
import { status } from "./status.ts";
import { subscribe } from "./subscribe.ts";
import { unsubscribe } from "./unsubscribe.ts";

/** Every command of the live wire, by its name. */
export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map(
  [
    authenticate,
    subscribe,
    unsubscribe,
    configure,
    listExchanges,
    listSubscriptions,
    search,
    candles,
    cancel,
    status,
    ping,
    clients,
    disconnect,
    overview,
  ].map((entry) => [entry.name, entry]),
);

/** Those of a replay: the same, what turns its clock, and candles of what is yet to come. */
export const REPLAY_COMMANDS: ReadonlyMap<string, CommandEntry> = new Map([
  ...COMMANDS,
  ...[replayCandles, pause, resume, seek, speed].map((entry) => [entry.name, entry] as const),
]);
