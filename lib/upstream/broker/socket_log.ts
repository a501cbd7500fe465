import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../util/clock.ts";
import type { Account } from "../account/account.ts";
import type { Cause } from "../cause.ts";
import type { ConnectionState } from "./connection_state.ts";

const log = getLogger(["broker"]);

export interface SocketLogOptions {
  /** Counts from 1. */
  readonly number: number;
  readonly clock: Clock;
  readonly account: Pick<Account, "loginStatus">;
}

/** Says in the log why a socket is not live, and when it is tried again. */
export function logTrouble(state: ConnectionState, options: SocketLogOptions): void {
  const { clock, number: socket } = options;
  switch (state.kind) {
    case "closing":
      // Once it is gone, the line of the wait for the next says the same, and when that will be.
      return log.debug("socket {socket}: closing: {why}", { socket, why: state.cause.message });
    case "waiting":
      return log[levelOf(state.cause, options)]("socket {socket}: {why}; next try in {seconds} s", {
        socket,
        why: state.cause?.message ?? "not connected",
        seconds: Math.ceil(Math.max(0, state.retryAt - clock.elapsed()) / 100) / 10,
      });
    case "stopped":
      return log[isLogged(state.cause, options) ? "debug" : "error"]("socket {socket}: stopped: {why}", {
        socket,
        why: state.cause.message,
      });
  }
}

function levelOf(cause: Cause | undefined, options: SocketLogOptions): "debug" | "info" | "warn" {
  if (isLogged(cause, options)) return "debug";
  // The planned login of the next day is no trouble.
  return cause?.kind === "login" || cause?.kind === "renewed" ? "info" : "warn";
}

/** The login has a log line of its own for its failures. */
function isLogged(cause: Cause | undefined, { account }: SocketLogOptions): boolean {
  return cause !== undefined && account.loginStatus().failure?.message === cause.message;
}
