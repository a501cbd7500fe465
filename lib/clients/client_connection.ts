import { getLogger } from "@logtape/logtape";
import type { Entitlement } from "../access/entitlement.ts";
import type { Clock } from "../util/clock.ts";
import type { RateLimit } from "../util/rate_limit.ts";
import type { InstrumentKey, Mode } from "../market/market.ts";
import type { FanoutGroup, GroupMember } from "./delivery/fanout_group.ts";
import type { Close } from "./close_codes.ts";
import type { DeliveryOptions, Encoder } from "./json/delivery_options.ts";
import type { Batch, ClientSocket, Outbox } from "./delivery/outbox.ts";

const log = getLogger(["clients"]);

export interface SessionOptions {
  readonly number: number;
  readonly socket: ClientSocket;
  readonly outbox: Outbox;
  readonly contract: DeliveryOptions;
  readonly entitlement: Entitlement;
  /** How often it may ask. */
  readonly commands: RateLimit;
}

/** One client: what it wants, its contract, its group and its outbox. */
export class ClientConnection implements GroupMember {
  readonly #wants = new Map<InstrumentKey, Mode>();
  readonly #since = new Map<InstrumentKey, number>();
  group: FanoutGroup | undefined;
  #open = true;

  readonly #socket: ClientSocket;
  readonly #commands: RateLimit;
  #refused = 0;
  #disarm = () => {};
  /** Counts from 1 since the start; for the log. */
  readonly number: number;
  readonly outbox: Outbox;
  readonly entitlement: Entitlement;
  contract: DeliveryOptions;

  constructor({ number, socket, outbox, contract, entitlement, commands }: SessionOptions) {
    this.number = number;
    this.#socket = socket;
    this.outbox = outbox;
    this.contract = contract;
    this.entitlement = entitlement;
    this.#commands = commands;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Calls back unless the client says something within so many ms. */
  waitForWord(clock: Clock, ms: number, silent: () => void): void {
    this.#disarm = clock.after(ms, silent);
  }

  /** It said something. */
  heard(): void {
    this.#disarm();
  }

  /** Whether one more command is to be obeyed. */
  mayAsk(): boolean {
    const may = this.#commands.take();
    this.#refused = may ? 0 : this.#refused + 1;
    return may;
  }

  /** Commands in a row that came too fast. */
  get refused(): number {
    return this.#refused;
  }

  /** What it asked for, by instrument. */
  get wants(): ReadonlyMap<InstrumentKey, Mode> {
    return this.#wants;
  }

  /** When an instrument was asked for, ms since the Unix epoch. */
  since(key: InstrumentKey): number | undefined {
    return this.#since.get(key);
  }

  want(key: InstrumentKey, mode: Mode, now: number): void {
    this.#wants.set(key, mode);
    if (!this.#since.has(key)) this.#since.set(key, now);
  }

  unwant(key: InstrumentKey): void {
    this.#wants.delete(key);
    this.#since.delete(key);
  }

  deliver(batch: Batch): void {
    this.outbox.deliver(batch);
  }

  /** An answer or news, past all data that may be waiting. */
  tell(message: unknown): void {
    if (this.#open) this.outbox.sendNow(JSON.stringify(message));
  }

  /** Takes over another contract. */
  rewire(wire: Encoder): void {
    this.outbox.rewire(wire);
  }

  /** Nothing that is kept for a slow client may tell of an instrument it has given up. */
  forgetUnwanted(): void {
    this.outbox.keepOnly(this.#wants);
  }

  /** The socket is gone, or is to be regarded as gone. */
  ended(): void {
    this.#open = false;
    this.#disarm();
    this.outbox.close();
  }

  close({ code, reason }: Close): void {
    if (!this.#open) return;
    this.ended();
    try {
      this.#socket.close(code, reason);
    } catch (error) {
      log.warn("client {number}: its socket could not be closed: {error}", { number: this.number, error });
    }
  }
}
