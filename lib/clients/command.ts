import { z } from "zod";
import { type Exchange, EXCHANGE_TYPES, exchangeOfType, EXCHANGES, isExchange } from "../market.ts";

/** What a client asks, once it has been understood. `id` comes back in the answer. */
export type Command =
  & (
    | { readonly command: "subscribe"; readonly exchange: Exchange }
    | { readonly command: "unsubscribe"; readonly exchange: Exchange }
    | { readonly command: "list_exchanges" }
  )
  & { readonly id?: RequestId };

export type RequestId = string | number;

/** A command that was not understood: what was wrong with it, and what would do. */
export interface CommandRefusal {
  readonly code: "bad_json" | "bad_command" | "unknown_command" | "unknown_exchange";
  readonly message: string;
  readonly id?: RequestId;
}

/** Longest id that is sent back, in characters. */
const MAX_ID = 100;

const id = z.union([z.string().max(MAX_ID), z.number()], {
  error: () => `must be a number or a text of at most ${MAX_ID} characters`,
}).optional();

const exchange = z.union([z.string(), z.number()], {
  error: (issue) => issue.input === undefined ? "is missing" : "must be a name or a number",
}).transform((given, context): Exchange => {
  const found = typeof given === "number" ? exchangeOfType(given) : given.toLowerCase();
  if (found !== undefined && isExchange(found)) return found;
  context.addIssue({
    code: "custom",
    message: `${show(given)} is not known`,
    params: { unknownExchange: true },
  });
  return z.NEVER;
});

const SCHEMAS = {
  subscribe: z.object({ command: z.literal("subscribe"), exchange, id }),
  unsubscribe: z.object({ command: z.literal("unsubscribe"), exchange, id }),
  list_exchanges: z.object({ command: z.literal("list_exchanges"), id }),
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
  return read.success ? read.data : { ...refusalOf(read.error), ...echo };
}

/** Whether what was read is a refusal. */
export function isRefusal(read: Command | CommandRefusal): read is CommandRefusal {
  return "code" in read;
}

function refusalOf(error: z.ZodError): CommandRefusal {
  const issue = error.issues[0];
  const field = issue.path.join(".");
  if (field !== "exchange") return { code: "bad_command", message: `"${field}": ${issue.message}` };
  const known = EXCHANGES.map((name) => `${name} (${EXCHANGE_TYPES[name]})`).join(", ");
  return { code: "unknown_exchange", message: `"exchange" ${issue.message}; known: ${known}` };
}

/** What the client gave, short enough to be repeated to it. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
