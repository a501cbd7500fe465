import { istMidnight, istTimestamp } from "../../../market/ist.ts";
import { readTimeOfDay } from "../../../market/day_range.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads since when a client wants today's ticks: `09:15`, `09:15:30.250`, `-15m`, `2026-11-20T09:15:00+05:30`, or ms
 * since 1970.
 *
 * @returns ms since the Unix epoch, or what is wrong with it.
 */
export function readFrom(given: string | number, now: number): number | string {
  const at = typeof given === "number" ? given : timeOf(given.trim(), now);
  if (at === undefined || !Number.isFinite(at)) {
    return "must be a time of today in India such as 09:15, a while such as -15m, or ms since 1970";
  }
  if (at > now) return `is in the future: it is ${istTimestamp(now)} IST`;
  // A while that is longer than the day so far has the whole day.
  if (typeof given === "string" && given.trim().startsWith("-")) return Math.max(at, istMidnight(now));
  if (at < istMidnight(now)) return "is before today; other days are replayed: /replay?date=…";
  return at;
}

function timeOf(text: string, now: number): number | undefined {
  const [, count, unit] = /^-([0-9]{1,6}(?:\.[0-9]+)?)(s|m|h)$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * UNITS[unit!]!;
  if (/^[0-9]{12,14}$/.test(text)) return Number(text);
  const time = readTimeOfDay(text);
  if (time !== undefined) return istMidnight(now) + time;
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(Z|[+-][0-9]{2}:?[0-9]{2})$/.test(text)
    ? Date.parse(text)
    : undefined;
}
