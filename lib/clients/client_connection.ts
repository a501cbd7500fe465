import { getLogger } from "@logtape/logtape";
import { ANYONE, type Entitlement } from "../access/entitlement.ts";
import type { InstrumentKey, Mode } from "../market/market.ts";
import type { Clock, Moment } from "../util/clock.ts";
import type { RateLimit } from "../util/rate_limit.ts";
import { ChainParts } from "./chain_parts.ts";
import type { InstrumentChange } from "./client_event.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import type { Batch } from "./delivery/encoder.ts";
import type { Delivery } from "./delivery/fanout_group.ts";
import type { GroupMember } from "./delivery/group_member.ts";
import type { LagNews } from "./delivery/lag.ts";
import { type ClientSocket, Outbox } from "./delivery/outbox.ts";
import type { Traffic } from "./traffic.ts";
import type { WorkQueue } from "./work_queue.ts";

const log = getLogger(["clients"]);

export interface ClientConnectionOptions {
  /** Counts from 1 since the start; for the log. */
  readonly number: number;
  /** Its address. */
  readonly from: string;
  /** Whose limits count. */
  readonly peer: string;
  /** The name of the wire it speaks. */
  readonly protocol: string;
  /** Whether it may see all clients, and close them. */
  readonly mayOperate: boolean;
  readonly socket: ClientSocket;
  readonly clock: Clock;
  readonly traffic: Traffic;
  readonly delivery: Delivery;
  readonly entitlement: Entitlement;
  /** What it may ask for, in units of work. */
  readonly work: RateLimit;
  /** Where long messages take their turns. */
  readonly turns: WorkQueue;
  /** Closes the connection and forgets the client. */
  readonly end: (connection: ClientConnection, close: Close) => void;
}

/** A subscription to what is no more: its mode, and what became of it. */
export interface EndedSubscription {
  readonly mode: Mode;
  readonly state: "expired" | "replaced";
  readonly change: InstrumentChange;
}

/** One client, whatever wire it speaks: what it is subscribed to, how it is delivered, and its outbox. */
export class ClientConnection implements GroupMember {
  readonly #subscriptions = new Map<InstrumentKey, Mode>();
  /** Instruments of which it wants no ticks: something else is made of them for it. */
  readonly #quiet = new Set<InstrumentKey>();
  /** What is to be done at the end of a subscription. */
  readonly #ends = new Map<InstrumentKey, () => void>();
  readonly #since = new Map<InstrumentKey, Moment>();
  /** Subscriptions that ended since their instrument did, until the client gives them up or asks for them again. */
  readonly #ended = new Map<InstrumentKey, EndedSubscription>();
  readonly #options: ClientConnectionOptions;
  readonly connectedAt: number;
  #open = true;
  #refused = 0;
  #disarm = () => {};
  /** Of its subscriptions, those whose earlier ticks it is getting: they are not live yet. */
  readonly rewinding = new Set<InstrumentKey>();
  readonly outbox: Outbox;
  readonly chainParts = new ChainParts();
  delivery: Delivery;

  constructor(options: ClientConnectionOptions) {
    const { socket, clock, traffic, turns, delivery } = options;
    this.#options = options;
    this.delivery = delivery;
    this.connectedAt = clock.now();
    this.outbox = new Outbox({
      socket,
      clock,
      encoder: delivery.encoder,
      traffic,
      work: turns,
      giveUp: (why) => this.close(CLOSE[why]),
      lagging: (lag) => this.#tellLag(lag),
    });
  }

  get number(): number {
    return this.#options.number;
  }

  get from(): string {
    return this.#options.from;
  }

  get peer(): string {
    return this.#options.peer;
  }

  get work(): RateLimit {
    return this.#options.work;
  }

  get protocol(): string {
    return this.#options.protocol;
  }

  get mayOperate(): boolean {
    return this.#options.mayOperate;
  }

  get entitlement(): Entitlement {
    return this.#options.entitlement;
  }

