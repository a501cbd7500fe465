// @ts-check
/** Addresses as messages may show them: errors and events end in logs, and a part of the address may be a secret. */

/** What a query, a fragment and a user's part are marked by. */
const MAY_HIDE = /[?#@]/;

const UNREADABLE = "an address that cannot be read";

/**
 * Without its user's part, query and fragment, each of which may hold an access token.
 *
 * @type {import("./parts.d.ts").ShownAddress}
 */
export const shownAddress = (url) => {
  let read;
  try {
    read = new URL(url, globalThis.location?.href);
  } catch {
    // Looked at below.
  }
  // Of what is no address, nobody can say where the secret parts begin and end.
  if (!read || !/^(ws|http)s?:$/.test(read.protocol)) return MAY_HIDE.test(url) ? UNREADABLE : url;
  return `${read.protocol}//${read.host}${read.pathname}`;
};

/**
 * What a WebSocket throws for an address may repeat it, in its message and in its stack, as it was given or as it was
 * read. So where there is something to hide, this is another error, of the same name.
 *
 * @type {import("./parts.d.ts").ShownError}
 */
export const shownError = (error, url) => {
  const { name } = error;
  if (!MAY_HIDE.test(url)) return error;
  return new DOMException(`No WebSocket can be made to ${shownAddress(url)}: ${name}`, name);
};

/**
 * Takes the access token out of an address: a wrong one there ends the handshake, which a browser shows as a proxy that
 * does not answer. Where the proxy asks for it, it is judged with a word.
 *
 * @type {import("./parts.d.ts").TokenInAddress}
 */
export const tokenInAddress = (url) => {
  let read;
  try {
    read = new URL(url, globalThis.location?.href);
  } catch {
    return { url };
  }
  const token = read.searchParams.get("token");
  if (token === null) return { url };
  read.searchParams.delete("token");
  return { url: read.href, token };
};
