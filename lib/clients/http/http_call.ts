import type { Entitlement } from "../../access/entitlement.ts";
import type { HttpError } from "./http_error.ts";

/** One request that was let in. */
export interface HttpCall {
  /** HEAD wants the headers alone. */
  readonly method: "GET" | "HEAD";
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly entitlement: Entitlement;
  /** Whose limits count; see `server/address.ts`. */
  readonly peer: string;
  /** Its address, for the log. */
  readonly from: string;
  /** Takes a place among the clients for a connection that stays. @returns Gives it back, or why there is none. */
  readonly acquirePlace: () => (() => void) | HttpError;
}

/** A request that is being answered. */
export interface RoutedCall extends HttpCall {
  /** Does a piece of the answer when it is this address's turn again. @param units Of work. */
  readonly turn: Turn;
}

export type Turn = <Made>(units: number, piece: () => Made) => Promise<Made>;
