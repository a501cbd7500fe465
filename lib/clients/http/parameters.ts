import { z } from "zod";
import { isToken, MODES } from "../../market/market.ts";
import { exchange as exchangeOfWire, wordOf } from "../json/commands/fields.ts";

/** Instruments that one request may name: more make an address longer than programs let it be. */
export const MAX_NAMED = 500;

/** Name, or the broker's number. */
export const exchange = z.string()
  .transform((text): string | number => text)
  .pipe(exchangeOfWire)
  .describe("nse, nfo, bse, bfo, mcx, cds or ncdex, in any case, or the broker's number");

export const token = z.string().trim().refine(isToken, "must be up to 25 digits")
  .describe("the broker's number of the instrument");

/** Instruments as the JSON wire takes them: names, tokens of an exchange, or an exchange's watch list. */
export const selection = {
  symbols: z.array(z.string().min(1, "has an empty name").max(100, "has a name of more than 100 letters"))
    .max(MAX_NAMED, tooMany()).optional()
    .describe("names, such as NSE:SBIN-EQ,NIFTY 50"),
  exchange: exchange.optional()
    .describe("where tokens and symbols are looked up; alone: the owner's watch list of it"),
  tokens: z.array(token).max(MAX_NAMED, tooMany()).optional()
    .describe("the broker's numbers; they need their exchange"),
} as const;

export const mode = wordOf(MODES).default("quote")
  .describe("how much of a tick is wanted");

export const format = wordOf(["json", "csv"]).default("json")
  .describe("csv: a table for spreadsheets");

/** How long a first value is waited for, ms. */
const DEFAULT_WAIT_MS = 2_000;
const MAX_WAIT_MS = 10_000;

const WAIT_RANGE = `must be a whole number of ms from 0 to ${MAX_WAIT_MS}`;

export const wait = z.number(WAIT_RANGE).int(WAIT_RANGE).min(0, WAIT_RANGE).max(MAX_WAIT_MS, WAIT_RANGE)
  .default(DEFAULT_WAIT_MS)
  .describe("ms to wait for the first value of an instrument that nobody was subscribed to");

function tooMany(): string {
  return `has more than ${MAX_NAMED}; ask for them in several requests`;
}

interface Selection {
  readonly exchange?: unknown;
  readonly tokens?: readonly unknown[] | undefined;
  readonly symbols?: readonly unknown[] | undefined;
}

/** Tokens need an exchange, and something has to be selected. */
export function checkSelection({ exchange, tokens, symbols }: Selection): string | undefined {
  if (tokens !== undefined && exchange === undefined) return `"tokens" needs "exchange" beside it`;
  if (exchange === undefined && symbols === undefined) {
    return `"symbols" is missing, such as symbols=NSE:SBIN-EQ,NIFTY 50`;
  }
}

/** What naming instruments costs, and writing a row for each. */
export function selectionUnits({ tokens, symbols }: Selection): number {
  return 1 + ((tokens?.length ?? 0) + (symbols?.length ?? 0)) / 5;
}
