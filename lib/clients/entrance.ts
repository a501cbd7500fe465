import type { Grant } from "../access/grant.ts";
import type { Contract } from "./contract.ts";

/** How a client came in. */
export interface ClientEntry {
  /** Its address, for the log. */
  readonly from: string;
  /** What it asked for in its address; a `configure` may change it. */
  readonly contract: Contract;
  /** What it may do; without one it has to bring a token before anything else. */
  readonly grant?: Grant;
  /** What a token permits; undefined, after a while, when it is not good. */
  readonly authenticate?: (token: string) => Promise<Grant | undefined>;
}

/** One connected client, as its socket's owner drives it. */
export interface ClientHandle {
  received(frame: string | ArrayBuffer): void;
  /** The socket is gone. */
  gone(): void;
}
