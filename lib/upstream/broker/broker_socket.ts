import { getLogger } from "@logtape/logtape";
import { type Exchange, type InstrumentKey, type Mode, splitKey, type Tick } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { Account } from "../account/account.ts";
import type { Cause } from "../cause.ts";
import type { Policy } from "../policy.ts";
import type { Refusal, UpstreamEvent } from "../upstream.ts";
import type { BrokerTraffic } from "./broker_traffic.ts";
import { type Connection, createConnection } from "./connection.ts";
import type { ConnectionState } from "./connection_state.ts";
import { DataWatchdog } from "./data_watchdog.ts";
import { Outage } from "./outage.ts";
import { logTrouble } from "./socket_log.ts";
import type { SubscriptionChange } from "./subscription_plan.ts";
import { SubscriptionSender } from "./subscription_sender.ts";
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
  /** @param cameAt Elapsed ms. */
  readonly binary: (frame: Uint8Array, cameAt: number) => void;
  readonly event: (event: UpstreamEvent) => void;
}

/** Troubles of the network are over, perhaps, when a machine wakes up. */
const WORTH_A_TRY_AFTER_SLEEP: ReadonlySet<Cause["kind"]> = new Set([
  "network",
  "closed",
  "timeout",
  "silent",
  "refused",
]);

/** Where shares are traded. */
const SHARE_MARKETS: ReadonlySet<Exchange> = new Set(["nse", "bse"]);

const log = getLogger(["broker"]);

/** One of the account's sockets with what it carries. */
export class BrokerSocket {
  readonly #options: BrokerSocketOptions;
  readonly #sender: SubscriptionSender;
  readonly #watchdog: DataWatchdog;
  readonly #connection: Connection;
  #stopping = false;
  /** When the present connection opened, elapsed ms. */
  #liveSince: number | undefined;
  readonly #outage: Outage;

