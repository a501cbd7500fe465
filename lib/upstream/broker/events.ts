import type { InstrumentKey } from "../../market/market.ts";
import type { Cause } from "./connection_state.ts";

/** What the sockets have to say to the clients: once for each change. Times in ms since the Unix epoch. */
export type BrokerEvent =
  | {
    readonly kind: "down";
    /** The last sign of life. */
    readonly since: number;
    readonly cause: Cause;
    readonly keys: readonly InstrumentKey[];
  }
  /** The gap record: what came between `from` and `to` of these instruments was not seen. */
  | {
    readonly kind: "up";
    readonly from: number;
    readonly to: number;
    readonly keys: readonly InstrumentKey[];
  }
  /** Nothing more will be tried until the configuration changes. */
  | { readonly kind: "refused"; readonly since: number; readonly cause: Cause }
  /** A request was answered with an error. */
  | {
    readonly kind: "rejected";
    readonly code: string;
    readonly message: string;
    readonly keys: readonly InstrumentKey[];
  };
