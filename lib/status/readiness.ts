import type { Exchange } from "../market/market.ts";
import type { UpstreamStatus } from "../upstream/upstream.ts";
import { SILENT_AFTER_MS } from "./exchange_status.ts";
import type { ExchangeStatus } from "./market_status.ts";

/** The state of the whole proxy, as far as it decides whether it is of use now. */
export interface ReadinessFacts {
  readonly stopping: boolean;
  readonly upstream: Pick<UpstreamStatus, "state" | "reason" | "login">;
  readonly exchanges: readonly ExchangeStatus[];
}

/** Why the proxy is not ready; the message says what is wrong, and where it is known what would do. */
export interface UnreadyReason {
  readonly code: "stopping" | "refused" | "not_logged_in" | "feed_down" | "feed_silent";
  readonly message: string;
  readonly exchange?: Exchange;
}

export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly UnreadyReason[];
}

/**
 * Whether everything flows that should flow now. Outside market hours nothing should: a feed that waits for the next
 * day's login is ready then, and one that the broker has refused for good is not.
 */
export function readinessOf({ stopping, upstream, exchanges }: ReadinessFacts): Readiness {
  const reasons: UnreadyReason[] = [];
  const { login } = upstream;
  if (stopping) reasons.push({ code: "stopping", message: "the proxy is shutting down" });
  const refusal = login.failure?.final ? login.failure.message : undefined;
  if (refusal !== undefined || upstream.state === "refused") {
    const why = refusal ?? upstream.reason ?? "the broker has refused the feed";
    reasons.push({
      code: "refused",
      message: `${why}; not tried again until the credentials in .env change or the proxy is restarted`,
    });
  } else if (!login.succeeded) {
    const why = login.failure?.message ?? "the first login is under way";
    reasons.push({ code: "not_logged_in", message: `no login has succeeded yet: ${why}` });
  }
  for (const { exchange, expected, down, silentMs, lateMs } of exchanges) {
    if (!expected) continue;
    if (down) {
      const why = upstream.reason ?? "its socket is not connected, or brings no tick";
      reasons.push({
        code: "feed_down",
        exchange,
        message: `${exchange} is open, and its feed is down: ${why}`,
      });
    } else if (silentMs > SILENT_AFTER_MS) {
      const what = lateMs === undefined
        ? `no believed price came for ${Math.floor(silentMs / 1000)} s`
        : `its prices come ${Math.floor(lateMs / 1000)} s late`;
      reasons.push({
        code: "feed_silent",
        exchange,
        message: `${exchange} is open and its feed is up, but ${what}`,
      });
    }
  }
  return { ready: reasons.length === 0, reasons };
}
