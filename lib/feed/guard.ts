import { istDate } from "../market/ist.ts";
import type { SnapQuoteTick, Tick } from "../market/market.ts";

/**
 * Why a tick is not believed:
 * - `outside_circuits`: beyond the price band that stands in the same packet
 * - `crossed_book`: bid above ask while trading is continuous
 * - `time_backwards`: older than what was last believed of the instrument
 * - `time_ahead`: the exchange's clock stands in our future
 */
export type Suspicion = "outside_circuits" | "crossed_book" | "time_backwards" | "time_ahead";

/** Packets of different origin overtake each other by a little. */
const BACKWARDS_TOLERANCE_MS = 5_000;

/** A host's clock that is off by more could not have logged in: one-time codes last 30 s. */
const AHEAD_TOLERANCE_MS = 300_000;

export interface GuardContext {
  /** The last tick of the instrument that was believed. */
  readonly previous?: Tick;
  /** Trading is continuous: outside of it, in an auction, books are rightly crossed. */
  readonly continuous: boolean;
}

/** The wrong-price guard: what makes a well-formed tick unbelievable, or undefined. */
export function suspicionOf(tick: Tick, context: GuardContext): Suspicion | undefined {
  if (tick.exchangeTime > tick.receivedAt + AHEAD_TOLERANCE_MS) return "time_ahead";
  const { previous } = context;
  if (previous !== undefined && tick.exchangeTime < markOf(previous) - BACKWARDS_TOLERANCE_MS) {
    return "time_backwards";
  }
  if (tick.mode !== "snapquote") return undefined;
  const { lastPrice, upperCircuit = Infinity, lowerCircuit = 0 } = tick;
  if ((lastPrice > upperCircuit || lastPrice < lowerCircuit) && !tradedEarlier(tick)) {
    return "outside_circuits";
  }
  const bid = tick.bids[0]?.price;
  const ask = tick.asks[0]?.price;
  if (context.continuous && bid !== undefined && ask !== undefined && bid > ask) return "crossed_book";
  return undefined;
}

/** What later ticks must reach: a tick that ran ahead of our clock must not silence those after it. */
function markOf({ exchangeTime, receivedAt }: Tick): number {
  return Math.min(exchangeTime, receivedAt);
}

/** Whether the last trade is of a day before the packet's: the circuits of a packet are of its own day alone. */
function tradedEarlier({ lastTradeTime, receivedAt }: SnapQuoteTick): boolean {
  return lastTradeTime !== undefined && istDate(lastTradeTime) < istDate(receivedAt);
}
