import { z } from "zod";
import { EXPIRY_WORDS, readExpiryChoice } from "../../../chain/expiry_choice.ts";
import { nearestName } from "../../../util/nearest_name.ts";
import { show } from "../show.ts";
import { exchange, numberFrom, optional } from "./fields.ts";

/** Strikes on each side of the money, where a client does not say. */
export const DEFAULT_STRIKES = 10;

export const MAX_STRIKES = 100;

const EXPIRY_HELP = `must be ${EXPIRY_WORDS.join(", ")} or a day such as 2026-12-29`;

const STRIKES_HELP = `must be a whole number from 1 to ${MAX_STRIKES}`;

export const underlying = z.union([z.string(), z.number().int().nonnegative()], "must be a name")
  .transform(String).pipe(z.string().trim().min(1, "is empty").max(100, "is longer than 100 letters"));

export const expiry = z.string(EXPIRY_HELP).max(40, EXPIRY_HELP).transform((text, context): string => {
  const choice = readExpiryChoice(text);
  if (choice !== undefined) return choice;
  const nearest = nearestName(text.trim(), EXPIRY_WORDS);
  const hint = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  context.addIssue({ code: "custom", message: `is ${show(text)}; it ${EXPIRY_HELP}${hint}` });
  return z.NEVER;
});

export const strikes = z.number(STRIKES_HELP).int(STRIKES_HELP).min(1, STRIKES_HELP)
  .max(MAX_STRIKES, STRIKES_HELP);

const FIELDS = {
  underlying,
  exchange: optional(exchange),
  expiry: optional(expiry),
  strikes: optional(numberFrom(strikes)),
};

/** A chain that is asked for, or given up. */
export const chain = optional(chainOf(FIELDS));

/** A name alone will do for a chain. */
function chainOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape);
  const known = names.map((name) => `"${name}"`).join(", ");
  return z.preprocess(
    (value) => typeof value === "string" ? { underlying: value } : value,
    z.strictObject(shape, {
      error(issue) {
        if (issue.code !== "unrecognized_keys") {
          return `must be an object with ${known}, such as {"underlying":"NIFTY"}`;
        }
        const [unknown = ""] = issue.keys as string[];
        const nearest = nearestName(unknown, names);
        const hint = nearest === undefined ? "." : `; did you mean "${nearest}"?`;
        return `has no field ${show(unknown)}${hint} It takes ${known}`;
      },
    }),
  );
}
