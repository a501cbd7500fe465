import type { UpstreamEvent } from "../market/feed_event.ts";
import type { InstrumentKey, Mode } from "../market/market.ts";
import type { ExchangeChange } from "../status/market_status.ts";

/** The prices or books of some instruments became doubtful, for a reason, or are good again (no reason). */
export interface PriceEvent {
  readonly kind: "price";
  readonly reason?: string | undefined;
  /** In this mode and those above it, it can be seen. */
  readonly mode: Mode;
  readonly keys: readonly InstrumentKey[];
}

/** What a number meant, and what it means now where it means anything. Symbols. */
export interface InstrumentChange {
  readonly key: InstrumentKey;
  readonly from: string;
  readonly to?: string;
}

/** Numbers of instruments mean nothing any more, something else, or the same by another symbol. */
export interface InstrumentEvent {
  readonly kind: "expired" | "replaced" | "renamed";
  readonly keys: readonly InstrumentKey[];
  readonly changes: readonly InstrumentChange[];
}

/** The proxy itself ends, or starts anew with another certificate. */
export interface ServerEvent {
  readonly kind: "shutdown" | "restart";
}

/** Where a replay is: told at each second of market time and when something changes. Times in ms since the Unix epoch. */
export type ReplayEvent =
  | { readonly kind: "clock"; readonly time: number; readonly state: string; readonly speed: number }
  | { readonly kind: "end"; readonly time: number };

/** What clients are told beside ticks and answers; each wire has its own words for it, or none. */
export type ClientEvent =
  | UpstreamEvent
  | ExchangeChange
  | PriceEvent
  | InstrumentEvent
  | ServerEvent
  | ReplayEvent;
