import { getLogger } from "@logtape/logtape";
import { type Exchange, isToken, splitKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import type { InstrumentCatalog } from "./catalog.ts";
import { canonicalToken, type Instruments } from "./instrument.ts";
import type { NoInstrument } from "./resolver/resolution.ts";
import type { NamedInstrument } from "./symbols.ts";

/** An entry of the watch list that leads to no instrument at present. */
export interface RefusedEntry {
  /** With its exchange, such as `nfo:NIFTY27OCT26FUT`. */
  readonly word: string;
  readonly kind: NoInstrument;
  /** For people: why. */
  readonly message: string;
  readonly suggestions: readonly string[];
}

type Words = ReadonlyMap<Exchange, readonly string[]>;

/** A first list is waited for this long at the start, where a name needs one. */
const LIST_WAIT_MS = 20_000;

const log = getLogger(["instruments"]);

/**
 * The owner's selection: tokens by exchange. Its entries are tokens or names; those that lead to no instrument are kept
 * apart and looked up again in each new list.
 */
export class OwnersWatchlist extends Map<Exchange, readonly string[]> {
  readonly #words: Words;
  readonly #instruments: Instruments;
  readonly #refused = new Map<Exchange, readonly RefusedEntry[]>();
  /** What was logged of each entry: once for each reason. */
  #told = new Map<string, string>();

  constructor(words: Words, instruments: Instruments) {
    super();
    this.#words = words;
    this.#instruments = instruments;
    this.refresh();
  }

  /** Entries of an exchange, or of all, that lead to no instrument at present. */
  refused(exchange?: Exchange): readonly RefusedEntry[] {
    return exchange === undefined ? [...this.#refused.values()].flat() : this.#refused.get(exchange) ?? [];
  }

  /** Looks every entry up again. */
  refresh(): void {
    for (const [exchange, words] of this.#words) {
      const refused: RefusedEntry[] = [];
      const tokens = words.flatMap((word) => this.#look(exchange, word, refused));
      this.set(exchange, [...new Set(tokens)]);
      this.#refused.set(exchange, refused);
    }
  }

  /** Logs the entries that lead to no instrument, each once for each reason, and those that do again. */
  report(): void {
    const told = new Map<string, string>();
    for (const { word, message, suggestions } of this.refused()) {
      told.set(word, message);
      if (this.#told.get(word) === message) continue;
      log.warn(
        "WATCHLIST: {word}: {message}{hint}. The others are served; it is looked up in each new list",
        {
          word,
          message,
          hint: hintOf(suggestions),
        },
      );
    }
    for (const word of this.#told.keys()) {
      if (!told.has(word)) log.info("WATCHLIST: {word} is found", { word });
    }
    this.#told = told;
  }

  #look(exchange: Exchange, word: string, refused: RefusedEntry[]): string[] {
    const found = this.#instruments.resolve(word, exchange);
    if (found.kind === "found") return [splitKey(found.key).token];
    // A number that today's list lacks may tick all the same; the broker knows.
    if (found.kind === "unknown" && isToken(word)) return [canonicalToken(exchange, word)];
    const { kind, message } = found;
    refused.push({ word: `${exchange}:${word}`, kind, message, suggestions: found.suggest() });
    return [];
  }
}

/**
 * The owner's watch list. Where a name is not known without the whole list of instruments, that is waited for, but not
 * for ever; what is unknown then is reported, and looked up again with each new list.
 *
 * @throws {Error} Nothing of it leads to an instrument of today's list: it was mistyped.
 */
export async function openWatchlist(
  words: Words,
  catalog: InstrumentCatalog,
  clock: Clock,
): Promise<OwnersWatchlist> {
  const { instruments } = catalog;
  const watchlist = new OwnersWatchlist(words, instruments);
  if (watchlist.refused().length > 0) {
    log.info("looking {names} up in the list of instruments", {
      names: watchlist.refused().map(({ word }) => word).join(", "),
    });
    await withinWait(catalog.ready, clock);
    watchlist.refresh();
  }
  const mistyped = watchlist.refused();
  const isEmpty = [...watchlist.values()].every((tokens) => tokens.length === 0);
  if (
    isEmpty && instruments.complete &&
    mistyped.every(({ kind }) => kind === "unknown" || kind === "ambiguous")
  ) {
    const names = mistyped.map(({ word, message, suggestions }) =>
      `${word}: ${message}${hintOf(suggestions)}`
    );
    throw new Error(`${names.join("; ")}; a token (a number) would do`);
  }
  watchlist.report();
  catalog.attach(() => {
    watchlist.refresh();
    watchlist.report();
  });
  return watchlist;
}

function hintOf(suggestions: readonly string[]): string {
  return suggestions.length > 0 ? `; did you mean ${suggestions.join(", ")}?` : "";
}

async function withinWait(ready: Promise<void>, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const disarm = clock.after(LIST_WAIT_MS, resolve);
  await Promise.race([ready, promise]);
  disarm();
}

/** A watch list of everything there is. */
export function tokensByExchange(instruments: readonly Pick<NamedInstrument, "exchange" | "token">[]): Words {
  const lists = new Map<Exchange, string[]>();
  for (const { exchange, token } of instruments) lists.set(exchange, [...lists.get(exchange) ?? [], token]);
  return lists;
}
