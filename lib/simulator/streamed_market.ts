import type { InstrumentKey, Mode, SnapQuoteTick, Tick } from "../market/market.ts";
import type { SimulatedInstrument } from "./instruments.ts";
import type { ModelValue } from "./option_model.ts";
import type { TradedMinutes } from "./traded_minutes.ts";
import type { WireMode } from "../smartapi/request_reader.ts";

/** What a simulated broker tells of: a market that is made up, or one that was recorded. */
export interface StreamedMarket {
  knows(key: InstrumentKey): boolean;
  /** The instrument as it stands; undefined for one that nobody knows. @param time ms since the Unix epoch. */
  tick(key: InstrumentKey, mode: Mode, time: number): Tick | undefined;
  /** The instrument as it stands, as a REST call tells it. */
  peek(key: InstrumentKey, time: number): SnapQuoteTick | undefined;
  packet(key: InstrumentKey, mode: WireMode, now: number, closed?: boolean): Uint8Array | undefined;
  /** What an option that follows a model is worth; undefined for any other. */
  modelValueOf(instrument: SimulatedInstrument, now: number): ModelValue | undefined;
  /** What was traded since the start; without it no candles are told: made-up ones must not stand beside recorded prices. */
  readonly traded?: TradedMinutes;
  /** Midnight has come. */
  newDay(): void;
}
