import type { ContractKind } from "./columns.ts";
import { dayText, kindOf, LETTERS, plainNameHas, strikePlace } from "./contracts.ts";
import { type Expiry, livingExpiries } from "./expiries.ts";
import { type ContractQuery, isWished } from "./query.ts";
import type { Steps } from "./steps.ts";
import type { Segment, TableIndex } from "./table_index.ts";

/** How near the name of an underlying is to a word of the query. */
export type Nearness = "exact" | "beginning" | "containing";

export interface ContractSearchOptions {
  readonly limit: number;
  /** Days since the Unix epoch. */
  readonly today: number;
  readonly steps: Steps;
}

/**
 * The ranks of contracts that a query means, rising. Expiry and strike are compared with the columns of the row, so it
 * does not matter how the symbols of an exchange are built.
 */
export function contractsIn(
  index: TableIndex,
  segments: readonly Segment[],
  query: ContractQuery,
  nearness: Nearness,
  options: ContractSearchOptions,
): number[] {
  const { limit, steps } = options;
  const found: number[] = [];
  for (const segment of segments) {
    for (const { name, rest } of underlyingsOf(segment, query, nearness, steps)) {
      found.push(...matches(index, segment, name, { ...query, words: rest }, options));
    }
  }
  return found.sort((a, b) => a - b).slice(0, limit);
}

/** Underlyings of an exchange that a word names, and the words that are left. */
function underlyingsOf(
  segment: Segment,
  { words, dates, kinds }: ContractQuery,
  nearness: Nearness,
  steps: Steps,
): { readonly name: string; readonly rest: readonly string[] }[] {
  const { contracts, underlyings } = segment;
  const lettered = words.filter((word) => /[A-Z]/.test(word));
  if (nearness === "exact") {
    const isOne = (word: string) => steps.take() && contracts.has(word);
    const whole = words.filter(isOne).map((name) => ({ name, rest: words.filter((word) => word !== name) }));
    return whole.length > 0 ? whole : lettered.flatMap((word) => {
      const name = nameBefore(word, isOne);
      return name === undefined ? [] : [{ name, rest: words }];
    });
  }
  const names = [...contracts.keys()];
  // Without a name, a day, a strike or a kind has to tell.
  const isBare = lettered.length === 0 && (dates.length > 0 || words.length > 0 || kinds.length > 0);
  if (isBare) return nearness === "containing" ? names.map((name) => ({ name, rest: words })) : [];
  const places = lettered.flatMap((word) =>
    nearness === "beginning"
      ? underlyings.beginning([word], names.length, steps)
      : underlyings.containing([word], names.length, steps)
  );
  return [...new Set(places)].map((place) => ({ name: names[place]!, rest: words }));
}

/** The longest name with which a word begins, such as NIFTY in `NIFTY29DEC`; the word goes on. */
function nameBefore(word: string, isName: (word: string) => boolean): string | undefined {
  for (let length = word.length - 1; length > 1; length--) {
    const name = word.slice(0, length);
    if (isName(name)) return name;
  }
  return undefined;
}

/** Of the contracts of one underlying, those that fit; those with exactly the strike that a word names before others. */
function matches(
  index: TableIndex,
  segment: Segment,
  name: string,
  query: ContractQuery,
  { limit, today, steps }: ContractSearchOptions,
): number[] {
  const contracts = segment.contracts.get(name)!;
  const { ranks } = contracts;
  // A word that stands in the name stands in what the columns of each contract make.
  const words = query.words.filter((word) => !name.includes(word));
  const expiries = livingExpiries(contracts, today).filter((expiry) =>
    steps.take() && mayBe(query.kinds, expiry.type) && isWished(query.dates, expiry.day) &&
    mayHave(expiry, words)
  );
  const fits = (rank: number, expiry: Expiry) =>
    steps.take(2) && isKind(index, rank, query.kinds) && hasWords(index, rank, expiry, words);
  const strike = Number(query.words.find((word) => /^[0-9]+(\.[0-9]+)?$/.test(word)) ?? 0);
  const found: number[] = [];
  if (strike > 0) {
    for (const expiry of expiries) {
      if (expiry.type !== "option" || !steps.take(4)) continue;
      for (let at = strikePlace(index, ranks, expiry, strike); at < expiry.to; at++) {
        if (index.columns.strike(index.order[ranks[at]!]!) !== strike || found.length >= limit) break;
        if (fits(ranks[at]!, expiry)) found.push(ranks[at]!);
      }
    }
    if (found.length > 0) return found;
  }
  for (const expiry of expiries) {
    for (let at = expiry.from; at < expiry.to && found.length < limit; at++) {
      if (fits(ranks[at]!, expiry)) found.push(ranks[at]!);
    }
  }
  return found;
}

/** Whether words may stand in the symbols of an expiry: letters stand in their day and their kind, if they are plain. */
function mayHave({ plain, type, day }: Expiry, words: readonly string[]): boolean {
  if (!plain) return true;
  const parts = type === "future" ? [dayText(day), "FUT"] : [dayText(day), "CE", "PE"];
  return words.every((word) => !LETTERS.test(word) || parts.some((part) => part.includes(word)));
}

function mayBe(kinds: readonly ContractKind[], type: "future" | "option"): boolean {
  if (kinds.length === 0) return true;
  return type === "future" ? kinds.includes("FUT") : kinds.some((kind) => kind !== "FUT");
}

function isKind(index: TableIndex, rank: number, kinds: readonly ContractKind[]): boolean {
  if (kinds.length === 0) return true;
  const kind = kindOf(index, rank);
  return kind !== undefined && kinds.includes(kind);
}

/** Whether each word stands in the symbol, or in the name that the columns make. */
function hasWords(index: TableIndex, rank: number, { plain }: Expiry, words: readonly string[]): boolean {
  const { columns, order } = index;
  return words.every((word) =>
    columns.symbolHas(order[rank]!, word) || (!plain && plainNameHas(index, rank, word))
  );
}
