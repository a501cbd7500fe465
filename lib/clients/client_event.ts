import type { UpstreamEvent } from "../market/feed_event.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { ExchangeChange } from "../status/exchange_status.ts";

/** The price of some instruments became doubtful, for a reason, or is good again (no reason). */
export interface PriceEvent {
  readonly kind: "price";
  readonly reason?: string;
  readonly keys: readonly InstrumentKey[];
}

/** The proxy itself ends, or starts anew with another certificate. */
export interface ServerEvent {
  readonly kind: "shutdown" | "restart";
}

/** What clients are told beside ticks and answers; each wire has its own words for it, or none. */
export type ClientEvent = UpstreamEvent | ExchangeChange | PriceEvent | ServerEvent;
