import { z } from "zod";
import {
  type Exchange,
  EXCHANGE_TYPES,
  exchangeOfType,
  EXCHANGES,
  isExchange,
  isToken,
  type Mode,
  MODES,
} from "../../market/market.ts";
import {
  DELIVERY_FIELDS,
  type DeliveryOptions,
  ENCODINGS,
  MAX_INTERVAL_MS,
  unknownFields,
} from "./delivery_options.ts";

/** Instruments as a client names them: a watch list, tokens of an exchange, names, or several of these. */
export interface InstrumentSelection {
  readonly exchange?: Exchange;
  readonly tokens?: readonly string[];
  readonly symbols?: readonly string[];
}

/** What a client asks, once it has been understood. `id` comes back in the answer. */
export type Command =
  & (
    | { readonly command: "subscribe"; readonly mode?: Mode } & InstrumentSelection
    | { readonly command: "unsubscribe"; readonly all?: boolean } & InstrumentSelection
    | { readonly command: "configure" }
      & { -readonly [Key in keyof DeliveryOptions]?: DeliveryOptions[Key] | null }
    | {
      readonly command: "search";
      readonly query: string;
      readonly limit?: number;
      readonly exchange?: Exchange;
    }
    | { readonly command: "ping"; readonly ts?: unknown }
    | { readonly command: "authenticate"; readonly token: string }
    | { readonly command: "list_exchanges" | "list_subscriptions" | "status" }
  )
  & { readonly id?: RequestId };

export type RequestId = string | number;

/** A command that was not understood: what was wrong with it, and what would do. */
export interface CommandRefusal {
  readonly code: "bad_json" | "bad_command" | "unknown_command" | "unknown_exchange" | "rate_limited";
  readonly message: string;
  readonly id?: RequestId;
}

/** Longest id that is sent back, in characters. */
const MAX_ID = 100;

/** Instruments that one command may name. */
const MAX_NAMED = 3_000;

export const MAX_SEARCH_ROWS = 100;

const id = z.union([z.string().max(MAX_ID), z.number()], {
  error: () => `must be a number or a text of at most ${MAX_ID} characters`,
}).optional();

const exchange = z.union([z.string(), z.number()], {
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

const symbols = z.array(z.string().min(1).max(100), "must be a list of names").min(1, "is empty").max(
  MAX_NAMED,
)
  .optional();

const mode = z.enum(MODES, `must be one of ${MODES.join(", ")}`).optional();

const fields = z.array(z.string(), "must be a list of names").min(1, "is empty").max(DELIVERY_FIELDS.length)
  .superRefine(
    (names, context) => {
      const unknown = unknownFields(names);
      if (unknown.length === 0) return;
      const message = `has ${unknown.slice(0, 5).map(show).join(", ")}; known: ${DELIVERY_FIELDS.join(", ")}`;
      context.addIssue({ code: "custom", message });
    },
  ).nullable().optional();

const choice = { exchange: exchange.optional(), tokens, symbols };

/** Tokens need an exchange, and something has to be chosen. */
function checkChoice(
  { exchange, tokens, symbols, all }: InstrumentSelection & { all?: boolean },
  context: z.RefinementCtx,
): void {
  if (all === true || (exchange !== undefined) || (symbols !== undefined && tokens === undefined)) return;
  context.addIssue({ code: "custom", path: ["exchange"], message: "is missing" });
}

const SCHEMAS = {
  authenticate: z.object({
    command: z.literal("authenticate"),
    token: z.string("must be a text").max(1_000),
    id,
  }),
  subscribe: z.object({ command: z.literal("subscribe"), ...choice, mode, id }).superRefine(checkChoice),
  unsubscribe: z.object({ command: z.literal("unsubscribe"), ...choice, all: z.boolean().optional(), id })
    .superRefine(checkChoice),
  configure: z.object({
    command: z.literal("configure"),
    encoding: z.enum(ENCODINGS, `must be one of ${ENCODINGS.join(", ")}`).optional(),
    interval: z.number(`must be a number of milliseconds from 0 to ${MAX_INTERVAL_MS}`)
      .min(0, `must be from 0 to ${MAX_INTERVAL_MS}`).max(
        MAX_INTERVAL_MS,
        `must be from 0 to ${MAX_INTERVAL_MS}`,
      )
      .optional(),
    fields,
    id,
  }),
  list_exchanges: z.object({ command: z.literal("list_exchanges"), id }),
  list_subscriptions: z.object({ command: z.literal("list_subscriptions"), id }),
  search: z.object({
    command: z.literal("search"),
    query: z.string("must be a text").trim().min(1, "is empty").max(100),
    limit: z.number().int().min(1).max(MAX_SEARCH_ROWS, `must be at most ${MAX_SEARCH_ROWS}`).optional(),
    exchange: exchange.optional(),
    id,
  }),
  status: z.object({ command: z.literal("status"), id }),
  ping: z.object({ command: z.literal("ping"), ts: z.unknown().optional(), id }),
};

const COMMANDS = Object.keys(SCHEMAS).join(", ");

/** Reads a text frame of a client. Total: any text gives a command or a refusal. */
export function readCommand(text: string): Command | CommandRefusal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { code: "bad_json", message: "Invalid JSON format" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return {
      code: "bad_command",
      message: `A command is a JSON object, such as {"command":"subscribe","exchange":"nse"}`,
    };
  }
  const readId = id.safeParse((value as { id?: unknown }).id);
  const echo = readId.success && readId.data !== undefined ? { id: readId.data } : {};
  const name = (value as { command?: unknown }).command;
  if (name === undefined) {
    return { code: "unknown_command", message: `"command" is missing; it may be ${COMMANDS}`, ...echo };
  }
  if (typeof name !== "string" || !Object.hasOwn(SCHEMAS, name)) {
    return { code: "unknown_command", message: `Unknown command ${show(name)}; known: ${COMMANDS}`, ...echo };
  }
  const read = SCHEMAS[name as keyof typeof SCHEMAS].safeParse(value);
  return read.success ? read.data as Command : { ...refusalOf(read.error), ...echo };
}

/** Whether what was read is a refusal. */
export function isRefusal(read: Command | CommandRefusal): read is CommandRefusal {
  return "code" in read;
}

function refusalOf(error: z.ZodError): CommandRefusal {
  const issue = error.issues[0];
  const field = issue.path.join(".");
  if (field !== "exchange") return { code: "bad_command", message: `"${field}" ${issue.message}` };
  const known = EXCHANGES.map((name) => `${name} (${EXCHANGE_TYPES[name]})`).join(", ");
  return { code: "unknown_exchange", message: `"exchange" ${issue.message}; known: ${known}` };
}

/** What the client gave, short enough to be repeated to it. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
