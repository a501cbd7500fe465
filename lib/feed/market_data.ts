import type { Clock } from "../util/clock.ts";
import { type Exchange, type InstrumentKey, splitKey, type Tick } from "../market/market.ts";
import { LastTicks } from "./last_ticks.ts";
import { type Freshness, freshnessOf } from "./freshness.ts";
import { suspicionOf } from "./guard.ts";
import { Hub } from "./hub.ts";
import { PacketCopies } from "./packet_copies.ts";

/** What an exchange does at a moment, and until when that holds. */
export interface Hours {
  /** Continuous trading or the closing auction: prices are expected to be of now. */
  readonly trading: boolean;
  /** No auction: no bid stands above an ask. */
  readonly continuous: boolean;
  /** Nothing at all happens. */
  readonly closed: boolean;
  /** ms since the Unix epoch. */
  readonly until: number;
}

export interface FeedOptions<Item> {
  readonly clock: Clock;
  readonly hours: (exchange: Exchange, at: number) => Hours;
  /** When the socket that carries an instrument came up; undefined while it is down or mute. */
  readonly upSince: (key: InstrumentKey) => number | undefined;
  /** What is kept and passed on of a tick and its packet. `closed`: it came while its exchange was closed. */
  readonly wrap: (tick: Tick, closed: boolean, packet: Uint8Array<ArrayBuffer>) => Item;
  readonly demandChanged: () => void;
  /** The last price of an instrument has become doubtful, or is good again (no reason). Told once for each change. */
  readonly doubted: (key: InstrumentKey, reason: string | undefined) => void;
}

const NO_PACKET = new Uint8Array(0);

/** The market data as it stands: last values, what they are worth, and who wants to hear of the next. */
export class Feed<Item extends { readonly tick: Tick }> {
  readonly hub: Hub<Item>;
  readonly #book = new LastTicks<Item>();
  readonly #packets = new PacketCopies();
  readonly #hours = new Map<Exchange, Hours>();

  constructor(private readonly options: FeedOptions<Item>) {
    this.hub = new Hub(options.demandChanged);
  }

  /**
   * Takes a tick: keeps it and hands it on, unless it is not to be believed.
   *
   * @returns Why it is not believed; such a tick changes no price and reaches no one.
   */
  accept(tick: Tick, packet: Uint8Array = NO_PACKET): string | undefined {
    const { key, exchange } = tick;
    const hours = this.hours(exchange);
    const entry = this.#book.entry(key);
    const suspicion = suspicionOf(tick, { previous: entry?.item?.tick, continuous: hours.continuous });
    if (suspicion !== undefined) {
      this.doubt(key, suspicion);
      return suspicion;
    }
    const doubted = entry?.suspicion !== undefined;
    const item = this.options.wrap(tick, hours.closed, this.#packets.copy(packet));
    this.#book.set(key, item, tick.receivedAt);
    if (doubted) this.options.doubted(key, undefined);
    this.hub.publish(key, item);
    return undefined;
  }

  /** Marks an instrument's last price as doubtful. */
  doubt(key: InstrumentKey, reason: string): void {
    if (this.#book.suspect(key, reason)) this.options.doubted(key, reason);
  }

  /** The last believed value. */
  last(key: InstrumentKey): Item | undefined {
    return this.#book.get(key);
  }

  /** When the last believed value came, ms since the Unix epoch. */
  tickedAt(key: InstrumentKey): number | undefined {
    return this.#book.tickedAt(key);
  }

  /** What the last value is worth now. */
  freshness(key: InstrumentKey): Freshness {
    return freshnessOf({
      now: this.options.clock.now(),
      closed: this.hours(splitKey(key).exchange).closed,
      feedUpSince: this.options.upSince(key),
      lastTickAt: this.#book.tickedAt(key),
      suspect: this.#book.suspicion(key) !== undefined,
    });
  }

  /** Forgets what is no longer carried, and so no longer kept current. */
  keepOnly(carried: ReadonlyMap<InstrumentKey, unknown>): void {
    this.#book.keepOnly(carried);
  }

  /** An exchange's hours; looked up once for each of its phases. */
  hours(exchange: Exchange): Hours {
    const now = this.options.clock.now();
    const known = this.#hours.get(exchange);
    if (known !== undefined && now < known.until) return known;
    const hours = this.options.hours(exchange, now);
    this.#hours.set(exchange, hours);
    return hours;
  }
}
