import { dayText } from "../../market/day.ts";
import { type Exchange, type InstrumentKey, isToken, keyOf } from "../../market/market.ts";
import { isExpired, isUnderlying, type TableIndex } from "../index/table_index.ts";
import { canonicalToken } from "../instrument.ts";
import { spellings } from "./aliases.ts";
import { aliasClaims, claims } from "./claims.ts";
import { lookUpContract } from "./contract_lookup.ts";
import { continuousName } from "./contract_name.ts";
import type { ListAge, NoInstrument, Refusal, Resolution } from "./resolution.ts";
import { nameOf, suggest } from "./suggest.ts";
import { ranksOfToken } from "./tokens.ts";
import { readName, type WrittenName } from "./written_name.ts";

export interface ResolveOptions {
  /** Where to look, as a field beside the name says. */
  readonly exchange?: Exchange | undefined;
  /** Days since the Unix epoch, in India. */
  readonly today: number;
  readonly list: ListAge;
}

/** Most candidates of an ambiguous name that are told. */
const MAX_CANDIDATES = 5;

/**
 * The one instrument that a name or a number leads to, or why there is none. Nothing is guessed: a part that the name
 * says (exchange, series, day) is never passed over, and where several rows have the same claim the name is refused.
 */
export function resolve(index: TableIndex, word: string, options: ResolveOptions): Resolution {
  return new Question(index, readName(word, options.exchange), options).answer();
}

class Question {
  constructor(
    private readonly index: TableIndex,
    private readonly name: WrittenName,
    private readonly options: ResolveOptions,
  ) {}

  answer(): Resolution {
    const { text, fault } = this.name;
    if (fault !== undefined) return this.#refused("unknown", fault);
    if (text === "") return this.#refused("unknown", "the name is empty");
    if (continuousName(text) !== undefined) {
      return this.#refused("unknown", "that is a series of contracts, not one: name the contract");
    }
    return this.#byNumber() ?? this.#byName() ?? this.#byContract() ?? this.#byAlias() ?? this.#unknown();
  }

  #byNumber(): Resolution | undefined {
    const { text, exchange } = this.name;
    if (!isToken(text)) return undefined;
    const ranks = ranksOfToken(this.index, text, exchange);
    if (ranks.length === 0) return undefined;
    // Without an exchange, a symbol of digits has the same claim.
    const symbols = exchange === undefined ? [...claims(this.index, this.name)].flat() : [];
    return this.#judge([...new Set([...ranks, ...symbols])]);
  }

  #byName(): Resolution | undefined {
    let dead: Resolution | undefined;
    for (const ranks of claims(this.index, this.name)) {
      const found = this.#judge(ranks);
      if (found.kind === "found" || found.kind === "ambiguous") return found;
      dead ??= found;
    }
    return dead;
  }

  #byContract(): Resolution | undefined {
    const { ranks, expiredOn } = lookUpContract(this.index, this.name, this.options.today);
    if (ranks.length > 0) return this.#judge(ranks);
    return expiredOn === undefined ? undefined : this.#refused("expired", expiredWords(expiredOn));
  }

  #byAlias(): Resolution | undefined {
    const { name } = this;
    for (const ranks of aliasClaims(this.index, name)) return this.#judge(ranks);
    const ranks = new Set<number>();
    for (const text of spellings(name.text)) {
      for (const claim of claims(this.index, { ...name, text })) {
        for (const rank of claim) ranks.add(rank);
        break;
      }
    }
    return ranks.size === 0 ? undefined : this.#judge([...ranks]);
  }

  #unknown(): Resolution {
    const { text, exchange } = this.name;
    const { complete, loaded, text: listText } = this.options.list;
    if (!isToken(text)) {
      if (!loaded) return this.#refused("not_loaded", "the instrument master is not loaded yet");
      return this.#refused(
        "unknown",
        complete
          ? "no instrument has this name today"
          : `no instrument of the list ${listText} has this name`,
      );
    }
    if (exchange === undefined) {
      return this.#refused("unknown", "a number needs its exchange, such as nse:3045");
    }
    const key = keyOf(exchange, canonicalToken(exchange, text));
    if (!complete) {
      return { kind: "found", key, ...loaded ? { doubt: `the list ${listText} does not have it` } : {} };
    }
    const message = `${exchange} has no instrument with the token ${text} today; expired contracts disappear`;
    return this.#refused("unknown", message, [key]);
  }

  /** Of rows with the same claim, the one that ticks today. */
  #judge(ranks: readonly number[]): Resolution {
    const { index } = this;
    const { today } = this.options;
    const living = ranks.filter((rank) => !isExpired(index, rank, today));
    const ticking = living.filter((rank) => !isUnderlying(index, rank));
    if (ticking.length === 1) return { kind: "found", key: this.#keyOf(ticking[0]!) };
    if (ticking.length > 1) {
      const names = ticking.slice(0, MAX_CANDIDATES).map((rank) => nameOf(index, rank));
      const message = `several instruments have this name: ${
        ticking.slice(0, MAX_CANDIDATES).map((rank) => this.#shown(rank)).join(", ")
      }`;
      return {
        kind: "ambiguous",
        message,
        keys: ticking.map((rank) => this.#keyOf(rank)),
        suggest: () => names,
      };
    }
    const keys = ranks.map((rank) => this.#keyOf(rank));
    const row = index.order[(living[0] ?? ranks[0])!]!;
    if (living.length === 0) {
      return this.#refused("expired", expiredWords(index.columns.expiryDay(row)), keys);
    }
    return this.#refused(
      "underlying",
      underlyingWords(index.columns.exchange(row)),
      keys,
      index.columns.name(row),
    );
  }

  /** @param about What suggestions are sought by, where the name itself is a number. */
  #refused(
    kind: NoInstrument,
    message: string,
    keys: readonly InstrumentKey[] = [],
    about?: string,
  ): Refusal {
    const { index, name } = this;
    const { today } = this.options;
    const asked = about === undefined ? this.#symbolOr(name, keys) : { ...name, text: about.toUpperCase() };
    return { kind, message, keys, suggest: (limit) => suggest(index, asked, today, limit) };
  }

  /** The symbol of a row that was asked for by its number. */
  #symbolOr(name: WrittenName, keys: readonly InstrumentKey[]): WrittenName {
    if (!isToken(name.text)) return name;
    const [exchange, token] = keys[0]?.split(":") ?? [];
    const rank = token === undefined ? undefined : ranksOfToken(this.index, token, exchange as Exchange)[0];
    if (rank === undefined) return { ...name, text: "" };
    return { ...name, text: this.index.columns.symbol(this.index.order[rank]!).toUpperCase() };
  }

  #keyOf(rank: number): InstrumentKey {
    const { columns, order } = this.index;
    return keyOf(columns.exchange(order[rank]!), columns.token(order[rank]!));
  }

  #shown(rank: number): string {
    const symbol = this.index.columns.symbol(this.index.order[rank]!);
    const name = nameOf(this.index, rank);
    return name.endsWith(`:${symbol}`) ? name : `${name} (${symbol})`;
  }
}

function expiredWords(day: number): string {
  return `the contract expired on ${dayText(day)}`;
}

function underlyingWords(exchange: Exchange): string {
  const what = exchange === "mcx" || exchange === "ncdex"
    ? "the spot price of a commodity"
    : exchange === "cds"
    ? "an underlying of currency contracts"
    : "an underlying of contracts";
  return `${what} has no ticks of its own: name a contract`;
}
