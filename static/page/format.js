/** How numbers and times are written on the page. Pure: no DOM, no state. */

const IST_OFFSET_MS = 5.5 * 3_600_000;
const DAY_MS = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** What is not known is shown as such, never as a zero. */
const NONE = "—";
const MINUS = "−";

// Making a formatter costs far more than using it.
const formatters = new Map();

/** A number in Indian grouping (12,34,567.80) with a fixed count of decimals. */
function number(value, decimals = 0) {
  let formatter = formatters.get(decimals);
  if (formatter === undefined) {
    formatter = new Intl.NumberFormat("en-IN", {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formatters.set(decimals, formatter);
  }
  return value < 0 ? MINUS + formatter.format(-value) : formatter.format(value);
}

/** With its sign always shown, so that it does not lean on colour. */
function signed(value, decimals) {
  const text = number(Math.abs(value), decimals);
  // What rounds to nothing has no direction.
  if (/^[0.]+$/.test(text)) return text;
  return (value < 0 ? MINUS : "+") + text;
}

function two(value) {
  return value < 10 ? `0${value}` : String(value);
}

/**
 * Time of day in India, whatever zone the browser is in; with the date in front where it is not today's.
 * @param ms Since the Unix epoch.
 */
function istTime(ms, now = Date.now()) {
  const date = new Date(ms + IST_OFFSET_MS);
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const today = Math.floor((now + IST_OFFSET_MS) / DAY_MS);
  if (Math.floor((ms + IST_OFFSET_MS) / DAY_MS) === today) return time;
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${time.slice(0, 5)}`;
}

/** Time of day in India, without the day. @param ms Since the Unix epoch. */
function istClock(ms) {
  return new Date(ms + IST_OFFSET_MS).toISOString().slice(11, 19);
}

/** How long ago, in one unit. */
function age(ms) {
  if (ms < 1_000) return "<1 s";
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / 3_600_000)} h`;
  return `${Math.floor(ms / DAY_MS)} d`;
}

/** A date without a time: `2026-11-24` as 24 Nov 2026; what is no date stays as it is. */
function day(text) {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  return MONTHS[Number(month) - 1] === undefined
    ? String(text)
    : `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`;
}

function bytesPerSecond(bytes) {
  if (bytes < 1_000) return `${Math.round(bytes)} B/s`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(bytes < 10_000 ? 1 : 0)} kB/s`;
  return `${(bytes / 1_000_000).toFixed(1)} MB/s`;
}

export { age, bytesPerSecond, day, istClock, istTime, NONE, number, signed };
