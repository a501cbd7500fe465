import {
  type Exchange,
  type InstrumentKey,
  isIndexToken,
  keyOf,
  type Mode,
  type SnapQuoteTick,
  type Tick,
} from "../market/market.ts";
import { encodePacket } from "../smartapi/packet_encoder.ts";
import { encodeDepth20 } from "./depth20.ts";
import { dayBeforeStream } from "./history.ts";
import type { PriceModel, SimulatedInstrument } from "./instruments.ts";
import { modelPrice, type ModelValue, modelValue } from "./option_model.ts";
import { PriceWalk } from "./price_walk.ts";
import type { StreamedMarket } from "./streamed_market.ts";
import { TradedMinutes } from "./traded_minutes.ts";
import type { WireMode } from "../smartapi/request_reader.ts";

/** All simulated instruments, and the packets that tell of them. */
export class SimulatedMarket implements StreamedMarket {
  /** What was traded since the start. */
  readonly traded = new TradedMinutes();
  readonly #walks = new Map<InstrumentKey, PriceWalk>();
  /** One counter for each segment, as at the broker: gaps for each token. */
  readonly #sequences = new Map<Exchange, number>();

  /** @param made Hears of each tick that is made, before it is encoded, corrupted or lost. */
  constructor(
    instruments: readonly SimulatedInstrument[],
    random: () => number,
    private readonly made: (tick: Tick) => void = () => {},
  ) {
    const byKey = new Map(instruments.map((each) => [keyOf(each.exchange, each.token), each]));
    const find = (key: InstrumentKey) => byKey.get(key);
    for (const instrument of instruments) {
      const { exchange, token, model } = instrument;
      const priceAt = model && ((now: number) => modelPrice(instrument, this.#followed(model, now), now));
      const before = () => dayBeforeStream(instrument, find);
      this.#walks.set(keyOf(exchange, token), new PriceWalk(instrument, random, priceAt, before));
    }
  }

  /** The last price of an instrument. */
  priceOf(key: InstrumentKey): number | undefined {
    return this.#walks.get(key)?.price;
  }

  /** Has an instrument trade at a price. */
  moveTo(key: InstrumentKey, price: number, now: number): void {
    this.#change(key, now, (walk) => walk.moveTo(price, now));
  }

  /** What an option that follows the model is worth; undefined for any other instrument. */
  modelValueOf(instrument: SimulatedInstrument, now: number): ModelValue | undefined {
    const { model } = instrument;
    return model && modelValue(instrument, this.#followed(model, now), now);
  }

  #followed({ follows }: PriceModel, now: number): number {
    const tick = this.#walks.get(follows)?.tick("ltp", 0, now);
    if (tick?.lastPrice === undefined) {
      throw new Error(`${follows} is followed, and is none of the instruments`);
    }
    return tick.lastPrice;
  }

  /** The last sequence number of each segment. */
  get sequences(): ReadonlyMap<Exchange, number> {
    return this.#sequences;
  }

  knows(key: InstrumentKey): boolean {
    return this.#walks.has(key);
  }

  /** Midnight: the last prices become the previous close, and all counters begin anew. */
  newDay(): void {
    this.#sequences.clear();
    for (const walk of this.#walks.values()) walk.newDay();
  }

  move(key: InstrumentKey, now: number): void {
    this.#change(key, now, (walk) => walk.move(now));
  }

  #change(key: InstrumentKey, now: number, change: (walk: PriceWalk) => void): void {
    const walk = this.#walks.get(key);
    if (walk === undefined) return;
    const before = walk.shown;
    change(walk);
    this.traded.note(key, before, walk.shown, now);
  }

  /** The instrument as it stands; undefined for one that nobody knows. */
  tick(key: InstrumentKey, mode: Mode, time: number): Tick | undefined {
    const walk = this.#walks.get(key);
    if (walk === undefined) return undefined;
    const exchange = key.slice(0, key.indexOf(":")) as Exchange;
    const sequence = (this.#sequences.get(exchange) ?? 0) + 1;
    this.#sequences.set(exchange, sequence);
    const index = isIndexToken(key.slice(key.indexOf(":") + 1));
    const tick = walk.tick(mode, index ? 0 : sequence, time);
    this.made(tick);
    return tick;
  }

  /** The instrument as it stands, as a REST call tells it: no packet, and so not counted. */
  peek(key: InstrumentKey, time: number): SnapQuoteTick | undefined {
    const tick = this.#walks.get(key)?.tick("snapquote", 0, time);
    return tick?.mode === "snapquote" ? tick : undefined;
  }

  /** In session the exchange's clock counts whole seconds; outside of it the time is that of the sending. */
  packet(key: InstrumentKey, mode: WireMode, now: number, closed = false): Uint8Array | undefined {
    if (mode === "depth20") {
      const walk = this.#walks.get(key);
      return walk && encodeDepth20(walk.depth20(now));
    }
    const tick = this.tick(key, mode, closed ? now : Math.floor(now / 1000) * 1000);
    return tick === undefined
      ? undefined
      : encodePacket(tick, isIndexToken(tick.token) ? "sentinel" : "zero");
  }
}
