import { type BrokerSession, createRest, type Credentials, type HostAddresses } from "../../smartapi/rest.ts";
import { publicWords } from "../../smartapi/public_words.ts";
import { createStreamOpener, type StreamEvents, type StreamSocket } from "../../smartapi/stream.ts";
import type { Clock } from "../../util/clock.ts";
import type { Policy } from "../policy.ts";
import type { LoginStatus } from "../upstream.ts";
import { type BrokerLogin, createBrokerLogin } from "./broker_login.ts";

export interface AccountOptions {
  readonly credentials: Credentials;
  /** Origin of the REST interface. */
  readonly restUrl: string;
  readonly streamUrl: string;
  readonly addresses: HostAddresses;
  readonly clock: Clock;
  readonly policy: Policy;
}

/** One account at the broker: its credentials, its one login a day, and what may be done with it. */
export interface Account {
  /** The session of today, or a new one. @throws {LoginFailure} says until when not to ask again. */
  session(): Promise<BrokerSession>;
  /** The session was refused: it is not given out again. */
  forget(session: BrokerSession): void;
  /** Opens a socket to the stream. Never calls back before it has returned. */
  openStream(session: BrokerSession, events: StreamEvents): StreamSocket;
  /** Takes over other credentials: the next session is theirs, also where the broker had refused for good. */
  changeCredentials(credentials: Credentials): void;
  /** When the present session has to be replaced by that of the next day, ms since the Unix epoch. */
  renewAt(): number;
  loginStatus(): LoginStatus;
  /** A sentence of the broker as it may be shown and logged: without secrets of the settings and of the sessions. */
  publicWords(text: string): string;
}

export function createAccount({ credentials, ...options }: AccountOptions): Account {
  const { restUrl: url, streamUrl, addresses, clock, policy } = options;
  const connect = (credentials: Credentials) => ({
    rest: createRest({ url, credentials, addresses, clock }),
    openStream: createStreamOpener(streamUrl, credentials),
  });
  let wire = connect(credentials);
  let secrets = secretsOf(credentials);
  /** Tokens of the last sessions: the broker may repeat an old one. */
  const tokens: string[] = [];
  const login: BrokerLogin = createBrokerLogin({ clock, policy, rest: { login: () => wire.rest.login() } });
  return {
    async session() {
      const session = await login.current();
      for (const token of [session.jwt.reveal(), session.feedToken.reveal()]) {
        if (!tokens.includes(token)) tokens.push(token);
      }
      tokens.splice(0, tokens.length - MAX_TOKENS);
      return session;
    },
    forget: (session) => login.forget(session),
    openStream: (session, events) => wire.openStream(session, events),
    changeCredentials(changed) {
      wire = connect(changed);
      secrets = [...secrets, ...secretsOf(changed)].slice(-2 * secretsOf(changed).length);
      login.reset();
    },
    renewAt: () => login.renewAt(),
    loginStatus: () => login.status(),
    publicWords: (text) => publicWords(text, [...tokens, ...secrets]),
  };
}

/** Tokens that are kept to be taken out of what the broker says: those of a handful of sessions. */
const MAX_TOKENS = 10;

function secretsOf({ pin, apiKey, totpSecret }: Credentials): string[] {
  return [totpSecret, apiKey, pin].map((secret) => secret.reveal());
}
