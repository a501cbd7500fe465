import { getLogger } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";
import type { Secret } from "../util/secret.ts";
import { watchFile } from "../util/watch_file.ts";
import { AccessList, digestOf } from "./access_list.ts";
import { readTokens, type TokenEntry } from "./token_file.ts";

export interface AccessSource {
  /** One token that may do everything. */
  readonly token?: Secret;
  /** Path of the list of tokens. */
  readonly tokensFile?: string;
}

const log = getLogger(["access"]);

/**
 * Reads the tokens.
 *
 * @returns undefined when none are configured: then no token is needed.
 * @throws {Error} The file cannot be read, or is broken; the message says how.
 */
export async function openAccess(source: AccessSource, clock: Clock): Promise<AccessList | undefined> {
  if (source.token === undefined && source.tokensFile === undefined) return undefined;
  return new AccessList(clock, await entriesOf(source));
}

/**
 * Follows the changes of the file. A broken one changes nothing.
 *
 * @param changed Called when the list has other tokens.
 * @returns Ends the watching.
 */
export function watchAccess(
  source: AccessSource,
  list: AccessList,
  clock: Clock,
  changed: () => void,
): () => void {
  const { tokensFile: path } = source;
  if (path === undefined) return () => {};
  return watchFile(path, clock, async () => {
    try {
      const entries = await entriesOf(source);
      list.replace(entries);
      log.info("{path} was read again: {count} access tokens", { path, count: entries.length });
      changed();
    } catch (error) {
      log.error("{path} was written, and the tokens of before stay in force: {error}", { path, error });
    }
  });
}

async function entriesOf({ token, tokensFile }: AccessSource): Promise<TokenEntry[]> {
  const own = token === undefined ? [] : [{ name: "ACCESS_TOKEN", sha256: digestOf(token.reveal()) }];
  return [...own, ...tokensFile === undefined ? [] : readTokens(await Deno.readTextFile(tokensFile))];
}
