import { z } from "zod";
import { exchangeNamed } from "../../../market/exchange_names.ts";
import {
  type Exchange,
  exchangeOfType,
  isToken,
  type Mode,
  MODE_NUMBERS,
  MODES,
} from "../../../market/market.ts";
import { show } from "../show.ts";

/** Longest id that is sent back, in characters. */
const MAX_ID = 100;

/** Instruments that one command may name. */
const MAX_NAMED = 3_000;

export const requestId = z.preprocess(
  (value) => value === null ? undefined : value,
  z.union([z.string().max(MAX_ID), z.number()], {
    error: () => `must be a number or a text of at most ${MAX_ID} characters`,
  }).optional(),
);

/** A field that was left out; many programs write `null` for it. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => value === null ? undefined : value, schema.optional());
}

/** Numbers may come as text. */
export function numberFrom<Schema extends z.ZodType<number>>(schema: Schema) {
  return z.preprocess(
    (value) => typeof value === "string" && /^ *-?[0-9]+(\.[0-9]+)? *$/.test(value) ? Number(value) : value,
    schema,
  );
}

/** One of a few words, in any case. */
export function wordOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.preprocess(
    (value) => typeof value === "string" ? value.trim().toLowerCase() : value,
    z.enum(words, `must be one of ${words.join(", ")}`),
  );
}

/** Yes or no. */
export const flag = z.preprocess(
  (value) => typeof value === "string" ? FLAGS.get(value.trim().toLowerCase()) ?? value : value,
  z.boolean("must be true or false"),
);

const FLAGS: ReadonlyMap<string, boolean> = new Map([["true", true], ["false", false]]);

export const exchange = z.union([z.string(), z.number()], {
  error: (issue) => issue.input === undefined ? "is missing" : "must be a name or a number",
}).transform((given, context): Exchange => {
  const found = typeof given === "number" ? exchangeOfType(given) : exchangeNamed(given);
  if (found !== undefined) return found;
  context.addIssue({ code: "custom", message: `${show(given)} is not known` });
  return z.NEVER;
});

const NO_TOKEN = "is no token: a token is a number, or a text of up to 25 digits";

/** A number, or `exchange:number`. */
function tokenIn(given: unknown): string | Wrong {
  if (typeof given !== "string" && !isCount(given)) return { wrong: NO_TOKEN };
  const text = String(given).trim();
  return isToken(text.slice(text.indexOf(":") + 1).trim()) ? text : { wrong: NO_TOKEN };
}

const MAX_NAME_LENGTH = 100;

function nameIn(given: unknown): string | Wrong {
  if (typeof given !== "string") return isCount(given) ? String(given) : { wrong: "is no name" };
  if (given === "") return { wrong: "has an empty name" };
  if (given.length > MAX_NAME_LENGTH) {
    return { wrong: `has a name of more than ${MAX_NAME_LENGTH} characters` };
  }
  return given;
}

/** Why a value is not taken. */
interface Wrong {
  readonly wrong: string;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** What an item may be, for the description of the wire. */
const COUNT = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const TOKEN = { anyOf: [{ type: "string" }, COUNT] };
const NAME = { anyOf: [{ type: "string", minLength: 1, maxLength: MAX_NAME_LENGTH }, COUNT] };

/** A list of thousands of texts. It is read in one go: a schema of its own for each item takes twenty times as long. */
function textsOf(read: (item: unknown) => string | Wrong, items: object, message: string) {
  return z.any().meta({ type: "array", minItems: 1, maxItems: MAX_NAMED, items })
    .transform((given, context): string[] => {
      const refuse = (message: string, path: number[] = []) => {
        context.addIssue({ code: "custom", message, path });
        return z.NEVER;
      };
      const list = inList(given);
      if (!Array.isArray(list)) return refuse(message);
      if (list.length === 0) return refuse("is empty");
      if (list.length > MAX_NAMED) {
        return refuse(`has more than ${MAX_NAMED}; name the others in another command`);
      }
      const texts: string[] = [];
      for (const [i, item] of list.entries()) {
        const text = read(item);
        if (typeof text !== "string") return refuse(text.wrong, [i]);
        texts.push(text);
      }
      return texts;
    });
}

/** A list; a single one need not stand in brackets, and several may stand in one text with commas. */
export function listOf<Item extends z.ZodType>(item: Item, message: string) {
  return z.preprocess(inList, z.array(item, message).min(1, "is empty").max(MAX_NAMED));
}

function inList(value: unknown): unknown {
  if (typeof value === "number") return [value];
  if (typeof value !== "string") return value;
  return value.split(",").map((each) => each.trim()).filter((each) => each !== "");
}

const tokens = optional(textsOf(tokenIn, TOKEN, "must be a list of tokens"));

const symbols = optional(textsOf(nameIn, NAME, "must be a list of names"));

/** In any case; the broker's numbers will do as well. */
export const mode = optional(z.preprocess(
  (value) =>
    typeof value === "string" || typeof value === "number"
      ? MODE_OF_NUMBER.get(String(value).trim()) ?? value
      : value,
  wordOf(MODES),
));

const MODE_OF_NUMBER: ReadonlyMap<string, Mode> = new Map(
  MODES.map((mode) => [String(MODE_NUMBERS[mode]), mode]),
);

/** Instruments as a client names them: a watch list, tokens of an exchange, names, or several of these. */
export const selection = { exchange: optional(exchange), tokens, symbols };

interface Selection {
  readonly exchange?: unknown;
  readonly tokens?: readonly unknown[] | undefined;
  readonly symbols?: readonly unknown[] | undefined;
}

/** Tokens need an exchange, and something has to be selected. Items that were refused may be anything. */
export function checkSelection({ exchange, tokens, symbols }: Selection, context: z.RefinementCtx): void {
  const named = tokens === undefined
    ? symbols !== undefined
    : tokens.every((token) => typeof token === "string" && token.includes(":"));
  if (exchange !== undefined || named) return;
  context.addIssue({ code: "custom", path: ["exchange"], message: "is missing" });
}

/** What naming instruments costs. */
export function selectionUnits({ tokens, symbols }: Selection): number {
  return 1 + ((tokens?.length ?? 0) + (symbols?.length ?? 0)) / 10;
}
