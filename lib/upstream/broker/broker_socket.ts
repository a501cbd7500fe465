import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../util/clock.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import { subscriptionRequest } from "../../smartapi/request.ts";
import type { OpenStream } from "../../smartapi/stream.ts";
import { type Connection, createConnection } from "./connection.ts";
import type { Cause, ConnectionState, Policy } from "./connection_state.ts";
import type { TickRates } from "./tick_rates.ts";
import type { BrokerEvent } from "./events.ts";
import type { BrokerLogin } from "../account/broker_login.ts";
import { nextChange, SentSubscriptions, type SubscriptionChange } from "./subscription_plan.ts";
import type { BrokerTraffic } from "./broker_traffic.ts";

export interface BrokerSocketOptions {
  /** Counts from 1; for the log. */
  readonly number: number;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly keeper: BrokerLogin;
  readonly open: OpenStream;
  readonly tickRates: TickRates;
  readonly traffic: BrokerTraffic;
  readonly ticking: (key: InstrumentKey, at: number) => boolean;
  /** What is wanted of this socket. */
  readonly wanted: () => ReadonlyMap<InstrumentKey, Mode>;
  /** Notes a request under an id that an error may name. */
  readonly register: (change: SubscriptionChange) => string;
  readonly text: (frame: string) => void;
  readonly binary: (frame: Uint8Array, shard: BrokerSocket) => void;
  readonly news: (news: BrokerEvent) => void;
}

/** One of the account's sockets with what it carries. */
export interface BrokerSocket {
  state(): ConnectionState;
  /** (Instrument, mode) pairs it holds, of its quota. */
  pairs(): number;
  /** When it came up, ms since the Unix epoch; undefined while it is down or mute. */
  upSince(): number | undefined;
  start(): void;
  /** What is wanted has changed. */
  pump(): void;
  /** A tick came. */
  noteTick(key: InstrumentKey): void;
  /** Replaces the socket where it should tick and does not. */
  watch(): void;
  redial(cause: Cause): void;
  stop(): Promise<void>;
}

/** Between two messages on one socket; bursts of them got lost at the broker. */
const MESSAGE_SPACING_MS = 200;

/** Without a tick of anything liquid for this long in session hours, a socket counts as mute. */
const MUTE_AFTER_MS = 75_000;

/** Where a new socket was mute too, the next is not tried before. */
const MUTE_CAP_MS = 300_000;

const log = getLogger(["broker"]);

