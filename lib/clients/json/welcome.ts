import { covers, type Entitlement } from "../../access/entitlement.ts";
import type { Watchlist } from "../instrument_selection.ts";
import { feedReport, type FeedStatus } from "../../status/proxy_status.ts";

/** What the first message tells about. */
export interface WelcomeSources {
  readonly watchlist: Watchlist;
  /** Identifies this run of the program. */
  readonly epoch: string;
  readonly status: () => FeedStatus;
  /** Which day it is, and where it stands; undefined where the prices are of now. */
  readonly replayed?: (() => Record<string, unknown>) | undefined;
}

/** Version of this wire. */
const PROTOCOL = 1;

/** The first message that a client gets. */
export function welcome(
  { watchlist, epoch, replayed, status }: WelcomeSources,
  entitlement: Entitlement,
): Record<string, unknown> {
  const current = status();
  return {
    type: "info",
    message: "Connected to WebSocket proxy server",
    available_exchanges: [...watchlist.keys()].filter((each) => covers(entitlement, each)),
    protocol: PROTOCOL,
    version: current.version,
    source: current.source,
    epoch,
    replay: replayed?.(),
    ...feedReport(current),
  };
}
