import { digestOf } from "./access_list.ts";
import { readTokenJson, type TokenJson } from "./token_file.ts";

/** How much chance is in a token, in bytes: nobody guesses it. */
const TOKEN_BYTES = 32;

/**
 * A new token, to be shown once, and the entry that lets it in.
 *
 * @throws {Error} The name or the rights are not what an entry may have.
 */
export function newToken(rights: Omit<TokenJson, "sha256">): { token: string; entry: TokenJson } {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const token = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(
    /=+$/,
    "",
  );
  const { name, ...rest } = rights;
  const [entry] = readTokenJson(JSON.stringify([{ name, sha256: digestOf(token), ...rest }]));
  return { token, entry: entry! };
}

/**
 * Adds an entry to the file of tokens, which is made when there is none. It is replaced in one step, so that a proxy
 * that reads it meanwhile sees either list whole.
 *
 * @throws {Error} The file is broken, or has a token of this name.
 */
export async function addToken(path: string, entry: TokenJson): Promise<void> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "[]";
    throw error;
  });
  const entries = [...readTokenJson(text), entry];
  const next = `${JSON.stringify(entries, undefined, 2)}\n`;
  readTokenJson(next);
  const draft = `${path}.new`;
  await Deno.writeTextFile(draft, next, { mode: 0o600 });
  await Deno.rename(draft, path);
}
