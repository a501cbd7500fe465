import { getLogger } from "@logtape/logtape";
import { scrypt } from "node:crypto";
import type { AccessSource } from "./access_file.ts";

const KEY_BYTES = 32;

const FILE = "session.key";

const log = getLogger(["access"]);

/**
 * The key that the tokens of logins are signed with; the same after a restart. It is made from ACCESS_TOKEN where that
 * is the only access token. Of the tokens in a file only digests are known, and who reads them must not be able to
 * make tokens: then the key is chance, kept in the data folder.
 *
 * @param folder The data folder; made when there is none.
 */
export async function openSessionKey(source: AccessSource, folder: string): Promise<Uint8Array> {
  if (source.tokensFile !== undefined) return await keptKey(folder);
  return source.token === undefined ? newKey() : await stretched(source.token.reveal());
}

async function keptKey(folder: string): Promise<Uint8Array> {
  const path = `${folder}/${FILE}`;
  try {
    return await readKey(path) ?? await writeKey(folder, path);
  } catch (error) {
    log.warn("{path} cannot be kept: who logs in has to do it again after a restart: {error}", {
      path,
      error,
    });
    return newKey();
  }
}

/** @returns undefined when there is none. */
async function readKey(path: string): Promise<Uint8Array | undefined> {
  const key = await Deno.readFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (key !== undefined && key.length !== KEY_BYTES) throw new Error(`it has not ${KEY_BYTES} bytes`);
  return key;
}

/** Written whole under another name, so that a second proxy never reads half of it. */
async function writeKey(folder: string, path: string): Promise<Uint8Array> {
  await Deno.mkdir(folder, { recursive: true });
  const key = newKey();
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(draft, key, { mode: 0o600, createNew: true });
  await Deno.rename(draft, path);
  return key;
}

function newKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES));
}

/** A person may have chosen the token: slow, so that it is not found by trying words on one of its signatures. */
function stretched(token: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) =>
    scrypt(
      token,
      "smartapi-proxy session tokens",
      KEY_BYTES,
      (error, key) => error ? reject(error) : resolve(key),
    )
  );
}
