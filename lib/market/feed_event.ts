import type { InstrumentKey } from "./market.ts";

/** Why the feed is not up. */
export interface UpstreamCause {
  /** A short word: `network`, `unauthorized`, `throttled`, … */
  readonly kind: string;
  /** A sentence for people; it holds no secret. */
  readonly message: string;
}

/** What happens to the feed: reported once for each change. Times in ms since the Unix epoch. */
export type UpstreamEvent =
  | {
    readonly kind: "down";
    /** The last sign of life. */
    readonly since: number;
    readonly cause: UpstreamCause;
    readonly keys: readonly InstrumentKey[];
  }
  /** Connected, but nothing comes in trading hours: the feed is mute, or the exchange stands still. Ends with `up`. */
  | {
    readonly kind: "silent";
    /** The last sign of life. */
    readonly since: number;
    readonly cause: UpstreamCause;
    readonly keys: readonly InstrumentKey[];
  }
  /** The gap record, per instrument until its first data after it: what came between `from` and `to` of these instruments was not seen. */
  | {
    readonly kind: "up";
    readonly from: number;
    readonly to: number;
    readonly keys: readonly InstrumentKey[];
  }
  /** Nothing more will be tried until the configuration changes. */
  | { readonly kind: "refused"; readonly since: number; readonly cause: UpstreamCause }
  /** The source refused to serve some instruments. */
  | {
    readonly kind: "subscription_refused";
    readonly code: string;
    readonly message: string;
    readonly keys: readonly InstrumentKey[];
  };
