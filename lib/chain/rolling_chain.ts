import type { Subscriber } from "../feed/subscribers.ts";
import type { MarketData } from "../feed/market_data.ts";
import type { MarketTick } from "../feed/market_tick.ts";
import type { Instruments } from "../instruments/instrument.ts";
import type { StrikePair, Underlying } from "../instruments/underlying.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import { chosenExpiry, type ExpiryChoice, isRolling } from "./expiry_choice.ts";
import { referenceOf } from "./reference.ts";
import { nearestPlace, pairsAround, placeAfter } from "./strike_window.ts";

export interface ChainSources {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, "subscribe" | "unsubscribe" | "last">;
  readonly instruments: Pick<Instruments, "underlying" | "strikes">;
}

/**
 * What has happened to a chain:
 * - `started`: the first price is there, and with it the strikes
 * - `moved`: another strike is at the money
 * - `rolled`: an expiry is over, and the next one has taken its place
 * - `changed`: another list of instruments has other contracts
 * - `ended`: its expiry is over, and no other follows it
 */
export type ChainNews = "started" | "moved" | "rolled" | "changed" | "ended";

/** Between two moves, so that a price that runs brings a few changes a second and not one for each tick. */
const MOVE_EVERY_MS = 250;

/**
 * The options of one underlying and expiry, and which of them are at the money. It is shared by all clients: a tick of
 * the underlying is looked at once, however many follow.
 */
export class RollingChain implements Subscriber {
  /** Tells it from all others: `nfo:NIFTY nearest`. */
  readonly id: string;
  #underlying: Underlying;
  #expiry: string | undefined;
  #reference: InstrumentKey | undefined;
  #pairs: readonly StrikePair[] = [];
  /** Of the strike at the money; undefined without a price. */
  #place: number | undefined;
  #price: number | undefined;
  #ended = false;
  #movedAt = -Infinity;
  #disarm: (() => void) | undefined;

  /** @param changed Hears of each change after it. */
  constructor(
    underlying: Underlying,
    readonly choice: ExpiryChoice,
    private readonly sources: ChainSources,
    private readonly changed: (chain: RollingChain, news: ChainNews) => void,
  ) {
    this.id = chainId(underlying, choice);
    this.#underlying = underlying;
    this.#take(chosenExpiry(choice, underlying.expiries));
  }

  get underlying(): Underlying {
    return this.#underlying;
  }

  /** The day on which its options end; undefined while none is listed. */
  get expiry(): string | undefined {
    return this.#expiry;
  }

  /** The instrument that tells where the money is. */
  get reference(): InstrumentKey | undefined {
    return this.#reference;
  }

  /** Its last price, rupees or points. */
  get price(): number | undefined {
    return this.#price;
  }

  /** The strike at the money; undefined before the first price. */
  get strike(): number | undefined {
    return this.#place === undefined ? undefined : this.#pairs[this.#place]?.strike;
  }

  /** Nothing follows any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The strikes around the money, the nearest first; none before the first price. @param count On each side. */
  around(count: number): readonly StrikePair[] {
    return this.#place === undefined ? [] : pairsAround(this.#pairs, this.#place, count);
  }

  /** A tick of the reference. */
  offer(tick: MarketTick): void {
    const price = tick.hasPrice("ltp") ? tick.tick.lastPrice : undefined;
    if (price === undefined || this.#pairs.length === 0) return;
    this.#price = price;
    if (this.#place === undefined) {
      this.#place = nearestPlace(this.#pairs, price);
      this.#movedAt = this.sources.clock.elapsed();
      return this.changed(this, "started");
    }
    if (placeAfter(this.#pairs, this.#place, price) !== this.#place) this.#moveSoon();
  }

  /** The day has changed, or the list of instruments. */
  look(): void {
    if (this.#ended) return;
    const { instruments } = this.sources;
    const { exchange, name } = this.#underlying;
    const found = instruments.underlying(name, exchange);
    if (found.kind === "found") this.#underlying = found.underlying;
    const expiries = found.kind === "found" ? found.underlying.expiries : [];
    const before = { expiry: this.#expiry, pairs: this.#pairs, reference: this.#reference };
    this.#take(chosenExpiry(this.choice, expiries));
    if (this.#expiry === undefined && !isRolling(this.choice)) {
      this.#ended = true;
      return this.changed(this, "ended");
    }
    if (this.#expiry !== before.expiry) return this.changed(this, "rolled");
    if (this.#reference !== before.reference || !areSame(this.#pairs, before.pairs)) {
      this.changed(this, "changed");
    }
  }

  /** Nobody follows it any more. */
  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    if (this.#reference !== undefined) this.sources.marketData.unsubscribe(this, this.#reference);
    this.#reference = undefined;
  }

  #moveSoon(): void {
    if (this.#disarm !== undefined) return;
    const { clock } = this.sources;
    const wait = this.#movedAt + MOVE_EVERY_MS - clock.elapsed();
    if (wait <= 0) return this.#move();
    this.#disarm = clock.after(wait, () => {
      this.#disarm = undefined;
      this.#move();
    });
  }

  #move(): void {
    if (this.#place === undefined || this.#price === undefined) return;
    const place = placeAfter(this.#pairs, this.#place, this.#price);
    // It may have come back meanwhile.
    if (place === this.#place) return;
    this.#place = place;
    this.#movedAt = this.sources.clock.elapsed();
    this.changed(this, "moved");
  }

  /** Takes up the contracts of an expiry. */
  #take(expiry: string | undefined): void {
    const { instruments, marketData } = this.sources;
    const before = this.#reference;
    const reference = expiry === undefined ? undefined : referenceOf(this.#underlying, expiry);
    this.#expiry = expiry;
    this.#pairs = expiry === undefined ? [] : instruments.strikes(this.#underlying, expiry);
    if (reference !== before) {
      this.#reference = reference;
      this.#price = undefined;
      if (reference !== undefined) {
        marketData.subscribe(this, reference, "ltp");
        const last = marketData.last(reference);
        this.#price = last?.hasPrice("ltp") ? last.tick.lastPrice : undefined;
      }
      if (before !== undefined) marketData.unsubscribe(this, before);
    }
    const known = this.#price !== undefined && this.#pairs.length > 0;
    this.#place = known ? nearestPlace(this.#pairs, this.#price!) : undefined;
  }
}

export function chainId({ id }: Pick<Underlying, "id">, choice: ExpiryChoice): string {
  return `${id} ${choice}`;
}

function areSame(a: readonly StrikePair[], b: readonly StrikePair[]): boolean {
  return a.length === b.length &&
    a.every(({ strike, call, put }, i) =>
      strike === b[i]!.strike && call === b[i]!.call && put === b[i]!.put
    );
}
