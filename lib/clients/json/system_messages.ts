import { istTimestamp } from "../../market/ist.ts";
import type { InstrumentKey } from "../../market/market.ts";
import type { Rewound } from "../rewind/rewind.ts";
import type { ClientEvent, ReplayEvent } from "../client_event.ts";

/**
 * An event in the words of this wire. The message says times in IST.
 *
 * @param instruments Those of the event's instruments that the client is subscribed to, where the event names any.
 */
export function systemMessage(
  event: ClientEvent,
  instruments?: readonly InstrumentKey[],
): Record<string, unknown> {
  if (event.kind === "clock" || event.kind === "end") return replayMessage(event);
  return { type: "system", ...wordsOf(event, instruments), instruments };
}

/** Why a day cannot be replayed. */
export function replayRefused(message: string): Record<string, unknown> {
  return { type: "system", status: "replay_refused", message, source: "replay" };
}

/** Stands between the last recorded tick and the first live one. */
export function replayCompleted({ from, to, keys, gaps }: Rewound): Record<string, unknown> {
  const missed = gaps.length === 0 ? "" : `, without ${gaps.length} times that the recording lacks`;
  return {
    type: "system",
    status: "replay_completed",
    from,
    to,
    instruments: keys,
    ...gaps.length === 0 ? {} : { gaps },
    message: `What came from ${istTimestamp(from)} to ${
      istTimestamp(to)
    } IST is delivered${missed}; live from here on`,
  };
}

function replayMessage(event: ReplayEvent): Record<string, unknown> {
  const { kind: type, time } = event;
  const timestamp = istTimestamp(time);
  if (event.kind === "end") return { type, time, message: `The replay has ended at ${timestamp} IST` };
  return { type, time, timestamp, state: event.state, speed: event.speed };
}

function wordsOf(
  event: Exclude<ClientEvent, ReplayEvent>,
  instruments: readonly InstrumentKey[] = [],
): Record<string, unknown> {
  switch (event.kind) {
    case "down":
      return {
        status: "upstream_down",
        since: event.since,
        reason: event.cause.kind,
        message: `No market data since ${istTimestamp(event.since)} IST: ${event.cause.message}`,
      };
    case "silent":
      return {
        status: "upstream_silent",
        since: event.since,
        reason: event.cause.kind,
        message:
          `No tick since ${istTimestamp(event.since)} IST, in trading hours: the exchange may have halted, ` +
          "or the feed is mute",
      };
    case "up":
      return {
        status: "upstream_up",
        from: event.from,
        to: event.to,
        message:
          `Market data again; what came from ${istTimestamp(event.from)} to ${istTimestamp(event.to)} IST ` +
          "was not seen",
      };
    case "refused":
      return {
        status: "upstream_refused",
        since: event.since,
        reason: event.cause.kind,
        message: `${event.cause.message}; not tried again until the configuration changes`,
      };
    case "subscription_refused":
      return {
        status: "subscription_refused",
        reason: event.code,
        message:
          `The broker refused a subscription, which is asked for again later: ${event.code} ${event.message}`,
      };
    case "phase": {
      const { exchange, phase, day } = event;
      const words = phase === "unknown"
        ? "it is not known whether it trades now"
        : phase.replaceAll("_", " ");
      const message = `${exchange}: ${words}${day === undefined ? "" : ` (${day})`}`;
      return { status: "market", exchange, state: phase, day, message };
    }
    case "stale": {
      const { kind, exchange, since } = event;
      const message = `${exchange} is open, and its feed is down: its last prices are old`;
      return { status: kind, exchange, since, message };
    }
    case "fresh": {
      const { kind, exchange, since, trading } = event;
      const message = trading
        ? `${exchange}: the feed is up again`
        : `${exchange}: no price is expected now, whether the feed is up again or not`;
      return { status: kind, exchange, since, message };
    }
    case "price": {
      const names = instruments.length === 1 ? instruments[0] : `${instruments.length} instruments`;
      return {
        status: event.reason === undefined ? "fresh" : "suspect",
        reason: event.reason,
        message: event.reason === undefined
          ? `${names}: good ticks again`
          : event.reason === "crossed_book"
          ? `${names}: its order book is not to be believed (${event.reason}), its price is`
          : `${names}: what came is not to be believed (${event.reason}); its price is the last one that was`,
      };
    }
    case "expired":
    case "replaced":
    case "renamed": {
      const { kind, changes } = event;
      const own = changes.filter(({ key }) => instruments.includes(key));
      const names = own.slice(0, 3).map(({ from, to }) => to === undefined ? from : `${from} is now ${to}`);
      const more = own.length > names.length ? ` and ${own.length - names.length} more` : "";
      const end = kind === "renamed" ? "" : "; the subscription has ended";
      return {
        status: kind,
        changes: own.map(({ key: instrument, from, to }) => ({ instrument, from, to })),
        message: `${kind}: ${names.join(", ")}${more}${end}`,
      };
    }
    case "shutdown":
      return { status: "shutdown", message: "Server shutting down" };
    case "restart":
      return { status: "restart", message: "The server's certificate was renewed; connect again" };
  }
}
