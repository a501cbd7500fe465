/**
 * What a last price is worth:
 * - `live`: the market is open, the feed is up, and it ticked a moment ago
 * - `quiet`: the same, but nothing was traded for a while
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
}

export function freshnessOf({ now, closed, feedUpSince, lastTickAt, suspect }: FreshnessFacts): Freshness {
  if (suspect) return "suspect";
  if (closed) return "closed";
  if (feedUpSince === undefined) return "stale";
  // What came while we were not listening is unknown, until the first tick after it.
  if (lastTickAt !== undefined && lastTickAt < feedUpSince) return "stale";
  if (lastTickAt === undefined || now - lastTickAt > QUIET_AFTER_MS) return "quiet";
  return "live";
}
