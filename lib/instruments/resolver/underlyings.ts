import { derivativesOf } from "../../market/exchange_names.ts";
import { type Exchange, type InstrumentKey, keyOf } from "../../market/market.ts";
import { dayText } from "../../market/day.ts";
import { LOOK_ORDER } from "../index/columns.ts";
import { kindOf } from "../index/contracts.ts";
import { type Contracts, type Expiry, livingExpiries } from "../index/expiries.ts";
import { editDistance } from "../index/nearest.ts";
import { type Segment, segmentsOf, type TableIndex } from "../index/table_index.ts";
import type { StrikePair, Underlying, UnderlyingResolution } from "../underlying.ts";
import { continuousName } from "./contract_name.ts";
import { resolve, type ResolveOptions } from "./resolve.ts";
import { rowOfKey } from "./tokens.ts";
import { readName } from "./written_name.ts";

const SUGGESTIONS = 3;

/** Letters in which a name may differ from one that is suggested for it. */
const MOST_LETTERS = 2;

/**
 * The underlying that a name leads to: the name of an index, a share, or a contract, in any form that leads to an
 * instrument; or the name that its contracts have, as of commodities. Where no exchange is said, the NSE comes first.
 */
export function resolveUnderlying(
  index: TableIndex,
  word: string,
  options: ResolveOptions,
): UnderlyingResolution {
  const { today, list } = options;
  const name = readName(word, options.exchange);
  const text = continuousName(name.text) ?? name.text;
  const suggest = (limit = SUGGESTIONS) => nearestUnderlyings(index, text, name.exchange, today, limit);
  const found = resolve(index, word, options);
  const keys = found.kind === "found" ? [found.key] : found.keys;
  const named = new Map(
    keys.flatMap((key) => underlyingOf(index, key, today)).map((each) => [each.id, each]),
  );
  const [first] = named.values();
  if (first !== undefined && named.size === 1) return { kind: "found", underlying: first };
  if (named.size > 1) {
    const ids = [...named.keys()];
    const message = `options are listed on several underlyings of this name: ${ids.join(", ")}`;
    return { kind: "ambiguous", message, suggest: () => ids };
  }
  if (name.fault === undefined) {
    for (const exchange of exchangesFor(name.exchange)) {
      const underlying = underlyingAt(index, exchange, text.replaceAll(" ", ""), today);
      if (underlying !== undefined) return { kind: "found", underlying };
    }
  }
  if (found.kind !== "found") return { kind: found.kind, message: found.message, suggest };
  if (!list.loaded) {
    return { kind: "not_loaded", message: "the instrument master is not loaded yet", suggest };
  }
  return { kind: "no_options", message: `no options on it are in the list ${list.text}`, suggest };
}

/** The options of an underlying that end on a day, by rising strike. @param expiry Such as `2026-12-29`. */
export function strikesOf(
  index: TableIndex,
  { exchange, name }: Pick<Underlying, "exchange" | "name">,
  expiry: string,
): StrikePair[] {
  const contracts = contractsOf(index, exchange, name);
  const rows: { strike: number; call?: InstrumentKey; put?: InstrumentKey }[] = [];
  for (const { type, day, from, to } of contracts?.expiries ?? []) {
    if (type !== "option" || day === 0 || dayText(day) !== expiry) continue;
    for (const rank of contracts!.ranks.slice(from, to)) {
      const row = index.order[rank]!;
      const strike = index.columns.strike(row);
      const kind = kindOf(index, rank);
      if (strike <= 0 || kind === undefined) continue;
      let pair = rows.at(-1);
      if (pair?.strike !== strike) rows.push(pair = { strike });
      const key = keyOf(exchange, index.columns.token(row));
      if (kind === "CE") pair.call ??= key;
      else pair.put ??= key;
    }
  }
  return rows;
}

