import type { MarketData } from "../feed/market_data.ts";
import type { Instruments } from "../instruments/instrument.ts";
import { istTimestamp } from "../market/ist.ts";
import { type InstrumentKey, type Mode, splitKey } from "../market/market.ts";
import type { Clock, Moment } from "../util/clock.ts";
import type { EndedSubscription } from "./client_connection.ts";

export interface SubscriptionStateSources {
  readonly clock: Clock;
  readonly marketData: MarketData;
  readonly instruments: Instruments;
}

/** Whose subscription it is. */
export interface DatedSubscriptions {
  readonly subscriptions: ReadonlyMap<InstrumentKey, Mode>;
  /** When an instrument was subscribed. */
  subscribedAt(key: InstrumentKey): Moment | undefined;
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
  const age = marketData.ageMs(key);
  const at = holder.subscribedAt(key);
  const mode = holder.subscriptions.get(key) ?? "ltp";
  const row = {
    instrument: key,
    symbol: instruments.symbolOf(key),
    mode,
    market: marketData.hours(key).phase,
  };
  const last = marketData.last(key);
  if (age !== undefined && last?.isShown(mode)) {
    const freshness = marketData.freshness(key, mode);
    const reason = last.hasPrice(mode) || freshness === "suspect" ? {} : { reason: NEVER_TRADED };
    return { ...row, state: "live", freshness, last_tick_age_ms: age, ...reason };
  }
  const { overdue, reason } = whySilent(
    key,
    mode,
    at === undefined ? 0 : clock.elapsed() - at.elapsed,
    sources,
  );
  return { ...row, state: overdue ? "no_data" : "requested", since: at?.now, reason };
}

/** A subscription that ended since its number means nothing any more, or something else. */
export function endedState(
  { mode, state, change: { key, from, to } }: EndedSubscription,
): Record<string, unknown> {
  const reason = to === undefined
    ? "its last day is over, or no list has its number any more"
    : `its number now means ${to}`;
  return { instrument: key, symbol: from, mode, state, reason };
}

const NEVER_TRADED = "it has not been traded yet, so there is no price";

function whySilent(
  key: InstrumentKey,
  mode: Mode,
  waitedMs: number,
  { marketData, instruments }: SubscriptionStateSources,
): { readonly overdue: boolean; readonly reason: string } {
  const freshness = marketData.freshness(key, mode);
  const refusal = marketData.refusalOf(key);
  if (refusal !== undefined) {
    const { code, message, retryAt } = refusal;
    const again = `it is asked again at ${istTimestamp(retryAt)} IST`;
    return { overdue: true, reason: `the broker refused it: ${code} ${message}; ${again}` };
  }
  if (freshness === "suspect") return { overdue: true, reason: "its ticks are not to be believed" };
  if (freshness === "stale") return { overdue: false, reason: "the feed is down" };
  if (marketData.last(key) !== undefined) return { overdue: false, reason: NEVER_TRADED };
  const { phase, trading } = marketData.hours(key);
  if (!trading) {
    const hours = phase === "unknown" ? "it is not known whether it trades now" : "it does not trade now";
    return { overdue: false, reason: `${hours}, and the broker has sent no last value` };
  }
  const asked = marketData.unanswered(key);
  if (asked > 1) {
    return { overdue: true, reason: `the broker has answered none of ${asked} requests for it` };
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
