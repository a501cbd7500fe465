import { dayOf, lastDayOf, monthOf } from "../../market/day.ts";
import type { ContractKind } from "../index/columns.ts";

/** What the name of a contract says, in one way of reading it. */
export interface ContractName {
  readonly underlying: string;
  readonly kind: ContractKind;
  /** Rupees; 0 for futures. */
  readonly strike: number;
  /** The last day, days since the Unix epoch; of a name that says only the month, the last day of that. */
  readonly day: number;
  /** Whether the name says the day. */
  readonly exact: boolean;
  /** The form is TradingView's, which writes the cash market of an exchange before contracts as well. */
  readonly tradingView?: boolean;
}

interface Form {
  readonly pattern: RegExp;
  /** @returns Undefined where the parts make no contract. */
  read(parts: readonly string[]): Omit<ContractName, "underlying"> | undefined;
}

/** Letters of the months of futures, as exchanges all over the world use them. */
const MONTH_LETTERS = "FGHJKMNQUVXZ";

/** Months in the names of weekly contracts: 1 to 9, O, N, D. */
const WEEKLY_MONTHS = "123456789OND";

const SIDE = "(?:FUT|([0-9]+(?:\\.[0-9]+)?)(CE|PE))";

/** Underlyings may end with digits, so each form may fit in several ways; the list decides which is one. */
const FORMS: readonly Form[] = [
  // NIFTY29DEC26FUT, SENSEX31DEC2681000CE: most symbols of the list, and all of OpenAlgo; and with the whole year.
  ...["[0-9]{2}", "20[0-9]{2}"].map((year): Form => ({
    pattern: new RegExp(`^([0-9]{2})([A-Z]{3})(${year})${SIDE}$`),
    read: ([day, month, year, strike, side]) =>
      contract(dayOf(fullYear(year!), monthOf(month!), Number(day)), true, strike, side),
  })),
  // SENSEX26DEC81000CE, USDINR26DECFUT: symbols of BFO and CDS whose contract is the month's.
  {
    pattern: new RegExp(`^([0-9]{2})([A-Z]{3})${SIDE}$`),
    read: ([year, month, strike, side]) =>
      monthOf(month!) === 0
        ? undefined
        : contract(lastDayOf(fullYear(year!), monthOf(month!)), false, strike, side),
  },
  // SENSEX26D0381000CE, USDINR26O09FUT: symbols of BFO and CDS whose contract is a week's.
  {
    pattern: new RegExp(`^([0-9]{2})([1-9OND])([0-9]{2})${SIDE}$`),
    read: ([year, month, day, strike, side]) =>
      contract(dayOf(fullYear(year!), WEEKLY_MONTHS.indexOf(month!) + 1, Number(day)), true, strike, side),
  },
  // NIFTY261229C24800: options of TradingView.
  {
    pattern: /^([0-9]{2})([0-9]{2})([0-9]{2})([CP])([0-9]+(?:\.[0-9]+)?)$/,
    read: ([year, month, day, side, strike]) =>
      viewed(contract(dayOf(fullYear(year!), Number(month), Number(day)), true, strike, `${side}E`)),
  },
  // NIFTYZ2026: futures of TradingView.
  {
    pattern: new RegExp(`^([${MONTH_LETTERS}])(20[0-9]{2})$`),
    read: ([letter, year]) =>
      viewed(
        contract(lastDayOf(Number(year), MONTH_LETTERS.indexOf(letter!) + 1), false, undefined, undefined),
      ),
  },
];

/** How the names of all forms end. */
const CONTRACT_END = /[0-9](FUT|CE|PE)$|[A-Z]FUT$|[CP][0-9.]+$|[FGHJKMNQUVXZ]20[0-9]{2}$/;

/** Longest part behind the name of an underlying. */
const MAX_TAIL = 24;

/** All ways in which a text can be the name of a contract. @param text In capitals; blanks do not count. */
export function contractNames(text: string): ContractName[] {
  const squeezed = text.replaceAll(" ", "");
  if (!CONTRACT_END.test(squeezed)) return [];
  const found: ContractName[] = [];
  for (let at = Math.max(1, squeezed.length - MAX_TAIL); at < squeezed.length - 3; at++) {
    const tail = squeezed.slice(at);
    for (const { pattern, read } of FORMS) {
      const parts = pattern.exec(tail);
      const contract = parts === null ? undefined : read(parts.slice(1));
      if (contract !== undefined) found.push({ underlying: squeezed.slice(0, at), ...contract });
    }
  }
  return found;
}

/** The underlying of a name that means whatever contract is the next, as `NIFTY1!` does; undefined for any other name. */
export function continuousName(text: string): string | undefined {
  return /^(.+?) ?[0-9]+!$/.exec(text)?.[1];
}

function contract(
  day: number,
  exact: boolean,
  strike: string | undefined,
  side: string | undefined,
): Omit<ContractName, "underlying"> | undefined {
  if (day === 0) return undefined;
  if (side === undefined) return { kind: "FUT", strike: 0, day, exact };
  return Number(strike) > 0 ? { kind: side as ContractKind, strike: Number(strike), day, exact } : undefined;
}

function viewed<Contract extends object>(
  contract: Contract | undefined,
): Contract & { tradingView: true } | undefined {
  return contract && { ...contract, tradingView: true };
}

function fullYear(digits: string): number {
  return digits.length === 4 ? Number(digits) : 2000 + Number(digits);
}