/** The underlyings of which an instrument is the spot, or a contract. */
function underlyingOf(index: TableIndex, key: InstrumentKey, today: number): Underlying[] {
  const row = rowOfKey(index, key);
  if (row === undefined) return [];
  const { columns } = index;
  const exchange = columns.exchange(row);
  const exchanges = columns.isContract(row) ? [exchange] : derivativesOf(exchange);
  const found = exchanges.map((each) => underlyingAt(index, each, columns.name(row).toUpperCase(), today));
  return found.filter((each) => each !== undefined).slice(0, 1);
}

/** @returns Undefined where no options on it are listed there that have not expired. */
function underlyingAt(
  index: TableIndex,
  exchange: Exchange,
  name: string,
  today: number,
): Underlying | undefined {
  const contracts = contractsOf(index, exchange, name);
  if (contracts === undefined) return undefined;
  const expiries = optionExpiries(contracts, today).map(({ day }) => dayText(day));
  if (expiries.length === 0) return undefined;
  const spot = spotOf(index, exchange, name);
  const futures = livingExpiries(contracts, today).filter(({ type, day }) => type === "future" && day > 0)
    .map(({ day, from }) => ({
      key: keyOf(exchange, index.columns.token(index.order[contracts.ranks[from]!]!)),
      expiry: dayText(day),
    }));
  return {
    id: `${exchange}:${name}`,
    exchange,
    name,
    ...spot === undefined ? {} : { spot },
    futures,
    expiries: [...new Set(expiries)],
  };
}

function contractsOf(index: TableIndex, exchange: Exchange, name: string): Contracts | undefined {
  return segmentsOf(index, [exchange])[0]!.contracts.get(name);
}

function optionExpiries(contracts: Contracts, today: number): Expiry[] {
  return livingExpiries(contracts, today).filter(({ type, day }) => type === "option" && day > 0);
}

/** The cash markets on whose instruments contracts are listed elsewhere. */
const SPOT_OF: Readonly<Partial<Record<Exchange, Exchange>>> = { nfo: "nse", bfo: "bse" };

/** The index, or else the share, that has the name which its contracts have. */
function spotOf(index: TableIndex, exchange: Exchange, name: string): InstrumentKey | undefined {
  const market = SPOT_OF[exchange];
  if (market === undefined) return undefined;
  const { indices, bySymbol, byName } = segmentsOf(index, [market])[0]!;
  const { columns, order } = index;
  const ranks = [
    ...indices.byName.get(name) ?? [],
    ...bySymbol.get(`${name}-EQ`),
    ...bySymbol.get(name),
    ...byName.get(name),
  ];
  const rank = ranks.find((each) => ["index", "equity"].includes(columns.type(order[each]!)));
  return rank === undefined ? undefined : keyOf(market, columns.token(order[rank]!));
}

/** Where contracts are sought by their own name. */
function exchangesFor(exchange: Exchange | undefined): readonly Exchange[] {
  return exchange === undefined ? LOOK_ORDER : [...new Set([exchange, ...derivativesOf(exchange)])];
}

/** Names that contain the one that was given, then those that are spelt nearly so. */
function nearestUnderlyings(
  index: TableIndex,
  text: string,
  exchange: Exchange | undefined,
  today: number,
  limit: number,
): string[] {
  const found: { readonly id: string; readonly score: number }[] = [];
  for (const segment of segmentsOf(index, exchange && exchangesFor(exchange))) {
    for (const name of withOptions(segment, today)) {
      const distance = name.includes(text) || text.includes(name)
        ? Math.abs(name.length - text.length) / 100
        : 1 + editDistance(text, name, MOST_LETTERS);
      if (distance <= 1 + MOST_LETTERS) found.push({ id: `${segment.exchange}:${name}`, score: distance });
    }
  }
  return found.sort((a, b) => a.score - b.score).slice(0, limit).map(({ id }) => id);
}

function withOptions({ contracts }: Segment, today: number): string[] {
  return [...contracts].filter(([, each]) => optionExpiries(each, today).length > 0).map(([name]) => name);
}
