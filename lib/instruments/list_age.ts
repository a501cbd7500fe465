import { DAY_MS, istDate, istMidnight } from "../market/ist.ts";
import type { Instruments } from "./instrument.ts";
import type { ListAge } from "./resolver/resolution.ts";

/** How much the present list can be trusted. @param now ms since the Unix epoch. */
export function listAge(
  { complete, status }: Pick<Instruments, "complete" | "status">,
  now: number,
): ListAge {
  const { asOf, source } = status();
  const loaded = source !== "built-in";
  if (asOf === undefined) return { complete, loaded, text: "that is built in" };
  const days = Math.floor((now - asOf) / DAY_MS);
  const age = days < 1 ? "" : days === 1 ? " (a day old)" : ` (${days} days old)`;
  return { complete, loaded, text: `of ${istDate(asOf)}${age}` };
}

/** Contracts of the day are in the list by then, and nobody trades before 09:00: there is no reason to crowd. */
const MORNING_MS = 8 * 3_600_000;
const MORNING_MINUTES = 30;

/** The last time that a new list was due: eight in the morning in India. @param now ms since the Unix epoch. */
export function lastListAt(now: number): number {
  const today = istMidnight(now) + MORNING_MS;
  return today <= now ? today : today - DAY_MS;
}

/** When the next one is fetched: some minutes later, by chance. */
export function nextListAt(now: number, random: () => number): number {
  return lastListAt(now) + DAY_MS + Math.floor(random() * MORNING_MINUTES) * 60_000;
}
