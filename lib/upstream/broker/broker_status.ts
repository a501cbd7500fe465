import type { LoginStatus, SocketStatus, TrafficStatus, UpstreamCause, UpstreamStatus } from "../upstream.ts";
import { MAX_PAIRS_PER_SOCKET } from "../../smartapi/endpoints.ts";
import type { ConnectionState } from "./connection_state.ts";

export interface BrokerParts {
  readonly sockets: readonly { readonly state: ConnectionState; readonly subscriptions: number }[];
  readonly login: LoginStatus;
  readonly traffic: TrafficStatus;
  readonly capacity: number;
}

/** The state of the feed over all sockets, as plain data. */
export function brokerStatus({ sockets, ...parts }: BrokerParts): UpstreamStatus {
  const states = sockets.map(({ state }) => state);
  return {
    ...parts,
    ...feedState(states),
    sockets: sockets.map(({ state, subscriptions }): SocketStatus => {
      const cause = causeOf(state);
      return {
        state: state.kind,
        subscriptions,
        capacity: MAX_PAIRS_PER_SOCKET,
        ...cause === undefined ? {} : { cause },
      };
    }),
  };
}

function feedState(states: readonly ConnectionState[]): Pick<UpstreamStatus, "state" | "reason"> {
  const refused = states.find((state) => state.kind === "stopped" && state.cause.final);
  if (refused !== undefined) return { state: "refused", ...reasonOf(refused) };
  const troubled = states.find((state) => state.kind !== "stopped" && "cause" in state && state.cause);
  if (troubled !== undefined) return { state: "down", ...reasonOf(troubled) };
  return { state: states.length > 0 && states.every(({ kind }) => kind === "live") ? "up" : "connecting" };
}

function reasonOf(state: ConnectionState): { readonly reason?: string } {
  const cause = causeOf(state);
  return cause === undefined ? {} : { reason: cause.message };
}

function causeOf(state: ConnectionState): UpstreamCause | undefined {
  if (!("cause" in state) || state.cause === undefined) return undefined;
  const { kind, message } = state.cause;
  return { kind, message };
}
