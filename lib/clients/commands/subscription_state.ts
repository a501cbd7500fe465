import type { Clock } from "../../util/clock.ts";
import type { Feed } from "../../feed/market_data.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import { type InstrumentKey, splitKey } from "../../market/market.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { TickJson } from "../json/tick_json.ts";

export interface SubscriptionParts {
  readonly clock: Clock;
  readonly feed: Feed<TickJson>;
  readonly instruments: Instruments;
}

/** After this long in session hours without a tick, a subscription is said to have no data. */
const NO_DATA_AFTER_MS = 30_000;

/**
 * One subscription of a client and how it fares: `requested` until its first tick, then `live`; `no_data` when it
 * should have ticked by now, with the probable reason, since the broker acknowledges nothing.
 */
export function subscriptionRow(
  session: ClientConnection,
  key: InstrumentKey,
  { clock, feed, instruments }: SubscriptionParts,
): Record<string, unknown> {
  const now = clock.now();
  const tickedAt = feed.tickedAt(key);
  const since = session.since(key);
  const row = { instrument: key, symbol: instruments.symbolOf(key), mode: session.wants.get(key) };
  if (tickedAt !== undefined) {
    return { ...row, state: "live", freshness: feed.freshness(key), last_tick_age_ms: now - tickedAt };
  }
  const { overdue, reason } = whySilent(key, now - (since ?? now), feed, instruments);
  return { ...row, state: overdue ? "no_data" : "requested", since, reason };
}

function whySilent(
  key: InstrumentKey,
  waitedMs: number,
  feed: Feed<TickJson>,
  instruments: Instruments,
): { readonly overdue: boolean; readonly reason: string } {
  const freshness = feed.freshness(key);
  if (freshness === "suspect") return { overdue: true, reason: "its ticks are not to be believed" };
  if (freshness === "stale") return { overdue: false, reason: "the feed is down" };
  if (!feed.hours(splitKey(key).exchange).trading) {
    return { overdue: false, reason: "its exchange is closed, and the broker has sent no last value" };
  }
  if (waitedMs < NO_DATA_AFTER_MS) return { overdue: false, reason: "waiting for the first tick" };
  const reason = instruments.complete || instruments.get(key) !== undefined
    ? "nothing was traded, or the contract has expired"
    : "the token may not exist: the instrument master is not loaded";
  return { overdue: true, reason };
}
