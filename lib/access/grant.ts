import type { Exchange } from "../market.ts";

/** What a client may do. */
export interface Grant {
  /** Of its token; `anyone` where none is needed. */
  readonly name: string;
  /** All of them when undefined. */
  readonly exchanges?: ReadonlySet<Exchange>;
  /** Instruments that each of its connections may have subscribed. */
  readonly maxInstruments?: number;
  /** ms since the Unix epoch. */
  readonly expires?: number;
}

export function covers({ exchanges }: Grant, exchange: Exchange): boolean {
  return exchanges?.has(exchange) ?? true;
}

export const ANYONE: Grant = { name: "anyone" };
