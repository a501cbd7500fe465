import type { Exchange } from "../market/market.ts";

/** How one exchange stands whose instruments clients want, or that is in the watch list, in short. */
export interface MarketStatus {
  readonly exchange: Exchange;
  /** What the exchange as a whole does: `open`, `pre_open`, `closing_auction`, `transition`, `post_close`, `closed`,
   * `holiday`, or `unknown`; single instruments may have hours of their own. */
  readonly phase: string;
  /** The name of the day, where it is a special one. */
  readonly day?: string;
  /** Instruments trade whose feed is down: their last prices are old. */
  readonly stale: boolean;
}

/** The same with what its readiness is judged by. */
export interface ExchangeStatus extends MarketStatus {
  /** Clients want instruments of it; otherwise it is only in the watch list. */
  readonly wanted: boolean;
  /** Nothing at all happens there, so nothing should flow. */
  readonly closed: boolean;
  /** Something should flow of its instruments now, or it is at least possible that it does. */
  readonly expected: boolean;
  /** A socket that carries its instruments, or would, is not connected, or is silent where it should tick. */
  readonly down: boolean;
  /** For how long no accepted price of its moment has come in continuous trading, ms; 0 where nothing of it ticks often. */
  readonly silentMs: number;
  /** How old the prices are that come all the same, ms; undefined where none come. */
  readonly lateMs?: number;
}

/** What changed at an exchange. Times in ms since the Unix epoch. */
export type ExchangeChange =
  | { readonly kind: "phase"; readonly exchange: Exchange; readonly phase: string; readonly day?: string }
  | { readonly kind: "stale"; readonly exchange: Exchange; readonly since: number }
  /** The feed is up again; or nothing of it that is wanted trades any more. */
  | {
    readonly kind: "fresh";
    readonly exchange: Exchange;
    readonly since: number;
    readonly trading: boolean;
  };
