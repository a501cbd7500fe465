import { z } from "zod";
import { type Exchange, exchangeOfType, isExchange, isToken, MODES } from "../../../market/market.ts";
import { show } from "../show.ts";

/** Longest id that is sent back, in characters. */
const MAX_ID = 100;

/** Instruments that one command may name. */
const MAX_NAMED = 3_000;

export const requestId = z.union([z.string().max(MAX_ID), z.number()], {
  error: () => `must be a number or a text of at most ${MAX_ID} characters`,
}).optional();

export const exchange = z.union([z.string(), z.number()], {
  error: (issue) => issue.input === undefined ? "is missing" : "must be a name or a number",
}).transform((given, context): Exchange => {
  const found = typeof given === "number" ? exchangeOfType(given) : given.toLowerCase();
  if (found !== undefined && isExchange(found)) return found;
  context.addIssue({ code: "custom", message: `${show(given)} is not known` });
  return z.NEVER;
});

const token = z.union([z.string(), z.number().int().nonnegative()]).transform(String).refine(
  isToken,
  "a token is a number, or a text of up to 25 digits",
);

const tokens = z.array(token, "must be a list of tokens").min(1, "is empty").max(MAX_NAMED).optional();

const symbols = z.array(z.string().min(1).max(100), "must be a list of names").min(1, "is empty")
  .max(MAX_NAMED).optional();

export const mode = z.enum(MODES, `must be one of ${MODES.join(", ")}`).optional();

/** Instruments as a client names them: a watch list, tokens of an exchange, names, or several of these. */
export const selection = { exchange: exchange.optional(), tokens, symbols };

interface Selection {
  readonly exchange?: unknown;
  readonly tokens?: readonly unknown[] | undefined;
  readonly symbols?: readonly unknown[] | undefined;
}

/** Tokens need an exchange, and something has to be selected. */
export function checkSelection({ exchange, tokens, symbols }: Selection, context: z.RefinementCtx): void {
  if (exchange !== undefined || (symbols !== undefined && tokens === undefined)) return;
  context.addIssue({ code: "custom", path: ["exchange"], message: "is missing" });
}

/** What naming instruments costs. */
export function selectionUnits({ tokens, symbols }: Selection): number {
  return 1 + ((tokens?.length ?? 0) + (symbols?.length ?? 0)) / 10;
}
