import type { TrafficStatus } from "../upstream.ts";
import type { ConnectionState } from "./connection_state.ts";
import type { Cause } from "../cause.ts";

/** How a try to connect came out, and why a connection was lost. */
type Outcome = "connected" | Cause["kind"];

/** What came from the broker, counted since the start in plain fields. */
export class BrokerTraffic {
  /** Binary frames, and their bytes. */
  packets = 0;
  bytes = 0;
  /** Requests that were answered with an error frame. */
  refusedRequests = 0;
  /** Handshakes by how they came out. */
  readonly connects = new Map<Outcome, number>();
  /** Connections that were live, by why they are no more. */
  readonly losses = new Map<Cause["kind"], number>();

  /** Plain data. */
  status(): TrafficStatus {
    const { packets, bytes, refusedRequests } = this;
    return {
      packets,
      bytes,
      refusedRequests,
      connects: Object.fromEntries(this.connects),
      losses: Object.fromEntries(this.losses),
    };
  }

  /** A socket's state is of another kind, or of another try, than before. */
  changed(state: ConnectionState, before: ConnectionState): void {
    if (before.kind === "connecting") {
      if (state.kind === "live") add(this.connects, "connected");
      else if ("cause" in state && state.cause !== undefined) add(this.connects, state.cause.kind);
    } else if (before.kind === "live" && "cause" in state && state.cause !== undefined) {
      add(this.losses, state.cause.kind);
    }
  }
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
