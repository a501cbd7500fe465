import type { Freshness } from "../feed/freshness.ts";
import type { Clock } from "../util/clock.ts";
import { newsOf } from "./notes.ts";
import type { Json, ProxyEvent } from "./proxy_events.ts";

/** What a price on the board is worth: as the proxy has it, or `unknown` where there is none. */
export type Worth = Freshness | "unknown";

/** One instrument of the board. */
export interface BoardRow {
  /** `exchange:token`, or the name that was refused. */
  readonly instrument: string;
  readonly symbol: string;
  /** The last tick, as the proxy sent it. */
  readonly tick: Json | undefined;
  readonly worth: Worth;
  /** How old the price is by the exchange's clock, ms. */
  readonly ageMs: number | undefined;
  /** Why there is no price. */
  readonly reason: string | undefined;
}

interface Entry {
  symbol: string;
  tick?: Json;
  worth: Worth;
  /** Of the price, when its message was made, ms; NaN where the exchange told no time. */
  ageThen: number;
  /** Elapsed time at which the tick came. */
  at: number;
  reason?: string;
}

/** From the least to the most that a price can be worth. */
const ORDER: readonly Worth[] = ["unknown", "suspect", "stale", "closed", "quiet", "live"];

/** What a price can be worth at most after an event. */
const WORTH_AFTER: Readonly<Record<string, Worth>> = {
  upstream_down: "stale",
  upstream_silent: "stale",
  upstream_refused: "stale",
  subscription_refused: "stale",
  stale: "stale",
  suspect: "suspect",
};

/** Events that end subscriptions. */
const ENDED: ReadonlySet<string> = new Set(["expired", "replaced"]);

/** States of a market in which nothing happens. */
const CLOSED: ReadonlySet<string> = new Set(["closed", "holiday"]);

/** Without a tick for longer than this, a live price is called quiet; the proxy does the same. */
const QUIET_AFTER_MS = 60_000;

/**
 * The last prices, as the events of a proxy tell them. Only a tick makes a price live; everything else that is event,
 * and that nothing is event, can only take from what it is worth.
 */
export class PriceBoard {
  readonly #entries = new Map<string, Entry>();
  #lost: string | undefined;
  #source: string | undefined;
  #news: string | undefined;

  constructor(private readonly clock: Clock) {}

  /** Where the prices come from: `live`, or `simulated`; undefined before it is known. */
  get source(): string | undefined {
    return this.#source;
  }

  /** Why there is no connection; undefined while there is one. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** The last thing that was told, for people. */
  get news(): string | undefined {
    return this.#news;
  }

  rows(): BoardRow[] {
    const now = this.clock.elapsed();
    return [...this.#entries].map(([instrument, { symbol, tick, worth, ageThen, at, reason }]) => ({
      instrument,
      symbol,
      tick,
      worth: worth === "live" && now - at > QUIET_AFTER_MS ? "quiet" : worth,
      ageMs: tick === undefined || isNaN(ageThen) ? undefined : Math.max(0, ageThen + now - at),
      reason,
    }));
  }

  take(event: ProxyEvent): void {
    if (event.kind === "lost") {
      this.#lost = event.reason;
      this.#lower(() => true, "stale");
      return;
    }
    const { name, data } = event;
    this.#news = newsOf(event) ?? this.#news;
    if (name === "info") this.#begin(data);
    if (name === "message") this.#ticks(data);
    if (name === "system" || name === "gap") this.#event(data);
  }

  #begin(data: Json): void {
    this.#lost = undefined;
    this.#news = undefined;
    this.#source = String(data.source);
    for (const row of list(data.results)) {
      const instrument = String(row.instrument);
      const entry = this.#entry(instrument, String(row.symbol ?? instrument));
      const reason = row.message ?? row.reason;
      if (reason === undefined) delete entry.reason;
      else entry.reason = String(reason);
    }
  }

  #ticks({ data, sent_at }: Json): void {
    for (const tick of list(data)) {
      const entry = this.#entry(`${tick.exchange}:${tick.token}`, String(tick.symbol));
      entry.symbol = String(tick.symbol);
      entry.tick = tick;
      // What says nothing is not taken for the best.
      entry.worth = (tick.freshness ?? "quiet") as Worth;
      entry.at = this.clock.elapsed();
      entry.ageThen = Number(sent_at) - Number(tick.exchange_timestamp);
      delete entry.reason;
    }
  }

  #event({ status, exchange, instruments, message, state }: Json): void {
    const named = new Set(list(instruments).map(String));
    const concerns = (instrument: string) =>
      exchange !== undefined
        ? instrument.startsWith(`${exchange}:`)
        : named.size === 0 || named.has(instrument);
    const worth = WORTH_AFTER[String(status)];
    if (status === "market") this.#lower(concerns, CLOSED.has(String(state)) ? "closed" : "quiet");
    else if (ENDED.has(String(status))) this.#end(named, String(message));
    else if (worth !== undefined) this.#lower(concerns, worth);
  }

  /** The numbers of some instruments mean nothing any more, or something else. */
  #end(instruments: ReadonlySet<string>, reason: string): void {
    for (const instrument of instruments) {
      const entry = this.#entries.get(instrument);
      if (entry === undefined) continue;
      delete entry.tick;
      entry.worth = "unknown";
      entry.reason = reason;
    }
  }

  /** Takes from what some prices are worth; what is worth less already stays as it is. */
  #lower(concerns: (instrument: string) => boolean, worth: Worth): void {
    for (const [instrument, entry] of this.#entries) {
      if (entry.tick === undefined || !concerns(instrument)) continue;
      if (ORDER.indexOf(worth) < ORDER.indexOf(entry.worth)) entry.worth = worth;
    }
  }

  #entry(instrument: string, symbol: string): Entry {
    const known = this.#entries.get(instrument);
    if (known !== undefined) return known;
    const entry: Entry = { symbol, worth: "unknown", ageThen: 0, at: 0 };
    this.#entries.set(instrument, entry);
    return entry;
  }
}

/** The values of a list that came over the wire; none where it is no list. */
function list(value: unknown): Json[] {
  return Array.isArray(value) ? value : [];
}
