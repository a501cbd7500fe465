import { contractDay, dayText, istDay } from "../market/day.ts";
import { DAY_MS } from "../market/ist.ts";
import { type Exchange, type InstrumentKey, keyOf } from "../market/market.ts";
import { type PriceModel, roundToTick, type SimulatedInstrument } from "./instruments.ts";
import { modelPrice } from "./option_model.ts";
import { lastCloseBefore } from "./trading_hours.ts";

interface ChainSeries {
  readonly exchange: Exchange;
  readonly underlying: string;
  readonly spot: InstrumentKey;
  /** Of the first contract; the others follow. */
  readonly token: number;
  readonly step: number;
  /** On each side of the strike at the money. */
  readonly strikes: number;
  readonly lotSize: number;
  /** Of the weekly expiries; Sunday is 0. */
  readonly weekday: number;
}

/** The underlyings that have complete chains. */
const SERIES: readonly ChainSeries[] = [
  {
    exchange: "nfo",
    underlying: "NIFTY",
    spot: "nse:99926000",
    token: 500_001,
    step: 50,
    strikes: 48,
    lotSize: 65,
    weekday: 2,
  },
  {
    exchange: "bfo",
    underlying: "SENSEX",
    spot: "bse:99919000",
    token: 900_001,
    step: 100,
    strikes: 40,
    lotSize: 20,
    weekday: 4,
  },
];

/** Of a future, for a year, as a part of what it follows. */
export const CARRY = 0.034;

/** How far an option may rise in a day, as a part of the underlying's price. */
const MAX_RISE = 0.25;

/** Weekly expiries, one after the other. */
const WEEKS = 2;

/**
 * Adds complete option chains on two indices: the next two weekly expiries, and the monthly expiry that the instruments
 * already have. One model derives the prices of all contracts on these indices from the index: put-call parity holds,
 * there is a volatility smile, and time value decays.
 *
 * @param at When, ms since the Unix epoch.
 */
export function withOptionChains(
  instruments: readonly SimulatedInstrument[],
  at: number,
): SimulatedInstrument[] {
  const found: SimulatedInstrument[] = [];
  for (const instrument of instruments) {
    found.push(withModelPrice(instrument, [...found, ...instruments], at));
  }
  for (const series of SERIES) found.push(...optionsOf(series, found, at));
  return found;
}

/** A contract on one of the indices with the model for its price; any other instrument as it is. */
function withModelPrice(
  instrument: SimulatedInstrument,
  instruments: readonly SimulatedInstrument[],
  at: number,
): SimulatedInstrument {
  const { contract, exchange } = instrument;
  const series = SERIES.find((each) =>
    each.exchange === exchange && each.underlying === contract?.underlying
  );
  if (series === undefined || contract === undefined) return instrument;
  const model = contract.kind === "FUT"
    ? spotModel(series)
    : priceModelOf(series, contract.expiry, instruments);
  const base = instruments.find((each) => keyOf(each.exchange, each.token) === model.follows)!;
  const priced = priceByModel({ ...instrument, model }, base, at);
  return contract.kind === "FUT" ? priced : { ...priced, circuits: circuitsOf(priced, instruments, series) };
}

/** The contract with the prices that it has where it follows another instrument: now, and at the previous close. */
export function priceByModel(
  instrument: SimulatedInstrument,
  followed: SimulatedInstrument,
  at: number,
): SimulatedInstrument {
  const { exchange, tickSize } = instrument;
  const priced = (base: number, time: number) =>
    Math.max(tickSize, roundToTick(modelPrice(instrument, base, time), tickSize));
  const previousClose = priced(followed.previousClose, lastCloseBefore(exchange, at));
  return { ...instrument, price: priced(followed.price, at), previousClose };
}

function optionsOf(
  series: ChainSeries,
  instruments: readonly SimulatedInstrument[],
  at: number,
): SimulatedInstrument[] {
  const { exchange, underlying, step, strikes, lotSize } = series;
  const spot = instruments.find(({ exchange, token }) => keyOf(exchange, token) === series.spot);
  if (spot === undefined) return [];
  const listed = instruments.filter((each) =>
    each.exchange === exchange && each.contract?.underlying === underlying
  );
  const monthly = listed.flatMap(({ contract }) => contract?.kind === "FUT" ? [] : [contract!.expiry]);
  const atTheMoney = Math.round(spot.price / step) * step;
  let token = series.token;
  const found: SimulatedInstrument[] = [];
  for (const expiry of new Set([...weeklyExpiries(series.weekday, at), ...monthly])) {
    const model = priceModelOf(series, expiry, instruments);
    const base = instruments.find((each) => keyOf(each.exchange, each.token) === model.follows)!;
    for (let strike = atTheMoney - strikes * step; strike <= atTheMoney + strikes * step; strike += step) {
      for (const kind of ["CE", "PE"] as const) {
        const number = String(token++);
        const contract = { underlying, expiry, kind, strike };
        if (listed.some(({ contract: each }) => isSame(each, contract))) continue;
        const unpriced = {
          exchange,
          token: number,
          symbol: `${underlying}${contractDay(Date.parse(expiry) / DAY_MS)}${strike}${kind}`,
          price: 0,
          previousClose: 0,
          tickSize: 0.05,
          lotSize,
          band: 0,
          book: "full",
          contract,
          model,
          at,
        } as const;
        const priced = priceByModel(unpriced, base, at);
        found.push({ ...priced, circuits: circuitsOf(priced, instruments, series) });
      }
    }
  }
  return found;
}

/** The next days that are such a weekday, tomorrow at the earliest: nothing expires on its first day. */
function weeklyExpiries(weekday: number, at: number): string[] {
  let day = istDay(at) + 1;
  while (new Date(day * DAY_MS).getUTCDay() !== weekday) day++;
  return Array.from({ length: WEEKS }, (_, i) => dayText(day + 7 * i));
}

/** Options that expire together with a future are priced from it; the others from the index. */
function priceModelOf(
  series: ChainSeries,
  expiry: string,
  instruments: readonly SimulatedInstrument[],
): PriceModel {
  const future = instruments.find(({ exchange, contract }) =>
    exchange === series.exchange && contract?.underlying === series.underlying && contract.kind === "FUT" &&
    contract.expiry === expiry
  );
  return future === undefined
    ? spotModel(series)
    : { follows: keyOf(future.exchange, future.token), carry: 0 };
}

function spotModel({ spot }: ChainSeries): PriceModel {
  return { follows: spot, carry: CARRY };
}

/** An option may fall to one tick and rise with its underlying. */
function circuitsOf(
  { price, tickSize }: SimulatedInstrument,
  instruments: readonly SimulatedInstrument[],
  { spot }: ChainSeries,
) {
  const underlying = instruments.find(({ exchange, token }) => keyOf(exchange, token) === spot)!;
  return { lower: tickSize, upper: roundToTick(price + MAX_RISE * underlying.price, tickSize) };
}

function isSame(
  a: SimulatedInstrument["contract"],
  b: NonNullable<SimulatedInstrument["contract"]>,
): boolean {
  return a?.expiry === b.expiry && a.strike === b.strike && a.kind === b.kind;
}
