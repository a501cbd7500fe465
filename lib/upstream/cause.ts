/** Why a connection is not live, in words for a log line and a client, and in a kind for what to do about it. */
export interface Cause {
  readonly kind:
    | "login" // no session could be had
    | "unauthorized" // 401 at the handshake
    | "throttled" // 429 at the handshake
    | "refused" // any other answer to the handshake
    | "network" // unreachable, or broken
    | "closed" // closed by the server
    | "timeout" // no handshake in time
    | "silent" // no frame in time
    | "mute" // frames, but no tick in session hours
    | "renewed" // replaced, since there is a new session
    | "shutdown";
  readonly message: string;
  /** Not to be tried before this time, elapsed ms. */
  readonly notBefore?: number;
  /** The same as a wall time, ms since the Unix epoch, where the day decides it: a machine that slept does not oversleep. */
  readonly plannedAt?: number;
  /** How long the broker asks to wait, ms. */
  readonly retryAfterMs?: number;
  /** Only a change of the configuration helps. */
  readonly final?: boolean;
}

/** Why no session could be had, as a connection wants to know it. */
export class LoginFailure extends Error {
  override readonly name = "LoginFailure";

  constructor(readonly reason: Cause) {
    super(reason.message);
  }
}