export function createBrokerSocket(options: BrokerSocketOptions): BrokerSocket {
  const { clock, number: socket, wanted } = options;
  const sent = new SentSubscriptions();
  let pacing = false;
  let stopping = false;
  let liveSince: number | undefined;
  let downSince: number | undefined;
  let lastTickAt = 0;
  /** Sockets in a row that were mute. */
  let mutes = 0;
  /** When the last tick before a mute stretch came. */
  let mutedAt = 0;

  const connection: Connection = createConnection({
    clock,
    policy: options.policy,
    open: options.open,
    session: () => options.keeper.current(),
    forget: (session) => options.keeper.forget(session),
    opened() {
      sent.clear();
      pump();
    },
    text: options.text,
    binary: (frame) => options.binary(frame, shard),
    changed,
  });

  /** Sends the next message, and looks again a little later until there is none. */
  function pump(): void {
    if (pacing || stopping || connection.state().kind !== "live") return;
    const change = nextChange(sent, wanted());
    if (change === undefined) return;
    send(change);
    pacing = true;
    clock.after(MESSAGE_SPACING_MS, () => {
      pacing = false;
      pump();
    });
  }

  function send(change: SubscriptionChange): void {
    connection.send(subscriptionRequest(change.action, options.register(change), change.mode, change.keys));
    sent.note(change);
    log.debug("socket {socket}: {action} {count} instruments in mode {mode}", {
      socket,
      action: change.action,
      count: change.keys.length,
      mode: change.mode,
    });
  }

  function changed(state: ConnectionState, before: ConnectionState): void {
    options.traffic.changed(state, before);
    if (state.kind === "live") {
      liveSince = clock.now();
      log.info("socket {socket}: connected", { socket });
      if (downSince !== undefined) {
        options.news({ kind: "up", from: downSince, to: liveSince, keys: [...wanted().keys()] });
      }
      downSince = undefined;
      return;
    }
    liveSince = undefined;
    if (stopping) {
      if (state.kind === "stopped") log.info("socket {socket}: closed", { socket });
      return;
    }
    logTrouble(state);
    tellTrouble(state, before);
  }

  /** Tells of the first sign of trouble, and of a refusal for good, also where there was never a connection. */
  function tellTrouble(state: ConnectionState, before: ConnectionState): void {
    if (!("cause" in state) || state.cause === undefined) return;
    const { cause } = state;
    const told = downSince !== undefined;
    downSince ??= lastSignOfLife(before, cause);
    if (state.kind === "stopped" && cause.final) {
      options.news({ kind: "refused", since: clock.now(), cause });
    } else if (!told) {
      options.news({ kind: "down", since: downSince, cause, keys: [...wanted().keys()] });
    }
  }

  /** Where a gap begins: not where its loss was noticed, but where the last sign of life was. */
  function lastSignOfLife(before: ConnectionState, cause: Cause): number {
    if (before.kind !== "live") return clock.now();
    return cause.kind === "mute" ? mutedAt : before.silentAt - options.policy.silentAfter;
  }

  function logTrouble(state: ConnectionState): void {
    switch (state.kind) {
      case "closing":
        // Once it is gone, the line of the wait for the next says the same, and when that will be.
        return log.debug("socket {socket}: hanging up: {why}", { socket, why: state.cause.message });
      case "waiting":
        return log[levelOf(state.cause)]("socket {socket}: {why}; next try in {seconds} s", {
          socket,
          why: state.cause?.message ?? "not connected",
          seconds: Math.ceil(Math.max(0, state.retryAt - clock.now()) / 100) / 10,
        });
      case "stopped":
        return log[said(state.cause) ? "debug" : "error"]("socket {socket}: stopped: {why}", {
          socket,
          why: state.cause.message,
        });
    }
  }

  /** The login has a line of its own for what it was refused with. */
  function said(cause: Cause | undefined): boolean {
    return cause !== undefined && options.keeper.status().failure === cause;
  }

  function levelOf(cause: Cause | undefined): "debug" | "info" | "warn" {
    if (said(cause)) return "debug";
    // The planned login of the next day is no trouble.
    return cause?.kind === "login" || cause?.kind === "renewed" ? "info" : "warn";
  }

  /** How long the socket may be without a tick now; longer each time that a new one was mute too. */
  function patience(): number {
    return Math.min(MUTE_CAP_MS, MUTE_AFTER_MS * 2 ** mutes);
  }

  /** Whether ticks can be expected: something liquid has been trading for as long as our patience lasts. */
  function shouldTick(now: number): boolean {
    for (const key of wanted().keys()) {
      if (
        options.tickRates.ticksOften(key) && options.ticking(key, now) &&
        options.ticking(key, now - patience())
      ) return true;
    }
    return false;
  }

  const shard: BrokerSocket = {
    state: () => connection.state(),
    pairs: () => sent.pairs,
    upSince: () => mutes > 0 && lastTickAt < (liveSince ?? 0) ? undefined : liveSince,
    start: () => connection.start(),
    pump,
    noteTick(key) {
      lastTickAt = clock.now();
      mutes = 0;
      options.tickRates.noteTick(key, lastTickAt);
    },
    watch() {
      const now = clock.now();
      if (connection.state().kind !== "live" || liveSince === undefined) return;
      const since = Math.max(lastTickAt, liveSince);
      if (now - since < patience() || !shouldTick(now)) return;
      mutedAt = since;
      const seconds = Math.round(patience() / 1000);
      mutes++;
      // Once a new socket is mute as well, the token may be to blame; more logins than one would be knocking.
      const session = connection.session();
      if (mutes === 2 && session !== undefined) options.keeper.forget(session);
      connection.redial({
        kind: "mute",
        message: `connected, but no tick for ${seconds} s in session hours`,
      });
    },
    redial: (cause) => connection.redial(cause),
    stop() {
      stopping = true;
      if (connection.state().kind === "live") {
        const nothing = new Map<InstrumentKey, Mode>();
        for (let change; (change = nextChange(sent, nothing)) !== undefined;) send(change);
      }
      return connection.stop();
    },
  };
  return shard;
}
