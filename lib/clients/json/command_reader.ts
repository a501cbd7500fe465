import type { z } from "zod";
import { EXCHANGE_TYPES, EXCHANGES } from "../../market/market.ts";
import { nearestName } from "../../util/nearest_name.ts";
import type { AuthenticationRequest } from "../pending_authentication.ts";
import { authenticate } from "./commands/authenticate.ts";
import type { Command, CommandEntry } from "./commands/define_command.ts";
import { requestId } from "./commands/fields.ts";
import { type CommandRefusal, type RequestId } from "./reply.ts";
import { parseFrame, whatWasSeen } from "./frame_text.ts";
import { show } from "./show.ts";

/** Reads a frame of a client. It never throws: any frame gives a command or a refusal. */
export function readCommand(
  frame: string | ArrayBuffer,
  commands: ReadonlyMap<string, CommandEntry>,
): Command | CommandRefusal {
  if (typeof frame !== "string") {
    return { code: "bad_json", message: "Commands are text frames; this was a binary one" };
  }
  const value = parseFrame(frame);
  if (value === undefined) return { code: "bad_json", message: `Invalid JSON format: ${whatWasSeen(frame)}` };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const seen = Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
    return {
      code: "bad_command",
      message:
        `A command is a JSON object, such as {"command":"subscribe","exchange":"nse"}; this was ${seen}`,
    };
  }
  const id = idOf(value);
  const name = "command" in value ? value.command : undefined;
  if (name === undefined) {
    const like = Object.keys(value).find((field) => nearestName(field, ["command"]) !== undefined);
    const hint = like === undefined ? "" : ` (is it ${show(like)}?)`;
    return {
      code: "unknown_command",
      message: `"command" is missing${hint}; it may be ${namesOf(commands)}`,
      ...id,
    };
  }
  const entry = typeof name === "string" ? commands.get(name.trim().toLowerCase()) : undefined;
  if (entry === undefined) {
    const nearest = typeof name === "string" ? nearestName(name, commands.keys()) : undefined;
    const hint = nearest === undefined ? "; known" : `; did you mean "${nearest}"? Known`;
    return {
      code: "unknown_command",
      message: `Unknown command ${show(name)}${hint}: ${namesOf(commands)}`,
      ...id,
    };
  }
  const read = entry.read(name === entry.name ? value : { ...value, command: entry.name });
  return "issues" in read ? { ...refusalOf(read, entry), ...id } : read;
}

function namesOf(commands: ReadonlyMap<string, CommandEntry>): string {
  return [...commands.keys()].join(", ");
}

/** Reads a first message that brings an access token; undefined when it does not. */
export function readAuthentication(text: string): AuthenticationRequest | undefined {
  const read = authenticate.schema.safeParse(parseFrame(text));
  if (!read.success) return undefined;
  const { token, id } = read.data as { token: string; id?: RequestId };
  return {
    token,
    welcome: ({ name }) =>
      JSON.stringify({ status: "success", message: `Welcome, ${name}`, ...id === undefined ? {} : { id } }),
  };
}

function idOf(value: object): { readonly id?: RequestId } {
  const read = requestId.safeParse("id" in value ? value.id : undefined);
  return read.success && read.data !== undefined ? { id: read.data } : {};
}

function refusalOf(error: z.ZodError, { name, fields }: CommandEntry): CommandRefusal {
  // A misspelt field is also one that is missing: the spelling is what helps.
  const issue = error.issues.find(({ code, path }) => code === "unrecognized_keys" && path.length === 0) ??
    error.issues[0]!;
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    const [unknown] = issue.keys;
    const nearest = nearestName(unknown!, fields);
    const hint = nearest === undefined ? "." : `; did you mean "${nearest}"?`;
    const known = fields.map((field) => `"${field}"`).join(", ");
    return {
      code: "bad_command",
      message: `"${name}" has no field ${show(unknown)}${hint} It takes ${known}`,
    };
  }
  const field = issue.path.join(".");
  if (field !== "exchange") return { code: "bad_command", message: `"${field}" ${issue.message}` };
  const known = EXCHANGES.map((name) => `${name} (${EXCHANGE_TYPES[name]})`).join(", ");
  return { code: "unknown_exchange", message: `"exchange" ${issue.message}; known: ${known}` };
}
