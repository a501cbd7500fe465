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
    | "crossed_book"
    /** Far from the price before it, and no packet has come since to agree or to contradict. */
    | "price_jump";
  /** What is doubtful: a price is not shown then; a book, or the whole tick, is shown and marked. */
  readonly part: "price" | "book" | "tick";
  readonly mode: Mode;
}

/**
 * Why a whole packet is not believed:
 * - `time_ahead`: it alone says a time in the exchange's future
 * - `time_backwards`: much older than what was last believed of the instrument
 * - `out_of_order`: it was overtaken by a newer one, which stays
 * - `price_jump`: further from the price before it than a price moves in a day; held back until the next one agrees
 */
export type Rejection = "time_ahead" | "time_backwards" | "out_of_order" | "price_jump";

/** What is doubtful of an instrument, and in which mode and above it can be seen. */
export interface PriceDoubt {
  /** That of a {@linkcode Doubt} or {@linkcode Rejection}, or why its packet cannot be read, such as `wrong_length`. */
  readonly reason: string;
  readonly mode: Mode;
}

export interface GuardContext {
  /** The last tick of the instrument that was believed. */
  readonly previous?: Tick | undefined;
  /** The price of the packet that was held back for its jump just before, or shown with a doubt. */
  readonly unconfirmed?: number | undefined;
  /** Its time is ahead of the exchange's clock. */
  readonly ahead: boolean;
  readonly hours: Pick<InstrumentHours, "continuous" | "uncrossed" | "kind">;
}

/** No price band of a share is wider than 20 % of the previous close, and no index or future outruns its shares. */
const JUMP = 1.25;

/** Between two ticks of an option. A wrong guess costs a second. */
const OPTION_JUMP = 5;

/** Rupees; what is less far is no other instrument's price. */
const OPTION_STEP = 20;

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
  if (isNumbered(tick) && isNumbered(previous)) {
    // Numbers that begin again together with a later time are a restart of the broker's numbering.
    if (tick.sequence < previous.sequence && tick.exchangeTime <= previous.exchangeTime) {
      return "out_of_order";
    }
    if (tick.exchangeTime < markOf(previous) - CLOCK_TOLERANCE_MS) return "time_backwards";
  } else if (tick.exchangeTime < markOf(previous)) {
    return tick.exchangeTime < markOf(previous) - CLOCK_TOLERANCE_MS ? "time_backwards" : "out_of_order";
  }
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

/** The numbers count the packets of a segment; those of indices mean nothing, and are read as 0. */
function isNumbered({ sequence }: Tick): boolean {
  return sequence > 0;
}

function jumps(tick: Tick, previous: Tick, { hours: { kind }, unconfirmed }: GuardContext): boolean {
  // Of what is not known, any jump may be right.
  if (kind === undefined) return false;
  const isFar = kind === "option" ? isFarForOption : isFarForShare;
  if (!isFar(tick.lastPrice, previous.lastPrice)) return false;
  if (istMidnight(tick.exchangeTime) !== istMidnight(previous.exchangeTime)) return false;
  return unconfirmed === undefined || isFar(tick.lastPrice, unconfirmed);
}

function isFarForShare(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined || a <= 0 || b <= 0) return false;
  return a > b * JUMP || b > a * JUMP;
}

/** An option far out of the money may go from 0.05 to 2 in a moment, and is no other instrument for that. */
function isFarForOption(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined || a <= 0 || b <= 0) return false;
  return (a > b * OPTION_JUMP || b > a * OPTION_JUMP) && Math.abs(a - b) > OPTION_STEP;
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