  /** Bytes that were handed to its socket and are not sent yet. */
  get unread(): number {
    return this.#open ? this.#options.socket.buffered() : 0;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Calls back unless the client sends something within so many ms. */
  closeIfIdle(clock: Clock, ms: number, idle: () => void): void {
    this.#disarm = clock.after(ms, idle);
  }

  /** The client sent something. */
  noteActivity(): void {
    this.#disarm();
  }

  /** Takes units of work from what the client may ask for. Answers whether there were so many left. */
  takeWork(units: number): boolean {
    const taken = this.#options.work.take(units);
    this.#refused = taken ? 0 : this.#refused + 1;
    return taken;
  }

  /** Requests in a row that were refused since they came too fast. */
  get refused(): number {
    return this.#refused;
  }

  get subscriptions(): ReadonlyMap<InstrumentKey, Mode> {
    return this.#subscriptions;
  }

  /** When an instrument was subscribed. */
  subscribedAt(key: InstrumentKey): Moment | undefined {
    return this.#since.get(key);
  }

  get endedSubscriptions(): ReadonlyMap<InstrumentKey, EndedSubscription> {
    return this.#ended;
  }

  /** Remembers, until the client asks anew, that a subscription has ended without its doing. */
  noteEnded(key: InstrumentKey, ended: EndedSubscription): void {
    this.#ended.set(key, ended);
  }

  /** Whether the client wants no ticks of an instrument that it has subscribed; a part of a chain always has them. */
  isQuiet(key: InstrumentKey): boolean {
    return this.#quiet.has(key) && !this.chainParts.isPart(key);
  }

  setQuiet(key: InstrumentKey, quiet: boolean): void {
    if (quiet) this.#quiet.add(key);
    else this.#quiet.delete(key);
  }

  /** Calls `ended` when the subscription to an instrument ends before the connection does. */
  whenEnded(key: InstrumentKey, ended: () => void): void {
    this.#ends.set(key, ended);
  }

  /** @param mode Undefined ends the subscription. */
  setSubscription(key: InstrumentKey, mode: Mode | undefined, at: Moment): void {
    this.#ended.delete(key);
    if (mode === undefined) {
      this.#subscriptions.delete(key);
      this.#since.delete(key);
      this.#quiet.delete(key);
      this.#ends.get(key)?.();
      this.#ends.delete(key);
      return;
    }
    this.#subscriptions.set(key, mode);
    if (!this.#since.has(key)) this.#since.set(key, at);
  }

  #tellLag({ ms, conflated }: LagNews): void {
    const { number, from, entitlement } = this;
    const token = entitlement === ANYONE ? "" : ` (${entitlement.name})`;
    const seconds = (ms / 1000).toFixed(1);
    if (conflated === undefined) {
      log.warn("client {number}{token} from {from} reads too slowly: {seconds} s behind", {
        number,
        token,
        from,
        seconds,
      });
    } else {
      log.info(
        "client {number}{token} from {from} has caught up after {seconds} s; {conflated} ticks were replaced by newer ones",
        { number, token, from, seconds, conflated },
      );
    }
  }

  deliver(batch: Batch): void {
    this.outbox.deliver(batch);
  }

  drain(): void {
    this.outbox.drain();
  }

  /** Sends text past all data that may be waiting. */
  send(text: string): void {
    if (this.#open) this.outbox.sendNow(text);
  }

  /** Ends the connection from our side. */
  close(close: Close): void {
    this.#options.end(this, close);
  }

  /** The socket is gone, or is to be regarded as gone. */
  ended(): void {
    this.#open = false;
    this.#disarm();
    this.outbox.close();
  }

  /** Closes the socket; {@linkcode close} is for everyone but the registry of clients. */
  closeSocket({ code, reason }: Close): void {
    if (!this.#open) return;
    this.ended();
    try {
      this.#options.socket.close(code, reason);
    } catch (error) {
      log.warn("client {number}: its socket could not be closed: {error}", { number: this.number, error });
    }
  }
}
