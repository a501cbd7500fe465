import type { SignIn } from "../../access/session_tokens.ts";
import { readText } from "../../util/read_text.ts";

/** A REST call, as far as it was read. */
export interface RestRequest {
  readonly method: string;
  readonly headers: Headers;
  /** An empty one where the body is none, or is not a JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Who shows the first good one of these tokens; undefined, after a while, when none is. */
  readonly signIn: (tokens: readonly string[]) => Promise<SignIn | undefined>;
}

/** No call of an SDK is longer: fifty instruments are a kilobyte. */
const MAX_BODY_BYTES = 64 * 1024;

/** The body of a call; undefined when it is too long. That of a GET says nothing. */
export async function readBody(request: Request): Promise<Record<string, unknown> | undefined> {
  if (request.method === "GET" || request.method === "HEAD" || request.body === null) return {};
  try {
    const text = await readText(request.body, MAX_BODY_BYTES);
    return text === undefined ? undefined : objectOf(text);
  } catch {
    // It broke off, and nobody waits for an answer.
    return {};
  }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** The token of `Authorization`: some SDKs put `Bearer` before it, some twice, some never. */
export function authorizationOf(headers: Headers): string | undefined {
  return headers.get("authorization")?.trim().replace(/^(?:bearer\s+)+/i, "") || undefined;
}

/** The tokens that may stand in a call, the likeliest first. */
export function tokensOf(headers: Headers): string[] {
  return [authorizationOf(headers), headers.get("x-privatekey") ?? undefined]
    .filter((token) => token !== undefined && token !== "") as string[];
}

/** A field as text: numbers come with and without quotes. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
}
