import type { Instrument, Instruments, InstrumentStatus } from "../instruments/instrument.ts";
import type { Resolution } from "../instruments/resolver/resolution.ts";
import type { StrikePair, Underlying, UnderlyingResolution } from "../instruments/underlying.ts";
import type { Traded } from "../market/calendar.ts";
import { type Exchange, type InstrumentKey, isToken, keyOf, splitKey } from "../market/market.ts";
import type { RecordedInstrument } from "../recording/recorded_event.ts";
import type { ReplayReader } from "./replay_reader.ts";

/** A series of the cash market that is left out as often as it is written. */
const USUAL_SERIES = "-eq";

/**
 * The instruments of a recorded day by their names of that day. What a thing is, and names that the recording lacks, are
 * looked up in the list of today: a recording keeps a symbol and a number, no more.
 */
export class RecordedInstruments implements Instruments {
  readonly #symbols = new Map<InstrumentKey, string>();
  /** By the symbol in lower case; several exchanges may have it. */
  readonly #keys = new Map<string, InstrumentKey[]>();
  readonly #byExchange = new Map<Exchange, string[]>();

  constructor(private readonly today: Instruments) {}

  /** The recorded instruments of each exchange: what subscribing to an exchange means in a replay. */
  get watchlist(): ReadonlyMap<Exchange, readonly string[]> {
    return this.#byExchange;
  }

  /** How many were recorded. */
  get size(): number {
    return this.#symbols.size;
  }

  has(key: InstrumentKey): boolean {
    return this.#symbols.has(key);
  }

  /** Takes all names that a recording has. */
  async read(reader: ReplayReader): Promise<void> {
    for (const { event } of await reader.events()) {
      if (event.kind === "subscribed") { for (const each of event.instruments) this.note(each); }
    }
  }

  note({ key, symbol }: RecordedInstrument): void {
    const before = this.#symbols.get(key);
    this.#symbols.set(key, symbol);
    if (before === symbol) return;
    const name = symbol.toLowerCase();
    const named = this.#keys.get(name) ?? [];
    if (!named.includes(key)) this.#keys.set(name, [...named, key]);
    if (before !== undefined) return;
    const { exchange, token } = splitKey(key);
    const tokens = this.#byExchange.get(exchange);
    if (tokens === undefined) this.#byExchange.set(exchange, [token]);
    else tokens.push(token);
  }

  symbolOf(key: InstrumentKey): string {
    return this.#symbols.get(key) ?? this.today.symbolOf(key);
  }

  get(key: InstrumentKey): Instrument | undefined {
    return this.#isStill(key) ? this.today.get(key) : undefined;
  }

  tradedAs(key: InstrumentKey, at: number): Traded {
    return this.#isStill(key) ? this.today.tradedAs(key, at) : {};
  }

  resolve(word: string, exchange?: Exchange): Resolution {
    const own = this.#own(word.trim().toLowerCase(), exchange);
    return own === undefined ? this.today.resolve(word, exchange) : { kind: "found", key: own };
  }

  underlying(word: string, exchange?: Exchange): UnderlyingResolution {
    return this.today.underlying(word, exchange);
  }

  /** Of today's list: a recording has no strikes. */
  strikes(underlying: Pick<Underlying, "exchange" | "name">, expiry: string): StrikePair[] {
    return this.today.strikes(underlying, expiry);
  }

  mayTick(key: InstrumentKey): boolean {
    return this.has(key) || this.today.mayTick(key);
  }

  search(query: string, limit: number, exchange?: Exchange): Instrument[] {
    return this.today.search(query, limit, exchange);
  }

  get complete(): boolean {
    return this.today.complete;
  }

  status(): InstrumentStatus {
    return this.today.status();
  }

  /** The names of a day that is over do not change. */
  onChange(): () => void {
    return () => {};
  }

  /** Numbers are given to other instruments when theirs expire: the symbol says whether it is the same one. */
  #isStill(key: InstrumentKey): boolean {
    const recorded = this.#symbols.get(key);
    return recorded === undefined || this.today.symbolOf(key) === recorded;
  }

  /** `sbin-eq`, `sbin`, `nse:sbin-eq`, `nse:3045`, or a number of a named exchange. */
  #own(word: string, exchange: Exchange | undefined): InstrumentKey | undefined {
    const colon = word.indexOf(":");
    const name = word.slice(colon + 1);
    const named = colon < 0 ? exchange : word.slice(0, colon) as Exchange;
    const isWanted = (key: InstrumentKey) => named === undefined || splitKey(key).exchange === named;
    if (named !== undefined && isToken(name) && this.has(keyOf(named, name))) return keyOf(named, name);
    const found = [...this.#keys.get(name) ?? [], ...this.#keys.get(name + USUAL_SERIES) ?? []]
      .filter(isWanted);
    return found.length === 1 ? found[0] : found.find((key) => splitKey(key).exchange === "nse");
  }
}
