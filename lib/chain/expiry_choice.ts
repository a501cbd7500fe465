import { readExpiry } from "../instruments/expiry.ts";
import { dayText } from "../market/day.ts";

/** Words for an expiry: each means another day when the one before it is over. */
export const EXPIRY_WORDS = ["nearest", "next", "monthly"] as const;

/** Which expiry of an underlying is wanted: one of the words, or a day as `2026-12-29`. */
export type ExpiryChoice = string;

/**
 * Reads a choice: a word in any case, or a day in any form that a list of instruments has.
 *
 * @returns Undefined for anything else.
 */
export function readExpiryChoice(text: string): ExpiryChoice | undefined {
  const word = text.trim().toLowerCase();
  if (isRolling(word)) return word;
  const day = readExpiry(text);
  return day === 0 ? undefined : dayText(day);
}

/** Whether a choice goes on to another day by itself. */
export function isRolling(choice: ExpiryChoice): boolean {
  return (EXPIRY_WORDS as readonly string[]).includes(choice);
}

/**
 * The day that a choice means. A monthly expiry is the last one of a month among those that are listed: weekdays say
 * nothing, since exchanges change them, and move an expiry before a holiday.
 *
 * @param expiries Those that are not over, the next one first.
 * @returns Undefined where none of them is meant.
 */
export function chosenExpiry(choice: ExpiryChoice, expiries: readonly string[]): string | undefined {
  switch (choice) {
    case "nearest":
      return expiries[0];
    case "next":
      return expiries[1];
    case "monthly":
      return expiries.find((day, i) => expiries[i + 1]?.slice(0, 7) !== day.slice(0, 7));
    default:
      return expiries.find((day) => day === choice);
  }
}
