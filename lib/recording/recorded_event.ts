import type { UpstreamEvent } from "../market/feed_event.ts";
import type { Exchange, InstrumentKey, Mode } from "../market/market.ts";

/** What gives the ticks of a recording their meaning. Times in ms since the Unix epoch. */
export type RecordedEvent =
  /** The feed went down, came up again (with the gap), was refused; instruments were refused. */
  | UpstreamEvent
  /** The proxy began to record: what came since the record before was not seen. */
  | { readonly kind: "start"; readonly version: string }
  /** The proxy stopped in order. */
  | { readonly kind: "stop" }
  /** Instruments that are subscribed from here on, with their names of that day; and those that no longer are. */
  | {
    readonly kind: "subscribed";
    readonly instruments: readonly RecordedInstrument[];
    readonly ended: readonly InstrumentKey[];
  }
  /** What an exchange does from here on: `open`, `closed`, … */
  | { readonly kind: "phase"; readonly exchange: Exchange; readonly phase: string; readonly day?: string }
  /** How a login at the broker came out: `ok`, or a word for the refusal. */
  | { readonly kind: "login"; readonly outcome: string }
  /** The disk could not take what came in this time. */
  | {
    readonly kind: "lost";
    readonly from: number;
    readonly to: number;
    readonly records: number;
    readonly reason: string;
  };

export interface RecordedInstrument {
  readonly key: InstrumentKey;
  readonly symbol: string;
  readonly mode: Mode;
}
