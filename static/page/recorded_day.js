/** The recorded day that the page's address asks for, in place of the live feed: `/?replay=2026-11-20`. Pure. */

import { day } from "./format.js";

const NAMES = ["replay", "recorded"];

/** @returns `date` and, where it is said, `recorded` (`live`, `simulated`); undefined for the live feed. */
export function recordedDay(search) {
  const query = new URLSearchParams(search);
  const date = query.get("replay");
  if (date === null) return undefined;
  return { date, recorded: query.get("recorded") ?? undefined };
}

/** Where the page has its prices from. @param url Of the proxy. @param played See `recordedDay`. */
export function feedUrl(url, played) {
  if (played === undefined) return url;
  const { date, recorded } = played;
  const query = new URLSearchParams({ date, ...recorded === undefined ? {} : { recorded } });
  return `${url}replay?${query}`;
}

/** The page's address with a recorded day, or with the live feed. What else stands in it stays. */
export function addressOf({ pathname, search }, played) {
  const query = new URLSearchParams(search);
  for (const name of NAMES) query.delete(name);
  if (played !== undefined) query.set("replay", played.date);
  if (played?.recorded !== undefined) query.set("recorded", played.recorded);
  const text = query.toString();
  return text === "" ? pathname : `${pathname}?${text}`;
}

/** One recording in words. @param file Of `GET /recordings`. */
export function dayWords({ date, recorded }) {
  return `${day(date)}${recorded === "simulated" ? ", made-up prices" : ""}`;
}
