import type { Clock } from "../util/clock.ts";
import type { InstrumentKey } from "../market/market.ts";
import { IndexRun } from "./index_run.ts";
import type { SimulatedMarket } from "./market.ts";
import type { Records } from "./records.ts";
import type { StreamClient } from "./stream_client.ts";

/** Events of less than this apart leave in one write. */
const MIN_INTERVAL_MS = 10;

/** Events per second that can be asked for. */
const MIN_RATE = 2;
const MAX_RATE = 30_000;

/** What was missed, by a busy process, is not made up for beyond this. */
const MAX_CATCH_UP_MS = 100;

export interface TickerParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly market: SimulatedMarket;
  readonly clients: ReadonlySet<StreamClient>;
  readonly records: Records;
  /** Market events per second, over all instruments that anyone has subscribed. */
  readonly rate: number;
  readonly isOpen: () => boolean;
  /** Strikes that an index runs through in a minute; 0 where it does not run. */
  readonly strikesPerMinute: () => number;
}

/** Lets the market move, at moments that are as uneven as the real ones. */
export class Ticker {
  readonly #parts: TickerParts;
  #keys: InstrumentKey[] = [];
  #due = 0;
  #last: number;
  #disarm = () => {};
  #stopped = false;
  readonly #run: IndexRun;

  constructor(parts: TickerParts) {
    if (!(parts.rate >= MIN_RATE && parts.rate <= MAX_RATE)) {
      throw new RangeError(`rate is ${parts.rate}; it must be ${MIN_RATE} to ${MAX_RATE} events per second`);
    }
    this.#parts = parts;
    this.#last = parts.clock.now();
    this.#run = new IndexRun(parts.market, parts.strikesPerMinute);
  }

  /** Someone has subscribed, unsubscribed, come or gone. */
  subscriptionsChanged(): void {
    const keys = new Set<InstrumentKey>();
    for (const client of this.#parts.clients) {
      for (const key of client.subscriptions.all.keys()) if (this.#parts.market.knows(key)) keys.add(key);
    }
    const idle = this.#keys.length === 0;
    this.#keys = [...keys];
    if (idle && this.#keys.length > 0 && !this.#stopped) {
      this.#last = this.#parts.clock.now();
      this.#arm();
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm();
  }

  #arm(): void {
    const { clock, random, rate } = this.#parts;
    const apart = 1000 / rate;
    const wait = apart > MIN_INTERVAL_MS ? apart * (0.5 + random()) : MIN_INTERVAL_MS;
    this.#disarm();
    this.#disarm = clock.after(wait, () => {
      if (this.#keys.length === 0) return;
      this.#tick();
      this.#arm();
    });
  }

  #tick(): void {
    const { clock, random, rate, clients, market } = this.#parts;
    const now = clock.now();
    this.#due += rate * Math.min(MAX_CATCH_UP_MS + 1000 / rate, now - this.#last) / 1000;
    this.#last = now;
    if (!this.#parts.isOpen()) {
      this.#due = 0;
      return;
    }
    for (; this.#due >= 1; this.#due--) {
      const key = this.#keys[Math.floor(random() * this.#keys.length)];
      market.move(key!, now);
      this.#push(key!, now);
    }
    const ran = this.#run.move(now);
    if (ran !== undefined) this.#push(ran, now);
    this.#parts.records.moment(Object.fromEntries(market.sequences));
    for (const client of clients) client.flush();
  }

  #push(key: InstrumentKey, now: number): void {
    const { clients, market } = this.#parts;
    for (const client of clients) {
      const modes = client.subscriptions.all.get(key);
      if (modes === undefined) continue;
      for (const mode of modes) client.push(market.packet(key, mode, now)!);
    }
  }
}
