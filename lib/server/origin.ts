import { hostname } from "node:os";
import { BROKER_HOSTS } from "../smartapi/endpoints.ts";

/**
 * Which web pages may talk to the proxy. Browsers connect anywhere on behalf of any page, but they say on whose: in
 * `Origin`. A page whose own name was made to point at this machine (DNS rebinding) is of the proxy's origin as far as
 * its browser knows; its name stands in `Host`.
 */

/** Suffixes of names that are never to be had in the public DNS, so that no attacker's page of the internet can bear one. */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".lan", ".internal", ".home.arpa"];

export interface OriginRules {
  /** Origins such as `https://charts.example.com`; `*` for any, `null` for pages from the disk and in sandboxed frames. */
  readonly allowed: readonly string[];
  /** Only this machine can connect: a name that others on the network can claim is no name of ours. */
  readonly loopbackOnly: boolean;
  /** Clients need an access token, so that a page without one gets nothing. */
  readonly guarded: boolean;
}

/**
 * @param host The `Host` header.
 * @param origin The `Origin` header; programs send none.
 * @returns What is wrong and what would do, or undefined when nothing is.
 */
export function originProblem(
  host: string | null,
  origin: string | null,
  rules: OriginRules,
): string | undefined {
  const { allowed } = rules;
  if (allowed.includes("*")) return undefined;
  if (host !== null && !isOurHost(host, rules)) {
    return `This proxy does not go by the name ${shown(host)}. Use its IP address, or allow the name: ` +
      `ALLOWED_ORIGINS=${shown(URL.parse(`http://${host}`)?.origin ?? `http://${host}`)}`;
  }
  if (origin === null || allowed.includes(origin) || isOurOrigin(origin, host, rules)) return undefined;
  if (origin === "null") {
    return "Pages from the disk or in a sandboxed frame may not connect, since any page could be in one. To allow " +
      "them: ALLOWED_ORIGINS=null, or set an access token";
  }
  return `Pages of ${shown(origin)} may not connect. To allow them: ALLOWED_ORIGINS=${shown(origin)}`;
}

/**
 * An address, a name of this machine, or one of an allowed page. Where the network can connect, names that only
 * this network knows are ours as well; any of its machines could claim them, so they are not where only this one can.
 */
function isOurHost(host: string, { allowed, loopbackOnly }: OriginRules): boolean {
  const name = URL.parse(`http://${host}`)?.hostname;
  if (name === undefined) return false;
  if (isAddress(name) || isThisMachine(name)) return true;
  // A hosts file may lead the broker's programs here. Nobody but the broker can make a page of these names.
  if (BROKER_HOSTS.includes(name)) return true;
  if (!loopbackOnly && (!name.includes(".") || PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix)))) {
    return true;
  }
  return allowed.some((each) => URL.parse(each)?.hostname === name);
}

function isThisMachine(name: string): boolean {
  return isLoopback(name) || namesOf(ownName()).includes(name);
}

/** The names by which a machine knows itself: in full, its first word, and that in the local network. */
export function namesOf(own: string | undefined): string[] {
  if (own === undefined || own === "") return [];
  const [first] = own.split(".");
  return [own, first!, `${first}.local`];
}

let known: { readonly name: string | undefined } | undefined;

/** The machine's name, in small letters; undefined where the program may not ask. */
function ownName(): string | undefined {
  if (known === undefined) {
    try {
      known = { name: hostname().toLowerCase() };
    } catch {
      known = { name: undefined };
    }
  }
  return known.name;
}

/** The proxy's own, one of this machine, or a page from the disk where a token stands before everything. */
function isOurOrigin(origin: string, host: string | null, { guarded }: OriginRules): boolean {
  if (origin === "null") return guarded;
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
export function shown(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, "?").slice(0, 100);
}
