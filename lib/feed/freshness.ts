import { istMidnight } from "../market/ist.ts";
import { CLOCK_TOLERANCE_MS } from "./exchange_clock.ts";

/**
 * What a last price is worth:
 * - `live`: the market is open, the feed is up, and it ticked a moment ago
 * - `quiet`: the same, but nothing was traded for a while or ever, or the price is of an earlier time
 * - `stale`: the market is open, and the feed is down, mute, or has not ticked since it came back
 * - `closed`: the market is closed
 * - `suspect`: the last tick, or its price or book, was not believed
 */
export type Freshness = "live" | "quiet" | "stale" | "closed" | "suspect";

/** Without a tick for longer than this, a live instrument is called quiet. */
const QUIET_AFTER_MS = 60_000;

/**
 * A tick whose exchange time is further away than this is of before, and not of the moment in which it came: it is as
 * old as one that came so long ago.
 */
const OLD_AFTER_MS = QUIET_AFTER_MS;

export interface FreshnessFacts {
  /** The exchange's time, ms since the Unix epoch. */
  readonly now: number;
  /** Elapsed ms; so are the two times below. */
  readonly elapsed: number;
  /** Nothing at all happens at the exchange. */
  readonly closed: boolean;
  /** When the feed that carries the instrument came up; undefined while it is down or mute. */
  readonly feedUpSince?: number | undefined;
  /** When its last believed tick came. */
  readonly lastTickAt?: number | undefined;
  readonly suspect: boolean;
  /** Its last price was of before already when it came. */
  readonly old?: boolean;
  /** The exchange's time of its last tick; undefined where it told none. */
  readonly exchangeTime?: number | undefined;
}

export function freshnessOf(facts: FreshnessFacts): Freshness {
  const { now, elapsed, closed, feedUpSince, lastTickAt, suspect, old = false, exchangeTime } = facts;
  if (suspect) return "suspect";
  if (closed) return "closed";
  if (feedUpSince === undefined) return "stale";
  // What came while we were not listening is unknown, until the first tick after it.
  if (lastTickAt !== undefined && lastTickAt < feedUpSince) return "stale";
  if (lastTickAt === undefined || elapsed - lastTickAt > QUIET_AFTER_MS || old) return "quiet";
  return exchangeTime !== undefined && istMidnight(exchangeTime) < istMidnight(now) ? "quiet" : "live";
}

/** Whether a tick is of before: it comes late, repeats a last value, or the exchange's clock stands still. */
export function isOldTick(
  { exchangeTime, receivedAt }: { readonly exchangeTime: number; readonly receivedAt: number },
  leadMs: number,
): boolean {
  if (exchangeTime === 0) return true;
  const age = receivedAt + leadMs - exchangeTime;
  if (age > OLD_AFTER_MS) return true;
  return age > CLOCK_TOLERANCE_MS && istMidnight(exchangeTime) < istMidnight(receivedAt + leadMs);
}
