import { z } from "zod";
import { type Exchange, EXCHANGES } from "../market/market.ts";
import type { Entitlement } from "./entitlement.ts";
import { DAY_MS } from "../market/ist.ts";

/** A token that is known by its digest only: whoever reads the file cannot connect with it. */
export interface TokenEntry extends Entitlement {
  /** SHA-256 of the token, in hexadecimal. */
  readonly sha256: string;
}

const entry = z.strictObject({
  name: z.string().regex(/^[\w.@-]{1,40}$/, "must be 1 to 40 letters, digits, or - _ . @"),
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, "must be 64 hexadecimal digits").toLowerCase(),
  exchanges: z.array(
    z.enum(EXCHANGES as [Exchange, ...Exchange[]], `must be some of ${EXCHANGES.join(", ")}`),
  )
    .min(1, "is empty").optional(),
  max_instruments: z.number().int().min(1, "must be 1 or more").optional(),
  rest: z.boolean("must be true or false").optional(),
  operator: z.boolean("must be true or false").optional(),
  expires: z.string().refine(
    (text) => Number.isFinite(expiry(text)),
    "must be a date such as 2027-03-31, or a time such as 2027-03-31T15:30:00+05:30",
  ).optional(),
});

const file = z.array(entry, "must be a list of tokens").superRefine((entries, context) => {
  const names = new Set<string>();
  for (const [i, { name }] of entries.entries()) {
    if (names.has(name)) {
      context.addIssue({ code: "custom", path: [i, "name"], message: `${name} is there twice` });
    }
    names.add(name);
  }
});

/** One entry as it stands in the file. */
export type TokenJson = z.input<typeof entry>;

/**
 * Reads the list of tokens.
 *
 * @throws {Error} Everything that is wrong with it, and where.
 */
export function readTokens(text: string): TokenEntry[] {
  return readTokenJson(text).map(({ name, sha256, exchanges, max_instruments, rest, operator, expires }) => ({
    name,
    sha256,
    exchanges: exchanges && new Set(exchanges),
    maxInstruments: max_instruments,
    rest,
    operator,
    expires: expires === undefined ? undefined : expiry(expires),
  }));
}

/** The same, as the file has it. */
export function readTokenJson(text: string): TokenJson[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`not JSON: ${(error as Error).message}`);
  }
  const read = file.safeParse(json);
  if (!read.success) throw new Error(z.prettifyError(read.error).replaceAll("\n", " "));
  return read.data;
}

/** A date alone means the end of that day in India. */
function expiry(text: string): number {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return Date.parse(`${text}T00:00:00+05:30`) + DAY_MS;
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
}
