import type { DataBody, DataCall } from "../../smartapi/data_calls.ts";
import { OneTimeCodes } from "../../smartapi/one_time_codes.ts";
import { PublicWords } from "../../smartapi/public_words.ts";
import {
  type BrokerSession,
  createRest,
  type Credentials,
  type DataReply,
  type HostAddresses,
  secretsOf,
} from "../../smartapi/rest.ts";
import {
  createStreamOpener,
  type OpenStream,
  type StreamEvents,
  type StreamSocket,
} from "../../smartapi/stream.ts";
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
  /** In place of the network, for a test. */
  readonly wire?: {
    readonly fetch: typeof fetch;
    readonly openStream: (credentials: Credentials, words: PublicWords) => OpenStream;
  };
}

/** One account at the broker: its credentials, its one login a day, and what may be done with it. */
export interface Account {
  /** The session of today, or a new one. @throws {LoginFailure} says until when not to ask again. */
  session(): Promise<BrokerSession>;
  /** The session was refused: it is not given out again. */
  forget(session: BrokerSession): void;
  /** Asks for market data. @throws {RestRefusal} No answer came. */
  data(session: BrokerSession, call: DataCall, body: DataBody): Promise<DataReply>;
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
  const words = new PublicWords();
  /** By secret: other credentials may share it, and a code that was used up stays used up. */
  const codes = new Map<string, OneTimeCodes>();
  const codesOf = ({ totpSecret }: Credentials) => {
    const known = codes.get(totpSecret.reveal()) ?? new OneTimeCodes(totpSecret, clock);
    codes.set(totpSecret.reveal(), known);
    return known;
  };
  const connect = (credentials: Credentials) => {
    words.learn(secretsOf(credentials));
    return {
      rest: createRest({
        url,
        credentials,
        addresses,
        clock,
        words,
        codes: codesOf(credentials),
        ...options.wire === undefined ? {} : { fetch: options.wire.fetch },
      }),
      openStream: options.wire?.openStream(credentials, words) ??
        createStreamOpener(streamUrl, credentials, words),
    };
  };
  let wire = connect(credentials);
  const login: BrokerLogin = createBrokerLogin({
    clock,
    policy,
    rest: {
      login: (codeOffsetMs) => wire.rest.login(codeOffsetMs),
      codeWait: (codeOffsetMs) => wire.rest.codeWait(codeOffsetMs),
    },
  });
  return {
    session: () => login.current(),
    forget: (session) => login.forget(session),
    data: (session, call, body) => wire.rest.data(session, call, body),
    openStream: (session, events) => wire.openStream(session, events),
    changeCredentials(changed) {
      wire = connect(changed);
      login.reset();
    },
    renewAt: () => login.renewAt(),
    loginStatus: () => login.status(),
    publicWords: (text) => words.of(text),
  };
}
