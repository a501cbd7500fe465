import { getLogger } from "@logtape/logtape";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import { subscriptionRequest } from "../../smartapi/request.ts";
import type { Clock } from "../../util/clock.ts";
import type { Account } from "../account/account.ts";
import type { Cause } from "../cause.ts";
import type { Policy } from "../policy.ts";
import type { UpstreamEvent } from "../upstream.ts";
import type { BrokerTraffic } from "./broker_traffic.ts";
import { type Connection, createConnection } from "./connection.ts";
import type { ConnectionState } from "./connection_state.ts";
import { DataWatchdog } from "./data_watchdog.ts";
import { nextChange, SentSubscriptions, type SubscriptionChange } from "./subscription_plan.ts";
import type { TickRates } from "./tick_rates.ts";

export interface BrokerSocketOptions {
  /** Counts from 1; for the log. */
  readonly number: number;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly account: Account;
  readonly tickRates: TickRates;
  readonly traffic: BrokerTraffic;
  readonly ticking: (key: InstrumentKey, at: number) => boolean;
  /** What is wanted of this socket. */
  readonly wanted: () => ReadonlyMap<InstrumentKey, Mode>;
  /** Notes a request under an id that an error may name. */
  readonly register: (change: SubscriptionChange) => string;
  readonly text: (frame: string) => void;
  readonly binary: (frame: Uint8Array) => void;
  readonly event: (event: UpstreamEvent) => void;
}

/** Between two messages on one socket; bursts of them got lost at the broker. */
const MESSAGE_SPACING_MS = 200;

/** Troubles of the network are over, perhaps, when a machine wakes up. */
const WORTH_A_TRY_AFTER_SLEEP: ReadonlySet<Cause["kind"]> = new Set([
  "network",
  "closed",
  "timeout",
  "silent",
  "refused",
]);

const log = getLogger(["broker"]);

/** One of the account's sockets with what it carries. */
export class BrokerSocket {
  readonly #options: BrokerSocketOptions;
  readonly #sent = new SentSubscriptions();
  readonly #watchdog: DataWatchdog;
  readonly #connection: Connection;
  /** A message has just left; the next one waits. */
  #pacing = false;
  #disarmPacing = () => {};
  #stopping = false;
  /** When the present connection opened: wall time, and elapsed time. */
  #live: { readonly since: number; readonly elapsed: number } | undefined;
  /** Since when there has been trouble that was told; wall time. */
  #downSince: number | undefined;

