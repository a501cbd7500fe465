import type { DataBody } from "../smartapi/data_calls.ts";
import { dailyChance } from "./history.ts";
import type { SimulatedInstrument } from "./instruments.ts";
import type { ModelValue } from "./option_model.ts";
import { expiryOf } from "./master_rows.ts";

export interface ListParts {
  readonly instruments: readonly SimulatedInstrument[];
  /** ms since the Unix epoch. */
  readonly now: number;
  /** What an option that follows a model is worth. */
  readonly modelValueOf?: (instrument: SimulatedInstrument) => ModelValue | undefined;
}

/** The `data` of an answer, or the code of a refusal. */
export type ListResult = { readonly data: unknown } | { readonly refusal: string };

export const INVALID: ListResult = { refusal: "AB1004" };
export const NO_DATA: ListResult = { refusal: "AB9019" };

/** Every number is a text, as at the broker. */
export function greeks({ name, expirydate }: DataBody, parts: ListParts): ListResult {
  const found = ["CE", "PE"].flatMap((kind) => contracts(parts.instruments, kind)).filter((
    { exchange, contract },
  ) =>
    exchange === "nfo" && contract !== undefined && contract.underlying === name &&
    expiryOf(contract.expiry) === expirydate
  );
  if (found.length === 0) return NO_DATA;
  return {
    data: found.map((each) => {
      const call = each.contract!.kind === "CE";
      const delta = 0.3 + 0.4 * dailyChance(each, parts.now, 11);
      const valued = parts.modelValueOf?.(each);
      const { greeks } = valued ?? {};
      return {
        name,
        expiry: expirydate,
        strikePrice: each.contract!.strike!.toFixed(6),
        optionType: each.contract!.kind,
        delta: (greeks?.delta ?? (call ? delta : delta - 1)).toFixed(4),
        gamma: (greeks?.gamma ?? 0.0001 + 0.001 * dailyChance(each, parts.now, 12)).toFixed(4),
        theta: (greeks?.theta ?? -1 - 10 * dailyChance(each, parts.now, 13)).toFixed(4),
        vega: (greeks?.vega ?? 1 + 10 * dailyChance(each, parts.now, 14)).toFixed(4),
        impliedVolatility: (valued ? 100 * valued.volatility : 10 + 10 * dailyChance(each, parts.now, 15))
          .toFixed(2),
        tradeVolume: (1_000 * each.lotSize * (1 + dailyChance(each, parts.now, 16))).toFixed(2),
      };
    }),
  };
}

export function putCallRatios({ instruments, now }: ListParts): ListResult {
  return {
    data: contracts(instruments, "FUT").map((each) => ({
      pcr: rounded(0.6 + 0.8 * dailyChance(each, now, 10)),
      tradingSymbol: each.symbol,
    })),
  };
}

export function gainersLosers({ datatype, expirytype }: DataBody, parts: ListParts): ListResult {
  const kind = /^Perc(OI|Price)(Gainers|Losers)$/.exec(String(datatype));
  if (kind === null || !isExpiryType(expirytype)) return INVALID;
  const sign = kind[2] === "Gainers" ? 1 : -1;
  const rows = contracts(parts.instruments, "FUT").map((each) => ({
    tradingSymbol: each.symbol,
    percentChange: sign * rounded(0.1 + 8 * dailyChance(each, parts.now, kind[1] === "OI" ? 17 : 18)),
    symbolToken: Number(each.token),
    ...interest(each, parts.now, sign),
  }));
  return { data: rows.sort((a, b) => sign * (b.percentChange - a.percentChange)) };
}

export function buildup({ datatype, expirytype }: DataBody, parts: ListParts): ListResult {
  const signs = {
    "Long Built Up": [1, 1],
    "Short Built Up": [-1, 1],
    "Short Covering": [1, -1],
    "Long Unwinding": [-1, -1],
  };
  const [price, open] = signs[datatype as keyof typeof signs] ?? [];
  if (price === undefined || open === undefined || !isExpiryType(expirytype)) return INVALID;
  const rows = contracts(parts.instruments, "FUT").map((each) => {
    const percent = price * (0.1 + 3 * dailyChance(each, parts.now, 19));
    const { opnInterest, netChangeOpnInterest } = interest(each, parts.now, open);
    return {
      symbolToken: each.token,
      ltp: each.price.toFixed(2),
      netChange: (each.price * percent / 100).toFixed(2),
      percentChange: percent.toFixed(2),
      opnInterest: opnInterest.toFixed(1),
      netChangeOpnInterest: netChangeOpnInterest.toFixed(1),
      tradingSymbol: each.symbol,
    };
  });
  return { data: rows };
}

function interest(each: SimulatedInstrument, now: number, sign: number) {
  const opnInterest = each.lotSize * Math.floor(1_000 + 9_000 * dailyChance(each, now, 20));
  const change = each.lotSize * Math.floor(1 + 500 * dailyChance(each, now, 21));
  return { opnInterest, netChangeOpnInterest: sign * change };
}

function contracts(instruments: readonly SimulatedInstrument[], kind: string): SimulatedInstrument[] {
  return instruments.filter(({ exchange, contract }) => exchange === "nfo" && contract?.kind === kind);
}

function isExpiryType(value: unknown): boolean {
  return ["NEAR", "NEXT", "FAR"].includes(String(value));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
