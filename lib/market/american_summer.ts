/**
 * Whether a day lies in the American summer time, by whose clock MCX ends its day: from the second Sunday of March until
 * before the first Sunday of November (Energy Policy Act of 2005).
 *
 * @param date Such as `2026-11-02`.
 */
export function isAmericanSummer(date: string): boolean {
  const year = Number(date.slice(0, 4));
  return firstSunday(year, "03", 7) <= date && date < firstSunday(year, "11", 0);
}

/** The first Sunday of a month, and so many days. */
function firstSunday(year: number, month: string, daysMore: number): string {
  const weekday = new Date(`${year}-${month}-01T00:00:00Z`).getUTCDay();
  const day = 1 + (7 - weekday) % 7 + daysMore;
  return `${year}-${month}-${String(day).padStart(2, "0")}`;
}
