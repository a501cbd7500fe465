import { exchangeNamed } from "../market/exchange_names.ts";
import { type Exchange, type InstrumentKey, splitKey } from "../market/market.ts";
import type { RecordedEvent } from "../recording/recorded_event.ts";
import { nearestName } from "../util/nearest_name.ts";

/** One word for instruments: `SBIN-EQ`, `SBIN`, `NSE:SBIN-EQ` or `nse:3045`. */
interface Word {
  readonly text: string;
  readonly exchange: Exchange | undefined;
  /** In lower case, without the exchange. */
  readonly name: string;
}

/** A series of the cash market that is left out as often as it is written. */
const USUAL_SERIES = "-eq";

/** The instruments of a day by their names of that day, and which of them are wanted. */
export class Selection {
  readonly #symbols = new Map<InstrumentKey, string>();
  readonly #words: readonly Word[] | undefined;
  readonly #found = new Set<Word>();
  readonly #keys = new Set<InstrumentKey>();

  /** @param words Of the instruments that are wanted; all where it is undefined. */
  constructor(words?: readonly string[]) {
    this.#words = words?.map(readWord);
  }

  /** Those that are wanted, as far as the recording has named them; undefined for all. */
  get keys(): ReadonlySet<InstrumentKey> | undefined {
    return this.#words === undefined ? undefined : this.#keys;
  }

  symbolOf(key: InstrumentKey): string | undefined {
    return this.#symbols.get(key);
  }

  wants(key: InstrumentKey): boolean {
    return this.#words === undefined || this.#keys.has(key);
  }

  /** Takes the names of the day. */
  note({ instruments }: Extract<RecordedEvent, { kind: "subscribed" }>): void {
    for (const { key, symbol } of instruments) {
      this.#symbols.set(key, symbol);
      for (const word of this.#words ?? []) {
        if (!isMeant(word, key, symbol)) continue;
        this.#found.add(word);
        this.#keys.add(key);
      }
    }
  }

  /** The words that have meant nothing so far, each with the nearest name there is. */
  unknown(): { readonly word: string; readonly nearest: string | undefined }[] {
    const names = [...new Set(this.#symbols.values())];
    return (this.#words ?? []).filter((word) => !this.#found.has(word)).map((word) => ({
      word: word.text,
      nearest: nearestName(word.name, names),
    }));
  }
}

function readWord(text: string): Word {
  const colon = text.indexOf(":");
  const exchange = colon < 0 ? undefined : exchangeNamed(text.slice(0, colon));
  const name = exchange === undefined ? text : text.slice(colon + 1);
  return { text, exchange, name: name.trim().toLowerCase() };
}

function isMeant({ exchange, name }: Word, key: InstrumentKey, symbol: string): boolean {
  const own = splitKey(key);
  if (exchange !== undefined && exchange !== own.exchange) return false;
  const known = symbol.toLowerCase();
  return name === known || `${name}${USUAL_SERIES}` === known ||
    (exchange !== undefined && name === own.token);
}
