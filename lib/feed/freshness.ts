import { istDate } from "../market/ist.ts";

/**
 * What a last price is worth:
 * - `live`: the market is open, the feed is up, and it ticked a moment ago
 * - `quiet`: the same, but nothing was traded for a while, or the price is of an earlier day
 * - `stale`: the market is open, and the feed is down, mute, or has not ticked since it came back
 * - `closed`: the market is closed
 * - `suspect`: the last tick was not believed; the price is the one before it
 */
export type Freshness = "live" | "quiet" | "stale" | "closed" | "suspect";

/** Without a tick for longer than this, a live instrument is called quiet. */
const QUIET_AFTER_MS = 60_000;

export interface FreshnessFacts {
  readonly now: number;
  /** Nothing at all happens at the exchange. */
  readonly closed: boolean;
  /** When the feed that carries the instrument came up; undefined while it is down or mute. */
  readonly feedUpSince?: number | undefined;
  /** When its last believed tick came. */
  readonly lastTickAt?: number | undefined;
  readonly suspect: boolean;
  /** When its last price was made, by the exchange's clock; undefined where nothing is known. */
  readonly pricedAt?: number | undefined;
}

export function freshnessOf(
  { now, closed, feedUpSince, lastTickAt, suspect, pricedAt }: FreshnessFacts,
): Freshness {
  if (suspect) return "suspect";
  if (closed) return "closed";
  if (feedUpSince === undefined) return "stale";
  // What came while we were not listening is unknown, until the first tick after it.
  if (lastTickAt !== undefined && lastTickAt < feedUpSince) return "stale";
  // A clock that was set back makes an age negative, which says as little as a great one.
  if (lastTickAt === undefined || Math.abs(now - lastTickAt) > QUIET_AFTER_MS) return "quiet";
  if (pricedAt !== undefined && istDate(pricedAt) < istDate(now)) return "quiet";
  return "live";
}
