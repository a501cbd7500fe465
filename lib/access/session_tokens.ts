import { Buffer } from "node:buffer";
import type { Clock } from "../util/clock.ts";
import { Secret } from "../util/secret.ts";
import type { AccessList } from "./access_list.ts";
import { ANYONE, type Entitlement } from "./entitlement.ts";
import { seal, unseal } from "./sealed_token.ts";

/** What a token of a login is for. */
export type SessionTokenKind = "jwt" | "refresh" | "feed";

/** The tokens of one login, in the names of the broker's wire. Unreserved characters only: some clients put them into an address. */
export interface SessionTokenSet {
  readonly jwtToken: string;
  readonly refreshToken: string;
  readonly feedToken: string;
}

/** Who was let in. */
export interface SignIn {
  readonly entitlement: Entitlement;
  /** The access token that was shown; none where none is needed. */
  readonly accessToken?: Secret;
}

/** What a good token tells. */
export interface SessionClaims {
  readonly kind: SessionTokenKind;
  /** As it was given at the login. */
  readonly clientCode: string;
  readonly signIn: SignIn;
}

/** What stands in a token. `exp` and `iat` are seconds since the Unix epoch, as in every JWT. */
interface Body {
  readonly use: SessionTokenKind;
  /** The name of the access token that logged in. */
  readonly sub: string;
  readonly clientcode: string;
  readonly iat: number;
  readonly exp: number;
}

/** Whoever did not log in for so long has to do it again. */
const GOOD_FOR_MS = 365 * 86_400_000;

/** No token of ours is longer; what is, is not read. */
const MAX_LENGTH = 2_048;

const HEADER = base64url(JSON.stringify({ typ: "JWT", alg: "A256GCM" }));

/**
 * Makes the tokens that a login gives to a program that was written for the broker, and reads them. Nothing is stored:
 * a token proves that its access token was shown, so it is good after a restart, and dies with the access token. It
 * names that token, and has the rights which the list gives it now. It has the three parts of a JWT, for programs that
 * read the time of its end; its last part is not a signature of theirs.
 */
export class SessionTokens {
  /** @param access Without one, no token is needed: what a token says of its client is believed. */
  constructor(private readonly clock: Clock, private readonly access?: AccessList) {}

  issue({ entitlement, accessToken }: SignIn, clientCode: string): SessionTokenSet {
    const now = this.clock.now();
    // Without one, the last part is as long, and proves nothing.
    const shown = accessToken?.reveal() ?? crypto.randomUUID();
    const exp = Math.min(entitlement.expires ?? Infinity, now + GOOD_FOR_MS);
    const token = (use: SessionTokenKind) => {
      const body: Body = {
        use,
        sub: entitlement.name,
        clientcode: clientCode,
        iat: Math.floor(now / 1000),
        exp: Math.floor(exp / 1000),
      };
      const text = `${HEADER}.${base64url(JSON.stringify(body))}`;
      return `${text}.${seal(text, shown).toString("base64url")}`;
    };
    return { jwtToken: token("jwt"), refreshToken: token("refresh"), feedToken: token("feed") };
  }

  /** What a token tells; undefined when it is not one of ours, or no longer good. */
  claimsOf(token: string): SessionClaims | undefined {
    const body = bodyOf(token);
    if (body === undefined) return undefined;
    const { use: kind, clientcode: clientCode } = body;
    if (this.access === undefined) return { kind, clientCode, signIn: { entitlement: ANYONE } };
    if (body.exp * 1000 <= this.clock.now()) return undefined;
    const end = token.lastIndexOf(".");
    const sealed = Buffer.from(token.slice(end + 1), "base64url");
    for (const entry of this.access.named(body.sub)) {
      const accessToken = unseal(token.slice(0, end), sealed, entry.sha256);
      if (accessToken === undefined) continue;
      return { kind, clientCode, signIn: { entitlement: entry, accessToken: new Secret(accessToken) } };
    }
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function bodyOf(token: string): Body | undefined {
  const part = token.length <= MAX_LENGTH ? /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token)?.[1] : undefined;
  if (part === undefined) return undefined;
  try {
    const body = JSON.parse(Buffer.from(part, "base64url").toString());
    const { use, sub, clientcode, exp } = body ?? {};
    const known = ["jwt", "refresh", "feed"].includes(use) && typeof sub === "string" &&
      typeof clientcode === "string" && Number.isFinite(exp);
    return known ? body : undefined;
  } catch {
    return undefined;
  }
}
