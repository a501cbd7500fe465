import type { Traded } from "../market/calendar.ts";
import type { Exchange, InstrumentKey } from "../market/market.ts";
import type { Resolution } from "./resolver/resolution.ts";
import type { StrikePair, Underlying, UnderlyingResolution } from "./underlying.ts";

/**
 * What a thing is. `underlying`: a row that has no ticks of its own, a commodity in spot, a pair of currencies; its
 * contracts have. `other`: what does not trade as a share, such as bonds.
 */
export type InstrumentType = "index" | "equity" | "future" | "option" | "other" | "underlying";

/** One row of the broker's instrument master, as everybody but the broker would write it. */
export interface Instrument {
  readonly key: InstrumentKey;
  readonly exchange: Exchange;
  readonly token: string;
  readonly symbol: string;
  /** The underlying of a contract; else what the symbol is short for, often the same. */
  readonly name: string;
  readonly type: InstrumentType;
  /** The last day of a contract, as `2026-11-24`. */
  readonly expiry?: string;
  /** Rupees; options alone have one. */
  readonly strike?: number;
  readonly lotSize: number;
  /** Rupees; 0 for indices, and where it is not known. */
  readonly tickSize: number;
}

/** Where the instruments come from: this program, a file of the owner's, today's download, or an earlier one. */
export type InstrumentSource = "built-in" | "file" | "download" | "kept";

export interface InstrumentStatus {
  readonly rows: number;
  /** When the rows were fetched or the file was written, ms since the Unix epoch. */
  readonly asOf?: number | undefined;
  readonly source: InstrumentSource;
}

/** Looks instruments up; what the rest of the program sees, whatever stands behind it. */
export interface Instruments {
  /** The name for people; the token where there is no other. */
  symbolOf(key: InstrumentKey): string;
  /** The instrument of a key; that of the 999 number also for the 26000-style number of an index. */
  get(key: InstrumentKey): Instrument | undefined;
  /** What decides the hours of an instrument at a moment, ms since the Unix epoch; as far as the list tells it. */
  tradedAs(key: InstrumentKey, at: number): Traded;
  /**
   * The one instrument that a name or a number leads to, in any of the forms that are in use, or why there is none.
   *
   * @param exchange Where to look; by default everywhere, NSE first.
   */
  resolve(word: string, exchange?: Exchange): Resolution;
  /** What a name leads to where options are listed on it, or why there are none. @param exchange As of `resolve`. */
  underlying(word: string, exchange?: Exchange): UnderlyingResolution;
  /** The options of an underlying that end on a day such as `2026-12-29`, by rising strike. */
  strikes(underlying: Pick<Underlying, "exchange" | "name">, expiry: string): StrikePair[];
  /** Whether a key is of an instrument that ticks today, or may be of one that the list lacks. */
  mayTick(key: InstrumentKey): boolean;
  /** The instruments in whose symbol or name all words of a query stand, best first; none that has expired. */
  search(query: string, limit: number, exchange?: Exchange): Instrument[];
  /** Whether a token that is not found does not exist: true while a whole master of today is loaded. */
  readonly complete: boolean;
  status(): InstrumentStatus;
  /** Calls `changed` after each change of the whole list, synchronously. The answer ends that. */
  onChange(changed: () => void): () => void;
}

/**
 * Numbers of indices as they were before March 2024, and still stand in many programs. Only pairs that were seen in a
 * master: the rule behind them is a guess, and a share may have a number that looks the same.
 */
const OLD_INDEX_NUMBERS: Readonly<Partial<Record<Exchange, ReadonlySet<string>>>> = {
  nse: new Set(["26000", "26009", "26013", "26017", "26037", "26074"]),
  bse: new Set(["19000", "19012"]),
};

/** The number under which an instrument ticks: 26000-style numbers of indices get the 999 in front. */
export function canonicalToken(exchange: Exchange, token: string): string {
  return OLD_INDEX_NUMBERS[exchange]?.has(token) ? `999${token}` : token;
}
