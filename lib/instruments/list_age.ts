import { istDate } from "../market/ist.ts";
import type { Instruments } from "./instrument.ts";
import type { ListAge } from "./resolver/resolution.ts";

const DAY_MS = 86_400_000;

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
