/**
 * Whether prices that should come do not: the alarm that nobody sets. Nothing should come while every exchange is
 * closed, and a reconnection of a few seconds is no loss.
 */

const GRACE_MS = 5_000;

/** After an alarm the feed must have been good for so long before the next one. */
const CALM_MS = 10_000;

/** A machine that slept finds its connection lost, and has not lost it in front of anyone. */
const ASLEEP_MS = 90_000;

const SHUT = new Set(["closed", "holiday"]);

/** @returns What does not come, in words; undefined where all is well or nothing is expected. */
function lossOf(feed) {
  const open = [...feed.markets].filter(([, { state }]) => !SHUT.has(state));
  if (feed.epoch === undefined || open.length === 0) return undefined;
  if (feed.link.kind !== "open") return "no connection to the proxy";
  if (feed.allDown) return feed.trouble?.text ?? "the proxy has no market data";
  if (feed.allStale) return "the feed has gone quiet";
  const stale = open.filter(([, market]) => market.stale).map(([name]) => name.toUpperCase());
  return stale.length === 0 ? undefined : `${stale.join(", ")} is open, and its feed is not up`;
}

export function createFeedAlarm(feed) {
  let lostAt;
  let goodAt;
  let rung = false;
  let lookedAt;

  return {
    /**
     * Now and then, and at least each minute.
     *
     * @returns What is lost, once for each loss; else undefined.
     */
    look(now) {
      const slept = lookedAt !== undefined && now - lookedAt > ASLEEP_MS;
      lookedAt = now;
      const loss = lossOf(feed);
      if (loss === undefined) {
        lostAt = undefined;
        goodAt ??= now;
        if (now - goodAt >= CALM_MS) rung = false;
        return undefined;
      }
      goodAt = undefined;
      if (lostAt === undefined || slept) lostAt = now;
      if (rung || now - lostAt < GRACE_MS) return undefined;
      rung = true;
      return loss;
    },
  };
}
