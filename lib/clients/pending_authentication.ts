import { getLogger } from "@logtape/logtape";
import type { Entitlement } from "../access/entitlement.ts";
import type { Clock } from "../util/clock.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import type { ClientSocket } from "./delivery/outbox.ts";

/** A first message that brings an access token. */
export interface AuthenticationRequest {
  readonly token: string;
  /** The text that answers a good one. */
  welcome(entitlement: Entitlement): string;
  /** The text that answers another one, before the connection is closed. */
  readonly refusal?: string;
}

/** The words of a wire for a connection that has to bring an access token. */
export interface AuthenticationWords {
  /** Sent at the beginning. */
  readonly prompt?: string;
  /** Reads a first message; undefined when it brings no token. */
  read(text: string): AuthenticationRequest | undefined;
}

export interface PendingOptions {
  readonly socket: ClientSocket;
  readonly clock: Clock;
  /** Its address, for the log. */
  readonly from: string;
  /** What an access token permits; undefined, after a while, when it is not good. */
  readonly authenticate: (token: string) => Promise<Entitlement | undefined>;
  /** Lets it in; called at most once. */
  readonly admit: (entitlement: Entitlement) => void;
  /** It was closed by us, or is gone. */
  readonly ended: () => void;
}

/** A connection that has still to bring an access token. */
export interface PendingAuthentication {
  received(frame: string | ArrayBuffer): void;
  gone(): void;
  close(close: Close): void;
}

/** How long a client may take to bring its token. */
const TOKEN_WITHIN_MS = 10_000;

/** No message that brings a token is longer. */
const MAX_LENGTH = 4_096;

const log = getLogger(["clients"]);

/**
 * A connection without a token, as pages of browsers make them: all it may send is a token, once, and soon. It is told
 * nothing and counts as no client until then.
 */
export function awaitAuthentication(
  options: PendingOptions,
  words: AuthenticationWords,
): PendingAuthentication {
  const { socket, clock, from, authenticate } = options;
  let asked = false;
  let over = false;
  const disarm = clock.after(TOKEN_WITHIN_MS, () => {
    if (!asked) close(CLOSE.noToken);
  });

  function end(): void {
    over = true;
    disarm();
  }

  function close({ code, reason }: Close): void {
    if (over) return;
    end();
    options.ended();
    log.warn("a connection from {from} was closed: {reason}", { from, reason });
    try {
      socket.close(code, reason);
    } catch (error) {
      log.warn("the socket of {from} could not be closed: {error}", { from, error });
    }
  }

  async function check({ token, welcome, refusal }: AuthenticationRequest): Promise<void> {
    asked = true;
    disarm();
    const entitlement = await authenticate(token);
    if (over) return;
    if (entitlement === undefined) {
      if (refusal !== undefined) socket.send(refusal);
      return close(CLOSE.wrongToken);
    }
    socket.send(welcome(entitlement));
    end();
    options.admit(entitlement);
  }

  if (words.prompt !== undefined) socket.send(words.prompt);
  return {
    received(frame) {
      if (over) return;
      // One try for each connection: a second message before the first one is answered is none.
      const request = !asked && typeof frame === "string" && frame.length <= MAX_LENGTH
        ? words.read(frame)
        : undefined;
      if (request === undefined) return close(CLOSE.noToken);
      check(request).catch((error) => {
        log.error("the token of {from} could not be looked at: {error}", { from, error });
        close(CLOSE.noToken);
      });
    },
    gone() {
      if (over) return;
      end();
      options.ended();
    },
    close,
  };
}
