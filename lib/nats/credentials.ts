import type { ConnectionOptions } from "@nats-io/nats-core";
import { defined } from "../util/defined.ts";
import { Secret } from "../util/secret.ts";

/** How a program shows a NATS server who it is. What is a function is asked at each connection: such files are renewed. */
export interface NatsCredentials {
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  readonly token?: Secret | undefined;
  /** The seed of a user's nkey. */
  readonly nkey?: (() => Secret) | undefined;
  readonly creds?: (() => Creds) | undefined;
  /** In PEM. */
  readonly tls?: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
}

/** What a `.creds` file holds. */
export interface Creds {
  readonly jwt: Secret;
  readonly seed: Secret;
}

const SEED = /(?<![A-Z0-9])SU[A-Z2-7]{56}(?![A-Z0-9])/;
const JWT = /(?<![\w.-])ey[\w-]+\.[\w-]+\.[\w-]+/;

/**
 * The seed in a file that `nk -gen user` has written, with whatever else stands there.
 *
 * @throws {Error} There is none; nothing of the file is in the message.
 */
export function readSeed(text: string): Secret {
  const seed = SEED.exec(text)?.[0];
  if (seed === undefined) throw new Error("holds no seed of a user's nkey, which begins with SU");
  return new Secret(seed);
}

/**
 * A `.creds` file as `nsc` writes them, with any line ends.
 *
 * @throws {Error} It is none; nothing of the file is in the message.
 */
export function readCreds(text: string): Creds {
  const jwt = JWT.exec(text)?.[0];
  if (jwt === undefined) throw new Error("holds no JWT: a .creds file has one, and a seed after it");
  return { jwt: new Secret(jwt), seed: readSeed(text) };
}

/** @throws {Error} It is not PEM. */
export function readPem(text: string): string {
  if (!/-----BEGIN [A-Z ]+-----/.test(text)) throw new Error("is not in PEM, which begins with -----BEGIN");
  return text;
}

/** The same in the words of the client. */
export function connectionCredentials(
  { user, password, token, nkey, creds, tls }: NatsCredentials,
  servers: readonly string[],
  { jwtAuthenticator, nkeyAuthenticator }: Pick<
    typeof import("@nats-io/nats-core/internal"),
    "jwtAuthenticator" | "nkeyAuthenticator"
  >,
): ConnectionOptions {
  const bytes = (secret: Secret) => new TextEncoder().encode(secret.reveal());
  const authenticator = creds !== undefined
    ? (nonce?: string) => {
      const { jwt, seed } = creds();
      return jwtAuthenticator(jwt.reveal(), bytes(seed))(nonce);
    }
    : nkey !== undefined
    ? nkeyAuthenticator(() => bytes(nkey()))
    : undefined;
  const pem = defined(tls ?? {});
  const isSecure = servers.some((server) => server.startsWith("tls://")) || Object.keys(pem).length > 0;
  return {
    ...user === undefined ? {} : { user, pass: password?.reveal() ?? "" },
    ...token === undefined ? {} : { token: token.reveal() },
    ...authenticator === undefined ? {} : { authenticator },
    ...isSecure ? { tls: pem } : {},
  };
}
