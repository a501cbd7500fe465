import { addToken, newToken } from "../access/new_token.ts";
import type { Config } from "../config/config.ts";
import { asConfigError } from "./bootstrap.ts";

/** Prints a new access token; its digest goes into the file of tokens, or is printed as well. */
export async function makeToken(
  name: string,
  { newToken: rights, access: { tokensFile } }: Config,
): Promise<void> {
  const { token, entry } = await asConfigError("token", name, () => newToken({ name, ...rights }));
  if (tokensFile !== undefined) {
    await asConfigError("ACCESS_TOKENS_FILE", tokensFile, () => addToken(tokensFile, entry));
    console.error(`The token of ${name}; it is not kept anywhere, and ${tokensFile} now lets it in:`);
  } else {
    console.error(
      `The token of ${name}; it is not kept anywhere. Let it in with this entry of ACCESS_TOKENS_FILE:`,
    );
    console.error(JSON.stringify([entry], undefined, 2));
  }
  console.log(token);
}
