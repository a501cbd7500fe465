import type { Exchange } from "../market/market.ts";

/** What a client may do. */
export interface Entitlement {
  /** Of its token; `anyone` where none is needed. */
  readonly name: string;
  /** All of them when undefined. */
  readonly exchanges?: ReadonlySet<Exchange>;
  /** Instruments that each of its connections may have subscribed. */
  readonly maxInstruments?: number;
  /** Whether it may ask for market data by REST; it may, unless this is false. */
  readonly rest?: boolean;
  /** Whether it may see all clients and close them; it may not, unless this is true. */
  readonly operator?: boolean;
  /** ms since the Unix epoch. */
  readonly expires?: number;
}

export function covers({ exchanges }: Entitlement, exchange: Exchange): boolean {
  return exchanges?.has(exchange) ?? true;
}

export const ANYONE: Entitlement = { name: "anyone" };
