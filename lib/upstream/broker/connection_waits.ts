import type { Cause } from "../cause.ts";
import type { Policy } from "../policy.ts";

/** What a connection remembers of its troubles, to wait longer after each. */
export interface Counters {
  /** Rises with each try; an event that carries an older one is a dead socket's and changes nothing. */
  readonly epoch: number;
  /** Troubles since the connection was last healthy. */
  readonly attempt: number;
  /** Handshakes refused with 401 in a row. */
  readonly denials: number;
  /** Handshakes refused with 429 in a row: what other troubles came before does not make the broker's throttle longer. */
  readonly throttles: number;
  /** Handshakes that took too long: each gives the next one more time. */
  readonly timeouts: number;
}

type TroubleCounts = Pick<Counters, "attempt" | "denials" | "throttles">;

/** How long a handshake may take, ms. */
export function handshakePatience({ timeouts }: Counters, policy: Policy): number {
  return grown(policy.handshakeTimeout, timeouts, policy.handshakeTimeoutCap);
}

/** How long to wait after a trouble before the next try, ms; never less than the broker asks for, within a cap. */
export function delayAfter(cause: Cause, counts: TroubleCounts, policy: Policy): number {
  const wish = Math.min(cause.retryAfterMs ?? 0, policy.denialCap);
  return Math.max(wish, delayOf(cause, counts, policy));
}

function delayOf(cause: Cause, counts: TroubleCounts, policy: Policy): number {
  const { attempt, denials, throttles } = counts;
  if (cause.kind === "throttled") {
    const ceiling = grown(policy.throttleBase, throttles - 1, policy.throttleCap);
    return policy.throttleBase + policy.random() * (ceiling - policy.throttleBase);
  }
  if (denials > 1) return grown(policy.denialBase, denials - 2, policy.denialCap);
  return policy.random() * grown(policy.backoffBase, attempt, policy.backoffCap);
}

function grown(base: number, doublings: number, cap: number): number {
  return Math.min(cap, base * 2 ** Math.min(doublings, 30));
}
