import type { BrokerStatus } from "../upstream/broker/broker.ts";
import type { ConnectionState } from "../upstream/broker/connection_state.ts";
import type { BrokerEvent } from "../upstream/broker/events.ts";
import type { LoginStatus } from "../upstream/account/broker_login.ts";
import type { ClientEvent } from "../clients/gateway.ts";
import type { ExchangeEvent } from "./exchange_monitor.ts";
import { istTimestamp } from "../market/ist.ts";
import type { InstrumentKey } from "../market/market.ts";

/** The broker's news in the clients' words. Times in ms since the Unix epoch; the message says them in IST. */
export function brokerAnnouncement(news: BrokerEvent): ClientEvent {
  switch (news.kind) {
    case "down":
      return {
        keys: news.keys,
        message: {
          type: "system",
          status: "upstream_down",
          since: news.since,
          reason: news.cause.kind,
          message: `No market data since ${istTimestamp(news.since)} IST: ${news.cause.message}`,
        },
      };
    case "up":
      return {
        keys: news.keys,
        message: {
          type: "system",
          status: "upstream_up",
          from: news.from,
          to: news.to,
          message:
            `Market data again; what came from ${istTimestamp(news.from)} to ${istTimestamp(news.to)} IST ` +
            "was not seen",
        },
      };
    case "refused":
      return {
        message: {
          type: "system",
          status: "upstream_refused",
          since: news.since,
          reason: news.cause.kind,
          message: `${news.cause.message}; not tried again until the configuration changes`,
        },
      };
    case "rejected":
      return {
        keys: news.keys,
        concernedOnly: true,
        message: {
          type: "system",
          status: "subscription_refused",
          reason: news.code,
          message: `The broker refused a subscription: ${news.code} ${news.message}`,
        },
      };
  }
}

/** What changed at an exchange, in the clients' words. */
export function marketAnnouncement(news: ExchangeEvent): ClientEvent {
  if (news.kind === "market") {
    const { exchange, phase, day } = news;
    const message = `${exchange}: ${phase.replaceAll("_", " ")}${day === undefined ? "" : ` (${day})`}`;
    return { message: { type: "system", status: "market", exchange, state: phase, day, message } };
  }
  const { kind: status, exchange, since } = news;
  const message = status === "stale"
    ? `${exchange} is open, and its feed is down: its last prices are old`
    : `${exchange}: the feed is up again`;
  return { message: { type: "system", status, exchange, since, message } };
}

/** An instrument whose last tick was not believed, or is believed again (no reason). */
export function doubtAnnouncement(key: InstrumentKey, reason: string | undefined): ClientEvent {
  const status = reason === undefined ? "fresh" : "suspect";
  const message = reason === undefined
    ? `${key}: good ticks again`
    : `${key}: a tick was not believed (${reason}) and not passed on; its price is the one before it`;
  return { keys: [key], concernedOnly: true, message: { type: "system", status, reason, message } };
}

/** How the feed stands in one word, over all sockets, with the reason where there is trouble. */
export function upstreamState(
  { sockets }: BrokerStatus,
): { readonly state: string; readonly reason?: string } {
  const refused = sockets.find((socket) => socket.kind === "stopped" && socket.cause.final);
  if (refused !== undefined) return { state: "refused", reason: causeOf(refused) };
  const troubled = sockets.find((socket) => "cause" in socket && socket.kind !== "stopped" && socket.cause);
  if (troubled !== undefined) return { state: "down", reason: causeOf(troubled) };
  return {
    state: sockets.length > 0 && sockets.every((socket) => socket.kind === "live") ? "up" : "connecting",
  };
}

/** How the login stands. Times in ms since the Unix epoch. */
export function loginState({ loggedInAt, nextAt, failure, driftMs }: LoginStatus): Record<string, unknown> {
  return {
    logged_in_at: loggedInAt,
    next_at: nextAt,
    failure: failure?.message,
    clock_drift_ms: driftMs === undefined ? undefined : Math.round(driftMs),
  };
}

function causeOf(socket: ConnectionState): string | undefined {
  return "cause" in socket ? socket.cause?.message : undefined;
}
