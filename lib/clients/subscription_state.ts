import type { MarketData } from "../feed/market_data.ts";
import type { Instruments } from "../instruments/instrument.ts";
import { type InstrumentKey, type Mode, splitKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";

export interface SubscriptionStateSources {
  readonly clock: Clock;
  readonly marketData: MarketData;
  readonly instruments: Instruments;
}

/** Whose subscription it is. */
export interface DatedSubscriptions {
  readonly subscriptions: ReadonlyMap<InstrumentKey, Mode>;
  /** When an instrument was subscribed, ms since the Unix epoch. */
  since(key: InstrumentKey): number | undefined;
}

/** After this long in session hours without a tick, a subscription is said to have no data. */
const NO_DATA_AFTER_MS = 30_000;

/**
 * One subscription and how it stands: `requested` until its first tick, then `live`; `no_data` when it
 * should have ticked by now, with the probable reason, since the broker acknowledges nothing.
 */
export function subscriptionState(
  holder: DatedSubscriptions,
  key: InstrumentKey,
  sources: SubscriptionStateSources,
): Record<string, unknown> {
  const { clock, marketData, instruments } = sources;
  const now = clock.now();
  const tickedAt = marketData.tickedAt(key);
  const since = holder.since(key);
  const row = {
    instrument: key,
    symbol: instruments.symbolOf(key),
    mode: holder.subscriptions.get(key),
  };
  if (tickedAt !== undefined) {
    return { ...row, state: "live", freshness: marketData.freshness(key), last_tick_age_ms: now - tickedAt };
  }
  const { overdue, reason } = whySilent(key, now - (since ?? now), sources);
  return { ...row, state: overdue ? "no_data" : "requested", since, reason };
}

function whySilent(
  key: InstrumentKey,
  waitedMs: number,
  { marketData, instruments }: SubscriptionStateSources,
): { readonly overdue: boolean; readonly reason: string } {
  const freshness = marketData.freshness(key);
  if (freshness === "suspect") return { overdue: true, reason: "its ticks are not to be believed" };
  if (freshness === "stale") return { overdue: false, reason: "the feed is down" };
  if (!marketData.hours(key).trading) {
    return { overdue: false, reason: "its exchange is closed, and the broker has sent no last value" };
  }
  if (waitedMs < NO_DATA_AFTER_MS) return { overdue: false, reason: "waiting for the first tick" };
  const { exchange, token } = splitKey(key);
  const found = instruments.resolve(token, exchange);
  if (found.kind !== "found") return { overdue: true, reason: found.message };
  const isKnown = instruments.complete || instruments.get(key) !== undefined;
  const doubt = found.doubt ?? (isKnown ? undefined : "the instrument master is not loaded");
  if (doubt !== undefined) return { overdue: true, reason: `the token may not exist: ${doubt}` };
  return { overdue: true, reason: "nothing was traded, or the contract has expired" };
}
