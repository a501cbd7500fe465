import type { ChainRow, OptionState } from "../../chain/chain_table.ts";
import type { Forward } from "../../chain/forward.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import type { InstrumentKey } from "../../market/market.ts";
import type { RefusedRow } from "../chains/client_chain.ts";
import type { HttpSources } from "./sources.ts";

type Sources = Pick<HttpSources, "clock" | "instruments">;

/** The fields of each side of a row, in their order; each is absent where it is not known. */
export const SIDE_FIELDS = [
  "instrument",
  "symbol",
  "freshness",
  "last_tick_age_ms",
  "price_age_ms",
  "last_traded_price",
  "bid",
  "bid_quantity",
  "ask",
  "ask_quantity",
  "volume",
  "open_interest",
  "open_interest_change",
  "open_interest_since",
  "implied_volatility",
  "delta",
  "gamma",
  "theta",
  "vega",
  "valued_price",
  "valued_from",
  "not_valued",
  "code",
  "message",
] as const;

/** The columns of a table. */
export const CHAIN_COLUMNS: readonly string[] = [
  "underlying",
  "expires",
  "strike",
  "at_the_money",
  "forward",
  ...["call", "put"].flatMap((side) => SIDE_FIELDS.map((field) => `${side}_${field}`)),
  "source",
];

/** One strike of the answer. @param refused Contracts that there is no room for. */
export function chainRow(
  { strike, call, put }: ChainRow,
  refused: ReadonlyMap<InstrumentKey, RefusedRow>,
  sources: Sources,
): Record<string, unknown> {
  const side = (state: OptionState | undefined) => state && sideOf(state, refused.get(state.key), sources);
  return { strike, call: side(call), put: side(put) };
}

/** The same with the columns of a table. */
export function chainCsvRow({ call, put, ...row }: Record<string, unknown>): Record<string, unknown> {
  const flat = (side: string, fields: unknown) =>
    Object.entries(fields ?? {}).map(([name, value]) => [`${side}_${name}`, value]);
  return { ...row, ...Object.fromEntries([...flat("call", call), ...flat("put", put)]) };
}

export function forwardFields(forward: Forward | undefined): Record<string, unknown> | undefined {
  return forward && { ...forward, price: digits(forward.price, 8) };
}

function sideOf(
  { key, last, freshness, price, valuation, interest }: OptionState,
  refused: RefusedRow | undefined,
  { clock, instruments }: Sources,
): Record<string, unknown> {
  const name = named(key, instruments);
  if (refused !== undefined) {
    const { code, message } = refused;
    return { ...name, freshness: "unknown", not_valued: "refused", code, message };
  }
  if (last === undefined) return { ...name, freshness: "unknown", not_valued: "no_price" };
  const { tick } = last;
  const snap = tick.mode === "snapquote" ? tick : undefined;
  const [bid, ask] = [snap?.bids[0], snap?.asks[0]];
  const pricedAt = snap?.lastTradeTime ?? tick.exchangeTime;
  const hasPrice = last.hasPrice("snapquote");
  return {
    ...name,
    freshness,
    last_tick_age_ms: Math.round(clock.elapsed() - last.elapsed),
    // An exchange that told no time leaves the age unknown.
    price_age_ms: hasPrice && pricedAt > 0 ? Math.max(0, clock.now() - pricedAt) : undefined,
    last_traded_price: hasPrice ? tick.lastPrice : undefined,
    bid: bid?.price,
    bid_quantity: bid?.quantity,
    ask: ask?.price,
    ask_quantity: ask?.quantity,
    volume: snap?.volume,
    open_interest: snap?.openInterest,
    open_interest_change: interest?.change,
    open_interest_since: interest?.since,
    ...valuation.kind === "none" ? { not_valued: valuation.reason } : {
      implied_volatility: digits(100 * valuation.volatility),
      delta: digits(valuation.greeks.delta),
      gamma: digits(valuation.greeks.gamma),
      theta: digits(valuation.greeks.theta),
      vega: digits(valuation.greeks.vega),
      valued_price: price.kind === "price" ? digits(price.price, 8) : undefined,
      valued_from: price.kind === "price" ? price.from : undefined,
    },
  };
}

export function named(key: InstrumentKey, instruments: Pick<Instruments, "symbolOf">) {
  return { instrument: key, symbol: instruments.symbolOf(key) };
}

/** Without the dust of computing. */
function digits(value: number, count = 6): number {
  return Number(value.toPrecision(count));
}
