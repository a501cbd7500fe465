import type { Freshness } from "../feed/freshness.ts";
import type { MarketData } from "../feed/market_data.ts";
import type { MarketTick } from "../feed/market_tick.ts";
import type { StrikePair } from "../instruments/underlying.ts";
import type { Exchange, InstrumentKey } from "../market/market.ts";
import { discountOf, type OptionSide, type OptionTerms } from "../pricing/black76.ts";
import type { Clock } from "../util/clock.ts";
import { type Forward, parityForward } from "./forward.ts";
import { type OpenInterestChange, OpenInterestOfDay } from "./open_interest.ts";
import { type CurrentPrice, currentPrice } from "./option_price.ts";
import { yearsTo } from "../market/option_end.ts";
import { type Valuation, Valuations } from "./valuation.ts";

export interface ChainTablesOptions {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, "last" | "freshness">;
}

export interface TableRequest {
  /** Of the contracts. */
  readonly exchange: Exchange;
  readonly expiry: string;
  /** The nearest to the money first. */
  readonly pairs: readonly StrikePair[];
  /** The future that ends with the options, or into which they settle. */
  readonly future?: InstrumentKey | undefined;
  /** The moment of which the prices are: now, or the end of a market that is closed. ms since the Unix epoch. */
  readonly at: number;
  /** Interest for a year, continuously compounded. */
  readonly rate: number;
}

/** A chain as it stands. */
export interface ChainTable {
  readonly years: number;
  /** Undefined where neither the future nor parity tells it. */
  readonly forward: Forward | undefined;
  /** By rising strike. */
  readonly rows: readonly ChainRow[];
}

export interface ChainRow {
  readonly strike: number;
  readonly call?: OptionState;
  readonly put?: OptionState;
}

export interface OptionState {
  readonly key: InstrumentKey;
  readonly last: MarketTick | undefined;
  readonly freshness: Freshness;
  /** What was computed with. */
  readonly price: CurrentPrice;
  readonly valuation: Valuation;
  readonly interest: OpenInterestChange | undefined;
}

type PricedOption = Pick<OptionState, "last" | "freshness" | "price">;

/** Makes tables of chains of the last ticks. What is computed of a tick is computed once, however many ask. */
export class ChainTables {
  readonly #options: ChainTablesOptions;
  readonly #valuations = new Valuations();
  readonly #interests = new OpenInterestOfDay();

  constructor(options: ChainTablesOptions) {
    this.#options = options;
  }

  /** Options whose volatility was computed; for tests. */
  get solved(): number {
    return this.#valuations.solved;
  }

  /** The table of some strikes; everything in it is of this moment, or says that it is not. */
  of({ exchange, expiry, pairs, future, rate, at: moment }: TableRequest): ChainTable {
    // By the second, so that what is asked for twice in it is computed once.
    const at = Math.floor(moment / 1000) * 1000;
    const years = yearsTo(exchange, expiry, at);
    const priced = new Map<InstrumentKey, PricedOption>();
    for (const { call, put } of pairs) {
      for (const key of [call, put]) if (key !== undefined) priced.set(key, this.#priced(key, at));
    }
    const quoted = future === undefined ? undefined : this.#priced(future, at).price;
    const forward = forwardOf(pairs, priced, { future, quoted }, discountOf({ years, rate }));
    const state = (key: InstrumentKey | undefined, strike: number, side: OptionSide) => {
      if (key === undefined) return undefined;
      const terms = forward && { side, strike, forward: forward.price, years, rate };
      return this.#state(key, priced.get(key)!, terms);
    };
    const rows = [...pairs].sort((a, b) => a.strike - b.strike).map(({ strike, call, put }) => ({
      strike,
      ...call === undefined ? {} : { call: state(call, strike, "CE")! },
      ...put === undefined ? {} : { put: state(put, strike, "PE")! },
    }));
    return { years, forward, rows };
  }

  #priced(key: InstrumentKey, at: number): PricedOption {
    const { clock, marketData } = this.#options;
    const last = marketData.last(key);
    const freshness = marketData.freshness(key, "snapquote");
    const price = currentPrice({ last, freshness, at, elapsed: clock.elapsed() });
    return { last, freshness, price };
  }

  #state(key: InstrumentKey, priced: PricedOption, terms: OptionTerms | undefined): OptionState {
    const { last, price } = priced;
    const interest = last?.tick.mode === "snapquote" ? last.tick.openInterest : undefined;
    return {
      key,
      ...priced,
      valuation: this.#valuations.of(last, price, terms),
      interest: interest === undefined
        ? undefined
        : this.#interests.changeOf(key, interest, this.#options.clock.now()),
    };
  }
}

/** The price of the future, where it has one of now; else what parity implies. */
function forwardOf(
  pairs: readonly StrikePair[],
  known: ReadonlyMap<InstrumentKey, PricedOption>,
  { future, quoted }: {
    readonly future: InstrumentKey | undefined;
    readonly quoted: CurrentPrice | undefined;
  },
  discount: number,
): Forward | undefined {
  if (future !== undefined && quoted?.kind === "price") {
    return { from: "future", price: quoted.price, instrument: future };
  }
  const priced = pairs.flatMap(({ strike, call, put }) =>
    call === undefined || put === undefined
      ? []
      : [{ strike, call: known.get(call)!.price, put: known.get(put)!.price }]
  );
  return parityForward(priced, discount);
}
