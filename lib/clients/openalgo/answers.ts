import type { Mode } from "../../market/market.ts";
import type { Row } from "../instrument_selection.ts";
import type { OpenAlgoName } from "./names.ts";
import { MODE_LABELS } from "./request.ts";

const BROKER = { broker: "angel" } as const;

/** One instrument of a message, and what it leads to. */
export interface Asked {
  readonly name: OpenAlgoName;
  readonly mode: Mode;
  readonly row: Row;
}

/** What answers a good access token. */
export function authenticated(name: string): Record<string, unknown> {
  return {
    type: "auth",
    status: "success",
    message: "Authentication successful",
    ...BROKER,
    user_id: name,
    supported_features: { ltp: true, quote: true, depth: true },
  };
}

export function brokerInfo(name: string): Record<string, unknown> {
  return { type: "broker_info", status: "success", ...BROKER, adapter_status: "connected", user_id: name };
}

export function supportedBrokers(): Record<string, unknown> {
  return { type: "supported_brokers", status: "success", brokers: [BROKER.broker], count: 1 };
}

/** What became of each instrument of a message. */
export function subscribed(asked: readonly Asked[], requestId: unknown): Record<string, unknown> {
  const subscriptions = asked.map(({ name, mode: own, row }) => {
    const mode = MODE_LABELS[own];
    if (row.status === "accepted") {
      return { ...name, status: "success", mode, depth: 5, ...BROKER, message: row.doubt };
    }
    const { message, code, suggestions } = row;
    return { ...name, status: "error", mode, message, code, suggestions, ...BROKER };
  });
  return {
    type: "subscribe",
    status: statusOf(subscriptions),
    subscriptions,
    message: "Subscription processing complete",
    ...BROKER,
    request_id: requestId,
  };
}

export function unsubscribed(
  successful: readonly object[],
  failed: readonly object[],
  requestId: unknown,
): Record<string, unknown> {
  const withBroker = (row: object) => ({ ...row, ...BROKER });
  return {
    type: "unsubscribe",
    status: failed.length === 0 ? "success" : successful.length === 0 ? "error" : "partial",
    message: "Unsubscription processing complete",
    successful: successful.map(withBroker),
    failed: failed.map(withBroker),
    ...BROKER,
    request_id: requestId,
  };
}

function statusOf(rows: readonly { readonly status: string }[]): string {
  const accepted = rows.filter(({ status }) => status === "success").length;
  return accepted === rows.length ? "success" : accepted === 0 ? "error" : "partial";
}
