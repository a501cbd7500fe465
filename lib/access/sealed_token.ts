import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import { digestOf } from "./access_list.ts";

/** AES-256-GCM's own sizes. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A seal tells the length of its access token only to so many bytes. */
const BLOCK_BYTES = 64;

const CIPHER = "aes-256-gcm";

/**
 * Proves to whoever knows the digest of an access token that the token itself was shown for this text. The token is
 * in it, under a key that is made from its digest. So the digest alone, which stands in the file of access tokens,
 * makes no seal; and the seal alone does not betray the token.
 */
export function seal(text: string, accessToken: string): Buffer {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const cipher = createCipheriv(CIPHER, keyOf(digestOf(accessToken)), nonce);
  cipher.setAAD(Buffer.from(text));
  const bytes = Buffer.from(accessToken);
  const padded = Buffer.alloc(Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES);
  bytes.copy(padded);
  const hidden = Buffer.concat([cipher.update(padded), cipher.final()]);
  return Buffer.concat([nonce, hidden, cipher.getAuthTag()]);
}

/**
 * The access token of a seal.
 *
 * @param sha256 Digest of the access token that it should be, in hexadecimal.
 * @returns undefined when the text was changed, or another access token was shown, or none.
 */
export function unseal(text: string, sealed: Buffer, sha256: string): string | undefined {
  if (sealed.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, keyOf(sha256), sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(text));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const hidden = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
    const padded = Buffer.concat([decipher.update(hidden), decipher.final()]).toString();
    const accessToken = padded.replace(/\0+$/, "");
    return digestOf(accessToken) === sha256 ? accessToken : undefined;
  } catch {
    return undefined;
  }
}

function keyOf(sha256: string): Buffer {
  return createHmac("sha256", Buffer.from(sha256, "hex")).update("smartapi-proxy session token").digest();
}
