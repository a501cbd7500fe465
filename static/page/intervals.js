/** The times of one candle that the chart offers. Times in seconds since the Unix epoch. */

const IST_OFFSET_S = 5.5 * 3_600;
const DAY_S = 86_400;

/** From here on the proxy's candles are shown: it has seen more than this page. */
export const PROXY_FROM_S = 60;

/**
 * Seconds of one candle: `label`, how it is `said`, and for those of the proxy its `name` of it and how many `days`
 * are shown. So many are one call of the proxy at the broker.
 *
 * @type {Map<number, { label: string, said: string, name?: string, days?: number }>}
 */
export const INTERVALS = new Map([
  [1, { label: "1 s", said: "1 second" }],
  [5, { label: "5 s", said: "5 seconds" }],
  [15, { label: "15 s", said: "15 seconds" }],
  [60, { label: "1 min", said: "1 minute", name: "1m", days: 5 }],
  [300, { label: "5 min", said: "5 minutes", name: "5m", days: 14 }],
  [900, { label: "15 min", said: "15 minutes", name: "15m", days: 30 }],
  [1_800, { label: "30 min", said: "30 minutes", name: "30m", days: 60 }],
  [3_600, { label: "1 h", said: "1 hour", name: "1h", days: 90 }],
  [DAY_S, { label: "1 day", said: "1 day", name: "1d", days: 400 }],
]);

/** Where a day begins in India. */
export const dayOf = (time) => Math.floor((time + IST_OFFSET_S) / DAY_S) * DAY_S - IST_OFFSET_S;

/** A day in India as the proxy takes it: 2026-11-20. */
export const dateOf = (time) => new Date((time + IST_OFFSET_S) * 1_000).toISOString().slice(0, 10);

/** Candles are counted from the opening, as the exchanges and the broker count them. */
function openingOf(exchange, time) {
  return dayOf(time) + (["mcx", "ncdex", "cds"].includes(exchange) ? 9 : 9.25) * 3_600;
}

/** When the candle begins that a tick belongs to; undefined before the opening, which makes none by itself. */
export function candleTime({ exchange, seconds, time }) {
  if (seconds >= DAY_S) return dayOf(time);
  const opening = openingOf(exchange, time);
  return time < opening ? undefined : opening + Math.floor((time - opening) / seconds) * seconds;
}
