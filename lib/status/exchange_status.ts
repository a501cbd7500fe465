import type { Broker } from "../upstream/broker/broker.ts";
import type { MarketCalendar } from "../market/calendar.ts";
import type { Clock } from "../util/clock.ts";
import { type Exchange, type InstrumentKey, keyOf, splitKey } from "../market/market.ts";
import { type ExchangeFacts, SILENT_AFTER_MS } from "./readiness.ts";

export interface ExchangeFactsOptions {
  readonly clock: Clock;
  readonly calendar: MarketCalendar;
  readonly broker: Pick<Broker, "upSince" | "ticksOften">;
  /** The owner's tokens of each exchange. */
  readonly watchlist: ReadonlyMap<Exchange, readonly string[]>;
  /** The instruments that clients want. */
  readonly wanted: () => Iterable<InstrumentKey>;
  /** When the last believed tick of an instrument came, ms since the Unix epoch. */
  readonly tickedAt: (key: InstrumentKey) => number | undefined;
}

/** Looks at the feed by exchange; one walk over all that is wanted, so it is for who asks now and then. */
export class ExchangeLook {
  /** Since when each instrument has had its place on a socket, ms since the Unix epoch. */
  readonly #since = new Map<InstrumentKey, number>();

  constructor(private readonly options: ExchangeFactsOptions) {}

  /** What the sockets carry now. */
  carried(keys: ReadonlyMap<InstrumentKey, unknown>): void {
    const now = this.options.clock.now();
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
    for (const key of keys.keys()) if (!this.#since.has(key)) this.#since.set(key, now);
  }

  facts(): ExchangeFacts[] {
    const { broker, calendar, clock, watchlist, wanted } = this.options;
    const groups = new Map<Exchange, InstrumentKey[]>();
    for (const exchange of watchlist.keys()) groups.set(exchange, []);
    for (const key of wanted()) {
      const { exchange } = splitKey(key);
      const group = groups.get(exchange);
      if (group === undefined) groups.set(exchange, [key]);
      else group.push(key);
    }
    return Array.from(groups, ([exchange, keys]) => {
      // Where nobody wants anything yet, what matters is whether the watch list could be served.
      const served = keys.length > 0 ? keys : [keyOf(exchange, watchlist.get(exchange)?.[0] ?? "0")];
      return {
        exchange,
        closed: calendar.isClosed(exchange, clock.now()),
        down: served.some((key) => broker.upSince(key) === undefined),
        silentMs: this.#silentMs(exchange, keys),
      };
    });
  }

  /** How long no believed price of an exchange has come; 0 in auctions, and where nothing of it is liquid. */
  #silentMs(exchange: Exchange, keys: readonly InstrumentKey[]): number {
    const { broker, calendar, clock, tickedAt } = this.options;
    const now = clock.now();
    if (![now, now - SILENT_AFTER_MS].every((at) => calendar.isContinuous(exchange, at))) return 0;
    let expectedSince = Infinity;
    let heardAt = 0;
    for (const key of keys) {
      if (broker.ticksOften(key)) expectedSince = Math.min(expectedSince, this.#since.get(key) ?? now);
      heardAt = Math.max(heardAt, tickedAt(key) ?? 0, broker.upSince(key) ?? 0);
    }
    return Math.max(0, now - Math.max(heardAt, expectedSince));
  }
}
