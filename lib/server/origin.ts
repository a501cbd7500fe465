/**
 * Which web pages may talk to the proxy. Browsers connect anywhere on behalf of any page, but they say on whose: in
 * `Origin`. A page whose own name was made to point at this machine (DNS rebinding) is of the proxy's origin as far as
 * its browser knows; its name stands in `Host`.
 */

/** Suffixes of names that are never to be had in the public DNS, so that no attacker's page can bear one. */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".lan", ".internal", ".home.arpa"];

/**
 * @param host The `Host` header.
 * @param origin The `Origin` header; programs send none.
 * @param allowed Origins such as `https://charts.example.com`; `*` for any.
 * @returns What is wrong and what would do, or undefined when nothing is.
 */
export function foreignness(
  host: string | null,
  origin: string | null,
  allowed: readonly string[],
): string | undefined {
  if (allowed.includes("*")) return undefined;
  if (host !== null && !isOurHost(host, allowed)) {
    return `This proxy does not go by the name ${shown(host)}. Use its IP address, or allow the name: ` +
      `ALLOWED_ORIGINS=http://${shown(host)}`;
  }
  if (origin === null || allowed.includes(origin) || isOurOrigin(origin, host)) return undefined;
  return `Pages of ${shown(origin)} may not connect. To allow them: ALLOWED_ORIGINS=${shown(origin)}`;
}

/** An address, a name that only this machine or network knows, or one of an allowed page. */
function isOurHost(host: string, allowed: readonly string[]): boolean {
  const name = URL.parse(`http://${host}`)?.hostname;
  if (name === undefined) return false;
  if (isAddress(name) || !name.includes(".")) return true;
  if (PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix))) return true;
  return allowed.some((each) => URL.parse(each)?.hostname === name);
}

/** The proxy's own, one of this machine, or a page from the disk. */
function isOurOrigin(origin: string, host: string | null): boolean {
  if (origin === "null") return true;
  const url = URL.parse(origin);
  if (url === null) return false;
  if (url.host === URL.parse(`${url.protocol}//${host}`)?.host) return true;
  return url.protocol.startsWith("http") && isLoopback(url.hostname);
}

function isLoopback(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(name);
}

/** As `URL` writes them: whatever ends in a number is an IPv4 address there. */
function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
}

/** Short, and without anything that could be more than text where it is shown. */
function shown(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, "?").slice(0, 100);
}
