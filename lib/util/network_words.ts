/**
 * Why no answer came, in words that help. The innermost cause says what happened; the outer ones repeat the address.
 *
 * @param words How a sentence of the runtime may be shown.
 */
export function networkWords(error: unknown, words: { of(text: string): string }): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  const message = inner instanceof Error ? inner.message : String(inner);
  for (const [pattern, known] of NETWORK_WORDS) if (pattern.test(message)) return known;
  return words.of(message);
}

/** Whether a request failed before any of it was sent: the name was not found, or no connection was made. */
export function isBeforeSending(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (
      /\(connect\)|dns|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|connection refused|unreachable/i.test(each.message)
    ) return true;
  }
  return false;
}

/** What the runtime says, in words that help. */
const NETWORK_WORDS: readonly (readonly [RegExp, string])[] = [
  [/dns|lookup|resolve|name or service|nodename|ENOTFOUND|EAI_AGAIN/i, "no DNS answer"],
  [/refused/i, "connection refused"],
  [/reset|broken pipe/i, "connection broken"],
  [/unreachable/i, "network unreachable"],
  [/timed? ?out/i, "timed out"],
  [/certificate|tls|ssl/i, "the certificate is not trusted, or TLS failed"],
  [/gzip|deflate|brotli|decod|checksum/i, "the answer cannot be unpacked"],
  [/redirect/i, "it redirects elsewhere, which is not followed"],
  [/eof|unexpected end|incomplete|closed before/i, "the answer broke off"],
];
