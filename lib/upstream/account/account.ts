import { type BrokerSession, createRest, type Credentials, type HostAddresses } from "../../smartapi/rest.ts";
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
}

export function createAccount({ credentials, ...options }: AccountOptions): Account {
  const { restUrl: url, streamUrl, addresses, clock, policy } = options;
  const connect = (credentials: Credentials) => ({
    rest: createRest({ url, credentials, addresses, clock }),
    openStream: createStreamOpener(streamUrl, credentials),
  });
  let wire = connect(credentials);
  const login: BrokerLogin = createBrokerLogin({ clock, policy, rest: { login: () => wire.rest.login() } });
  return {
    session: () => login.current(),
    forget: (session) => login.forget(session),
    openStream: (session, events) => wire.openStream(session, events),
    changeCredentials(changed) {
      wire = connect(changed);
      login.reset();
    },
    renewAt: () => login.renewAt(),
    loginStatus: () => login.status(),
  };
}
