/** Indian Standard Time: UTC+5:30 all year, whatever the host's own zone. */
const OFFSET_MS = 5.5 * 3_600_000;

/** A day: India has no summer time. */
export const DAY_MS = 86_400_000;

/** The day in India as `2026-11-20`. */
export function istDate(ms: number): string {
  return new Date(ms + OFFSET_MS).toISOString().slice(0, 10);
}

/** Time in India as `2026-11-20 10:15:32`. */
export function istTimestamp(ms: number): string {
  return new Date(ms + OFFSET_MS).toISOString().slice(0, 19).replace("T", " ");
}

/** The midnight with which a moment's day in India began, ms since the Unix epoch. */
export function istMidnight(ms: number): number {
  return Math.floor((ms + OFFSET_MS) / DAY_MS) * DAY_MS - OFFSET_MS;
}
