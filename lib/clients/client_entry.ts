import type { Entitlement } from "../access/entitlement.ts";
import type { DeliveryOptions } from "./json/delivery_options.ts";

/** How a client came in. */
export interface ClientEntry {
  /** Its address, for the log. */
  readonly from: string;
  /** What it asked for in its address; a `configure` may change it. */
  readonly contract: DeliveryOptions;
  /** What it may do; without one it has to bring a token before anything else. */
  readonly entitlement?: Entitlement;
  /** What a token permits; undefined, after a while, when it is not good. */
  readonly authenticate?: (token: string) => Promise<Entitlement | undefined>;
}

/** One connected client, as its socket's owner drives it. */
export interface ClientHandle {
  received(frame: string | ArrayBuffer): void;
  /** The socket is gone. */
  gone(): void;
}
