import { nkeys } from "@nats-io/nats-core";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** What a user may do; subjects with wildcards. */
export interface Permissions {
  readonly pub?: { readonly allow: readonly string[] };
  readonly sub?: { readonly allow: readonly string[] };
  /** Answers to what came, each within so many nanoseconds. */
  readonly resp?: { readonly max: number; readonly ttl: number };
}

const base64Url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
const encoded = (value: unknown) => base64Url(new TextEncoder().encode(JSON.stringify(value)));

function signed(by: KeyPair, of: KeyPair, name: string, claims: Record<string, unknown>, more = {}): string {
  const head = encoded({ typ: "JWT", alg: "ed25519-nkey" });
  const body = encoded({
    jti: crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: by.getPublicKey(),
    sub: of.getPublicKey(),
    name,
    ...more,
    nats: { ...claims, version: 2 },
  });
  return `${head}.${body}.${base64Url(by.sign(new TextEncoder().encode(`${head}.${body}`)))}`;
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };

/** A NATS operator with one account, as `nsc` makes them: its server knows no user, only who may vouch for one. */
export class Operator {
  readonly #operator = nkeys.createOperator();
  readonly #account = nkeys.createAccount();

  /** For the server. */
  get config(): string {
    const limits = { ...UNLIMITED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
    const account = signed(this.#operator, this.#account, "prices", { type: "account", limits });
    return `
      operator: ${signed(this.#operator, this.#operator, "us", { type: "operator" })}
      resolver: MEMORY
      resolver_preload: { ${this.#account.getPublicKey()}: ${account} }
    `;
  }

  /** A `.creds` file. @param expires s since the Unix epoch. */
  creds(name: string, permissions: Permissions = {}, expires?: number): string {
    const user = nkeys.createUser();
    const claims = { type: "user", pub: {}, sub: {}, ...permissions, ...UNLIMITED };
    const jwt = signed(this.#account, user, name, claims, expires === undefined ? {} : { exp: expires });
    return `-----BEGIN NATS USER JWT-----
${jwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.

-----BEGIN USER NKEY SEED-----
${new TextDecoder().decode(user.getSeed())}
------END USER NKEY SEED------
`;
  }
}