  constructor(options: BrokerSocketOptions) {
    const { account, clock, policy } = options;
    this.#options = options;
    this.#sender = new SubscriptionSender(options);
    this.#outage = new Outage(options);
    this.#watchdog = new DataWatchdog({
      ticksOften: (key) => options.tickRates.ticksOften(key),
      isShare: (key) => SHARE_MARKETS.has(splitKey(key).exchange),
      tickingFor: (key, ms) => options.ticking(key, clock.now()) && options.ticking(key, clock.now() - ms),
    });
    this.#connection = createConnection({
      clock,
      policy,
      open: (session, events) => account.openStream(session, events),
      session: () => account.session(),
      forget: (session) => account.forget(session),
      opened: () => this.#sender.opened((text) => this.#connection.send(text)),
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
    return this.#sender.count;
  }

  /** Since when it has been up, elapsed ms; undefined while it is down or silent where it should tick. */
  get upSince(): number | undefined {
    const since = this.#liveSince;
    return since === undefined || this.#watchdog.awaitsFirstTick(since) ? undefined : since;
  }

  start(): void {
    this.#connection.start();
  }

  /** A tick came of an instrument that it carries. @param cameAt Elapsed ms. */
  noteTick({ key, exchangeTime }: Pick<Tick, "key" | "exchangeTime">, cameAt: number): void {
    const isFirst = this.#sender.isFirst(key);
    const isLife = !isFirst && this.#options.tickRates.noteTick(key, cameAt, exchangeTime);
    if (isLife) this.#watchdog.noteTick(cameAt);
    else this.#watchdog.noteAnswer(cameAt);
    this.#outage.acknowledge(key, isLife);
  }

  /** The broker has refused a request: it is made again later. */
  noteRefusal(change: SubscriptionChange, code: string, message: string): void {
    this.#watchdog.noteAnswer(this.#options.clock.elapsed());
    this.#sender.noteRefusal(change, code, message);
  }

  /** What the broker has answered instead of serving an instrument. */
  refusalOf(key: InstrumentKey): Refusal | undefined {
    return this.#sender.refusalOf(key);
  }

  /** Requests for an instrument that no packet has answered. */
  unanswered(key: InstrumentKey): number {
    return this.#sender.unanswered(key);
  }

  /** The broker says on the stream that the session is no more: a new one is fetched. */
  sessionEnded(message: string): void {
    const session = this.#connection.session();
    if (this.state.kind !== "live" || session === undefined) return;
    this.#options.account.forget(session);
    this.reconnect({ kind: "unauthorized", message });
  }

  /** What is wanted of it has changed. */
  wantedChanged(): void {
    this.#outage.wantedChanged();
    this.#sender.wantedChanged();
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
    if (state.kind !== "live" || this.#liveSince === undefined) return;
    this.#watchdog.rest(wanted().keys());
    const seconds = Math.round(this.#watchdog.staleAfterMs / 1000);
    // What the broker refuses to serve is silent for a reason.
    const served = wanted().keys().filter((key) => this.refusalOf(key) === undefined);
    if (!this.#watchdog.isSilent(clock.elapsed(), this.#liveSince, served)) {
      return this.#askAgain();
    }
    // Once a new socket is silent as well, the token may be to blame; more logins than one would risk the account.
    const session = this.#connection.session();
    if (this.#watchdog.silentSockets === 2 && session !== undefined) account.forget(session);
    this.reconnect({ kind: "mute", message: `connected, but no tick for ${seconds} s in trading hours` });
  }

  /** A socket that brings ticks may still lack some: the broker loses requests, and drops subscriptions. */
  #askAgain(): void {
    const { clock, tickRates, ticking } = this.#options;
    this.#sender.askAgain(
      (key) => ticking(key, clock.now()),
      (key) => tickRates.ticksOften(key) ? tickRates.lastAt(key) ?? this.#liveSince : undefined,
    );
  }

  /** Replaces the connection. */
  reconnect(cause: Cause): void {
    this.#connection.reconnect(cause);
  }

  /** Unsubscribes and closes; settles when the socket is gone. */
  stop(): Promise<void> {
    this.#stopping = true;
    this.#outage.stop();
    this.#sender.leave();
    return this.#connection.stop();
  }

  #changed(state: ConnectionState, before: ConnectionState): void {
    const { clock, number: socket, traffic } = this.#options;
    traffic.changed(state, before);
    if (state.kind === "live") {
      this.#liveSince = clock.elapsed();
      log.info("socket {socket}: connected", { socket });
      return this.#outage.connected();
    }
    this.#liveSince = undefined;
    this.#sender.lost();
    if (this.#stopping) {
      if (state.kind === "stopped") log.info("socket {socket}: closed", { socket });
      return;
    }
    logTrouble(state, this.#options);
    if (before.kind === "live") this.#outage.lost();
    this.#tellTrouble(state, before);
  }

  /** Tells of the first sign of trouble, and of a refusal for good, also where there was never a connection. */
  #tellTrouble(state: ConnectionState, before: ConnectionState): void {
    if (!("cause" in state) || state.cause === undefined) return;
    const { kind, message, final } = state.cause;
    const cause = { kind, message };
    const since = this.#lastSignOfLife(before, state.cause);
    if (state.kind === "stopped" && final) this.#outage.refused(cause, since);
    else if (kind === "mute") this.#outage.silent(cause, since);
    else this.#outage.down(cause, since);
  }

  /** Where a gap begins: not where its loss was noticed, but where the last sign of life was. Wall time. */
  #lastSignOfLife(before: ConnectionState, cause: Cause): number {
    const { clock, policy } = this.#options;
    if (before.kind !== "live") return clock.now();
    const elapsed = cause.kind === "mute" ? this.#watchdog.silentSince : before.silentAt - policy.silentAfter;
    return clock.now() - (clock.elapsed() - elapsed);
  }
}
