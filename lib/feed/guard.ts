import type { InstrumentHours } from "../market/instrument_hours.ts";
import { istMidnight } from "../market/ist.ts";
import { MODE_NUMBERS } from "../market/market.ts";
import type { Mode, QuoteTick, SnapQuoteTick, Tick } from "../market/market.ts";
import { CLOCK_TOLERANCE_MS } from "./exchange_clock.ts";

/**
 * What is doubtful about a tick, and since which mode it can be seen: what a packet of more tells must not change what
 * is shown of a packet of less. The price, or the order book; everything else in the packet is as good as ever.
 */
export interface Doubt {
  readonly reason:
    /** The number is none that a price can be. */
    | "no_price"
    | "number_out_of_range"
    /** Beyond the day's range that stands in the same packet. */
    | "outside_day_range"
    /** Beyond the price band that stands in the same packet, for a trade of the same day. */
    | "outside_circuits"
    /** Bid above ask while no auction can be under way. */
    | "crossed_book";
  readonly part: "price" | "book";
  readonly mode: Mode;
}

/**
 * Why a whole packet is not believed:
 * - `time_ahead`: it alone says a time in the exchange's future
 * - `time_backwards`: older than what was last believed of the instrument
 * - `price_jump`: further from the price before it than a price moves in a day; believed when the next one confirms it
 */
export type Rejection = "time_ahead" | "time_backwards" | "price_jump";

/** What is doubtful of an instrument, and in which mode and above it can be seen. */
export interface PriceDoubt {
  /** That of a {@linkcode Doubt} or {@linkcode Rejection}, or why its packet cannot be read, such as `wrong_length`. */
  readonly reason: string;
  readonly mode: Mode;
}

export interface GuardContext {
  /** The last tick of the instrument that was believed. */
  readonly previous?: Tick | undefined;
  /** The price of the packet that was rejected for its jump just before. */
  readonly unconfirmed?: number | undefined;
  /** Its time is ahead of the exchange's clock. */
  readonly ahead: boolean;
  readonly hours: Pick<InstrumentHours, "continuous" | "uncrossed" | "kind">;
}

/** No price band of a share is wider than 20 % of the previous close, and no index or future outruns its shares. */
const JUMP = 1.25;

/** High and low may be of a moment before the price. */
const RANGE_TOLERANCE = 0.01;

/** Whether a packet with this against it reached the clients all the same, with a mark. */
export function isDoubtReason(reason: string): reason is Doubt["reason"] {
  return DOUBT_REASONS.has(reason);
}

const DOUBT_REASONS: ReadonlySet<string> = new Set<Doubt["reason"]>([
  "no_price",
  "number_out_of_range",
  "outside_day_range",
  "outside_circuits",
  "crossed_book",
]);

/** Whether a view in a mode shows what a doubt is about. */
export function isSeenIn(view: Mode, doubt: Pick<Doubt, "mode"> | undefined): boolean {
  return doubt !== undefined && MODE_NUMBERS[view] >= MODE_NUMBERS[doubt.mode];
}

/** What makes a well-formed packet unbelievable as a whole, by what every mode has of it; undefined for nothing. */
export function rejectionOf(tick: Tick, context: GuardContext): Rejection | undefined {
  const { previous, ahead } = context;
  if (ahead) return "time_ahead";
  if (previous === undefined || tick.exchangeTime === 0) return undefined;
  if (tick.exchangeTime < markOf(previous) - CLOCK_TOLERANCE_MS) return "time_backwards";
  return jumps(tick, previous, context) ? "price_jump" : undefined;
}

/** What is doubtful about a packet that is believed; undefined for nothing. */
export function doubtOf(tick: Tick, { hours }: Pick<GuardContext, "hours">): Doubt | undefined {
  if (tick.priceFault !== undefined) return { reason: tick.priceFault, part: "price", mode: "ltp" };
  if (tick.mode === "ltp") return undefined;
  if (hours.continuous && isOutsideDay(tick)) {
    return { reason: "outside_day_range", part: "price", mode: "quote" };
  }
  if (tick.mode === "quote") return undefined;
  if (isOutsideCircuits(tick)) return { reason: "outside_circuits", part: "price", mode: "snapquote" };
  const bid = tick.bids[0]?.price;
  const ask = tick.asks[0]?.price;
  if (hours.uncrossed && bid !== undefined && ask !== undefined && bid > ask) {
    return { reason: "crossed_book", part: "book", mode: "snapquote" };
  }
  return undefined;
}

/** Whether the last trade that a packet tells of is of a day before it, or was never. */
export function tradedEarlier({ lastTradeTime, volume, receivedAt }: SnapQuoteTick): boolean {
  return lastTradeTime === undefined ? volume === 0 : istMidnight(lastTradeTime) < istMidnight(receivedAt);
}

/** What later ticks must reach: a tick that ran ahead of our clock must not silence those after it. */
function markOf({ exchangeTime, receivedAt }: Tick): number {
  return Math.min(exchangeTime, receivedAt);
}

/** Of options, and of what is not known, any jump may be right. */
function jumps(tick: Tick, previous: Tick, { hours: { kind }, unconfirmed }: GuardContext): boolean {
  if (kind === undefined || kind === "option") return false;
  if (!isFar(tick.lastPrice, previous.lastPrice)) return false;
  if (istMidnight(tick.exchangeTime) !== istMidnight(previous.exchangeTime)) return false;
  return unconfirmed === undefined || isFar(tick.lastPrice, unconfirmed);
}

function isFar(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined || a <= 0 || b <= 0) return false;
  return a > b * JUMP || b > a * JUMP;
}

function isOutsideDay({ lastPrice, high, low }: QuoteTick | SnapQuoteTick): boolean {
  if (lastPrice === undefined || high === undefined || low === undefined) return false;
  const tolerance = RANGE_TOLERANCE * Math.abs(high);
  return lastPrice > high + tolerance || lastPrice < low - tolerance;
}

/** The circuits of a packet are of its own day alone. */
function isOutsideCircuits(tick: SnapQuoteTick): boolean {
  const { lastPrice, upperCircuit = Infinity, lowerCircuit = -Infinity } = tick;
  if (lastPrice === undefined) return false;
  return (lastPrice > upperCircuit || lastPrice < lowerCircuit) && !tradedEarlier(tick);
}
