import { getLogger } from "@logtape/logtape";
import type { Entitlement } from "../access/entitlement.ts";
import type { Clock } from "../util/clock.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import { isRefusal, readCommand } from "./json/command.ts";
import type { ClientHandle } from "./client_entry.ts";
import type { ClientSocket } from "./delivery/outbox.ts";

/** How long a client may take to bring its token. */
const TOKEN_WITHIN_MS = 10_000;

/** No command that brings a token is longer. */
const MAX_LENGTH = 4_096;

export interface StrangerOptions {
  readonly socket: ClientSocket;
  readonly clock: Clock;
  readonly from: string;
  /** What a token permits; undefined, after a while, when it is not good. */
  readonly authenticate: (token: string) => Promise<Entitlement | undefined>;
  readonly admit: (entitlement: Entitlement) => ClientHandle;
  /** It is a client now, or gone. */
  readonly over: () => void;
}

export interface PendingConnection extends ClientHandle {
  end(close: Close): void;
}

const log = getLogger(["clients"]);

/**
 * One who came without a token, as pages of browsers do: all it may say is a token, once, and soon. It is told nothing
 * and counts as no client until then.
 */
export function awaitAuthentication(options: StrangerOptions): PendingConnection {
  const { socket, clock, from, authenticate, admit } = options;
  let client: ClientHandle | undefined;
  let asked = false;
  let isOver = false;
  const disarm = clock.after(TOKEN_WITHIN_MS, () => {
    if (!asked) end(CLOSE.noToken);
  });

  function over(): void {
    isOver = true;
    disarm();
    options.over();
  }

  function end(close: Close): void {
    if (isOver) return;
    over();
    log.warn("a connection from {from} was closed: {reason}", { from, reason: close.reason });
    try {
      socket.close(close.code, close.reason);
    } catch (error) {
      log.warn("the socket of {from} could not be closed: {error}", { from, error });
    }
  }

  async function askedWith(token: string, id: string | number | undefined): Promise<void> {
    asked = true;
    disarm();
    const entitlement = await authenticate(token);
    if (isOver) return;
    if (entitlement === undefined) return end(CLOSE.wrongToken);
    const message = `Welcome, ${entitlement.name}`;
    socket.send(JSON.stringify({ status: "success", message, ...id === undefined ? {} : { id } }));
    over();
    client = admit(entitlement);
  }

  socket.send(JSON.stringify({
    type: "system",
    status: "token_required",
    message: 'Send {"command":"authenticate","token":"…"} within 10 s',
  }));
  return {
    received(frame) {
      if (client !== undefined) return client.received(frame);
      // What comes while the token is looked at has no one to be obeyed for.
      if (isOver || asked) return end(CLOSE.noToken);
      const command = typeof frame === "string" && frame.length <= MAX_LENGTH
        ? readCommand(frame)
        : undefined;
      if (command === undefined || isRefusal(command) || command.command !== "authenticate") {
        return end(CLOSE.noToken);
      }
      askedWith(command.token, command.id).catch((error) => {
        log.error("the token of {from} could not be looked at: {error}", { from, error });
        end(CLOSE.noToken);
      });
    },
    gone() {
      if (client !== undefined) return client.gone();
      over();
    },
    end,
  };
}
