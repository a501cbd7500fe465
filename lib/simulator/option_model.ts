import { endOf, yearsUntil } from "../market/option_end.ts";
import { blackPrice, type Greeks, greeksOf, type OptionTerms } from "../pricing/black76.ts";
import type { SimulatedContract, SimulatedInstrument } from "./instruments.ts";

/** What an option of the model is worth. */
export interface ModelValue {
  readonly volatility: number;
  readonly greeks: Greeks;
}

/** Interest for a year. */
const RATE = 0.06;

const LEAST_VOLATILITY = 0.06;
const MOST_VOLATILITY = 0.9;

/** Nearer to the expiry than this, a smile would be as steep as none is. */
const LEAST_YEARS = 1 / 365;

/** The price of a contract at a price of what it follows. @param now ms since the Unix epoch. */
export function modelPrice(instrument: SimulatedInstrument, followed: number, now: number): number {
  return modelPrices(instrument)(followed, now);
}

/** The same for many prices of one contract. */
export function modelPrices(instrument: SimulatedInstrument): (followed: number, now: number) => number {
  const end = contractEnd(instrument);
  return (followed, now) => {
    const terms = termsOf(instrument, followed, now, end);
    return isOption(terms) ? blackPrice(terms, smile(terms)) : terms.forward;
  };
}

/** What an option of the model is worth; undefined for any other instrument. */
export function modelValue(
  instrument: SimulatedInstrument,
  followed: number,
  now: number,
): ModelValue | undefined {
  const terms = termsOf(instrument, followed, now, contractEnd(instrument));
  if (!isOption(terms) || terms.years <= 0) return undefined;
  const volatility = smile(terms);
  return { volatility, greeks: greeksOf(terms, volatility) };
}

function contractEnd({ exchange, contract }: SimulatedInstrument): number {
  return endOf(exchange, (contract as SimulatedContract).expiry);
}

function termsOf({ contract, model }: SimulatedInstrument, followed: number, now: number, end: number) {
  const { kind: side, strike } = contract as SimulatedContract;
  const years = Math.max(0, yearsUntil(end, now));
  return { side, strike, forward: followed * Math.exp((model?.carry ?? 0) * years), years, rate: RATE };
}

function isOption(terms: ReturnType<typeof termsOf>): terms is OptionTerms & ReturnType<typeof termsOf> {
  return terms.side !== "FUT" && terms.strike !== undefined;
}

/** Options far from the money cost more than those at it, and puts more than calls, as in the real market. */
function smile({ forward, strike, years }: OptionTerms): number {
  const distance = Math.log(strike / forward) / Math.sqrt(Math.max(years, LEAST_YEARS));
  const volatility = 0.125 - 0.03 * distance + 0.3 * distance ** 2;
  return Math.min(Math.max(volatility, LEAST_VOLATILITY), MOST_VOLATILITY);
}
