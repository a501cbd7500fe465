import { Secret } from "../util/secret.ts";
import { type BrokerAnswer, refusalOf } from "./broker_error.ts";
import { type PublicWords, secretLooking } from "./public_words.ts";

/** The two tokens of a login that are used, bare, without `Bearer`. */
export interface LoginTokens {
  readonly jwt: Secret;
  readonly feedToken: Secret;
}

/**
 * Reads the answer to a login. Only what is used is demanded: success, and two tokens that can stand in a header.
 *
 * @param words Learns what the answer holds, and strikes it out of what is said of a refusal.
 * @throws {RestRefusal}
 */
export function readLoginAnswer(answer: BrokerAnswer, words: PublicWords): LoginTokens {
  const body = jsonObject(answer.text);
  const data = objectIn(body?.data);
  const jwt = tokenIn(data?.jwtToken);
  const feedToken = tokenIn(data?.feedToken);
  if (body === undefined || !succeeded(answer.status, body)) throw refusalOf(answer, body, words);
  if (jwt === undefined || feedToken === undefined) {
    const lacking = jwt === undefined ? "jwtToken" : "feedToken";
    throw refusalOf(answer, body, words, `success without a usable ${lacking}`);
  }
  words.learn([jwt, feedToken, ...secretLooking(data).slice(0, 10)]);
  return { jwt: new Secret(jwt), feedToken: new Secret(feedToken) };
}

/** Whether it is a success, in either of the two styles of envelope: one flag has to say so, and none the contrary. */
function succeeded(status: number, { status: flag, success }: Record<string, unknown>): boolean {
  const flags = [flag, success].filter((each) => each !== undefined && each !== null && each !== "");
  return status >= 200 && status < 300 && flags.length > 0 && flags.every(isTrue);
}

function isTrue(value: unknown): boolean {
  if (typeof value === "number") return value === 1 || value === 200;
  return value === true || (typeof value === "string" && /^\s*(?:true|success|ok|1|200)\s*$/i.test(value));
}

/** What may stand in a header: printable, without blanks; and no word for nothing. */
function tokenIn(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const bare = value.trim().replace(/^(?:bearer\s+)+/i, "");
  if (!/^[\x21-\x7e]{1,8192}$/.test(bare)) return undefined;
  return /^(?:null|undefined|none|nil|nan|true|false|bearer)$/i.test(bare) ? undefined : bare;
}

function objectIn(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : undefined;
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    return objectIn(JSON.parse(text));
  } catch {
    return undefined;
  }
}