  constructor(options: BrokerSocketOptions) {
    const { account, clock, policy } = options;
    this.#options = options;
    this.#watchdog = new DataWatchdog({
      ticksOften: (key) => options.tickRates.ticksOften(key),
      tickingFor: (key, ms) => options.ticking(key, clock.now()) && options.ticking(key, clock.now() - ms),
    });
    this.#connection = createConnection({
      clock,
      policy,
      open: (session, events) => account.openStream(session, events),
      session: () => account.session(),
      forget: (session) => account.forget(session),
      opened: () => {
        this.#sent.clear();
        this.sendNext();
      },
      text: options.text,
      binary: options.binary,
      changed: (state, before) => this.#changed(state, before),
    });
  }

  get state(): ConnectionState {
    return this.#connection.state();
  }

  /** Subscriptions (instrument and mode) that it holds, of its quota. */
  get subscriptions(): number {
    return this.#sent.count;
  }

  /** Since when it has been up, ms since the Unix epoch; undefined while it is down or silent where it should tick. */
  get upSince(): number | undefined {
    if (this.#live === undefined || this.#watchdog.awaitsFirstTick(this.#live.elapsed)) return undefined;
    return this.#live.since;
  }

  start(): void {
    this.#connection.start();
  }

  /** Sends the next message that brings the socket nearer to what is wanted, and looks again a little later. */
  sendNext(): void {
    if (this.#pacing || this.#stopping || this.state.kind !== "live") return;
    const change = nextChange(this.#sent, this.#options.wanted());
    if (change === undefined) return;
    this.#send(change);
    this.#pacing = true;
    this.#disarmPacing = this.#options.clock.after(MESSAGE_SPACING_MS, () => {
      this.#pacing = false;
      this.sendNext();
    });
  }

  /** A tick came of an instrument that it carries. */
  noteTick(key: InstrumentKey): void {
    const now = this.#options.clock.elapsed();
    this.#watchdog.noteTick(now);
    this.#options.tickRates.noteTick(key, now);
  }

  /**
   * Sees to what time alone brings about; called now and then. A connection that should bring ticks and does not is
   * replaced.
   *
   * @param slept The machine slept since the last call, or its clock was set ahead: timers have not counted that time.
   */
  watch(slept: boolean): void {
    const { account, clock, wanted } = this.#options;
    const { state } = this;
    if (state.kind === "waiting" && state.cause !== undefined) {
      const { kind, plannedAt = Infinity } = state.cause;
      if (clock.now() >= plannedAt || (slept && WORTH_A_TRY_AFTER_SLEEP.has(kind))) {
        this.reconnect(state.cause);
      }
    }
    if (state.kind !== "live" || this.#live === undefined) return;
    const seconds = Math.round(this.#watchdog.staleAfterMs / 1000);
    if (!this.#watchdog.isSilent(clock.elapsed(), this.#live.elapsed, wanted().keys())) return;
    // Once a new socket is silent as well, the token may be to blame; more logins than one would risk the account.
    const session = this.#connection.session();
    if (this.#watchdog.silentSockets === 2 && session !== undefined) account.forget(session);
    this.reconnect({ kind: "mute", message: `connected, but no tick for ${seconds} s in session hours` });
  }

  /** Replaces the connection. */
  reconnect(cause: Cause): void {
    this.#connection.reconnect(cause);
  }

  /** Unsubscribes and closes; settles when the socket is gone. */
  stop(): Promise<void> {
    this.#stopping = true;
    this.#disarmPacing();
    if (this.state.kind === "live") {
      const nothing = new Map<InstrumentKey, Mode>();
      for (let change; (change = nextChange(this.#sent, nothing)) !== undefined;) this.#send(change);
    }
    return this.#connection.stop();
  }

  #send(change: SubscriptionChange): void {
    const id = this.#options.register(change);
    this.#connection.send(subscriptionRequest(change.action, id, change.mode, change.keys));
    this.#sent.note(change);
    log.debug("socket {socket}: {action} {count} instruments in mode {mode}", {
      socket: this.#options.number,
      action: change.action,
      count: change.keys.length,
      mode: change.mode,
    });
  }

  #changed(state: ConnectionState, before: ConnectionState): void {
    const { clock, event, number: socket, traffic, wanted } = this.#options;
    traffic.changed(state, before);
    if (state.kind === "live") {
      const since = clock.now();
      this.#live = { since, elapsed: clock.elapsed() };
      log.info("socket {socket}: connected", { socket });
      if (this.#downSince !== undefined) {
        event({ kind: "up", from: this.#downSince, to: since, keys: [...wanted().keys()] });
      }
      this.#downSince = undefined;
      return;
    }
    this.#live = undefined;
    if (this.#stopping) {
      if (state.kind === "stopped") log.info("socket {socket}: closed", { socket });
      return;
    }
    this.#logTrouble(state);
    this.#tellTrouble(state, before);
  }

  /** Tells of the first sign of trouble, and of a refusal for good, also where there was never a connection. */
  #tellTrouble(state: ConnectionState, before: ConnectionState): void {
    if (!("cause" in state) || state.cause === undefined) return;
    const { clock, event, wanted } = this.#options;
    const { kind, message } = state.cause;
    const cause = { kind, message };
    const told = this.#downSince !== undefined;
    this.#downSince ??= this.#lastSignOfLife(before, state.cause);
    if (state.kind === "stopped" && state.cause.final) event({ kind: "refused", since: clock.now(), cause });
    else if (!told) event({ kind: "down", since: this.#downSince, cause, keys: [...wanted().keys()] });
  }

  /** Where a gap begins: not where its loss was noticed, but where the last sign of life was. Wall time. */
  #lastSignOfLife(before: ConnectionState, cause: Cause): number {
    const { clock, policy } = this.#options;
    if (before.kind !== "live") return clock.now();
    const elapsed = cause.kind === "mute" ? this.#watchdog.silentSince : before.silentAt - policy.silentAfter;
    return clock.now() - (clock.elapsed() - elapsed);
  }

  #logTrouble(state: ConnectionState): void {
    const { clock, number: socket } = this.#options;
    switch (state.kind) {
      case "closing":
        // Once it is gone, the line of the wait for the next says the same, and when that will be.
        return log.debug("socket {socket}: closing: {why}", { socket, why: state.cause.message });
      case "waiting":
        return log[this.#levelOf(state.cause)]("socket {socket}: {why}; next try in {seconds} s", {
          socket,
          why: state.cause?.message ?? "not connected",
          seconds: Math.ceil(Math.max(0, state.retryAt - clock.elapsed()) / 100) / 10,
        });
      case "stopped":
        return log[this.#isLogged(state.cause) ? "debug" : "error"]("socket {socket}: stopped: {why}", {
          socket,
          why: state.cause.message,
        });
    }
  }

  #levelOf(cause: Cause | undefined): "debug" | "info" | "warn" {
    if (this.#isLogged(cause)) return "debug";
    // The planned login of the next day is no trouble.
    return cause?.kind === "login" || cause?.kind === "renewed" ? "info" : "warn";
  }

  /** The login has a log line of its own for its failures. */
  #isLogged(cause: Cause | undefined): boolean {
    return cause !== undefined && this.#options.account.loginStatus().failure?.message === cause.message;
  }
}
