import { getLogger } from "@logtape/logtape";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import { subscriptionRequest } from "../../smartapi/request.ts";
import type { Clock } from "../../util/clock.ts";
import type { Refusal } from "../upstream.ts";
import { Answers } from "./answers.ts";
import { RefusedRequests } from "./refused_requests.ts";
import { nextChange, SentSubscriptions, type SubscriptionChange } from "./subscription_plan.ts";

export interface SubscriptionSenderOptions {
  /** That of the socket, for the log. */
  readonly number: number;
  readonly clock: Clock;
  /** What is wanted of the socket. */
  readonly wanted: () => ReadonlyMap<InstrumentKey, Mode>;
  /** Notes a request under an id that an error may name. */
  readonly register: (change: SubscriptionChange) => string;
}

/** Between two messages on one socket; bursts of them got lost at the broker. */
const MESSAGE_SPACING_MS = 200;

const log = getLogger(["broker"]);

/** Brings one connection to what is wanted of it, message by message; what was refused, later again. */
export class SubscriptionSender {
  readonly #options: SubscriptionSenderOptions;
  readonly #sent = new SentSubscriptions();
  readonly #refused: RefusedRequests;
  readonly #answers = new Answers();
  /** Sends on the present connection; undefined while there is none. */
  #send: ((text: string) => void) | undefined;
  /** A message has just left; the next one waits. */
  #pacing = false;
  #disarmPacing = () => {};
  #disarmRetry = () => {};

  constructor(options: SubscriptionSenderOptions) {
    this.#options = options;
    this.#refused = new RefusedRequests(options.clock);
  }

  /** Subscriptions (instrument and mode) that the broker holds, of the socket's quota. */
  get count(): number {
    return this.#sent.count;
  }

  /** There is a new connection, which holds nothing. */
  opened(send: (text: string) => void): void {
    this.#send = send;
    this.#sent.clear();
    this.#answers.clear();
    this.#refused.clear();
    this.sendNext();
  }

  /** The connection is gone. */
  lost(): void {
    this.#send = undefined;
    this.#disarmRetry();
  }

  /** Sends the next message that brings the socket nearer to what is wanted, and looks again a little later. */
  sendNext(): void {
    if (this.#pacing || this.#send === undefined) return;
    const wanted = this.#options.wanted();
    const change = nextChange(this.#sent, wanted, (key, mode) => this.#refused.holds(key, mode)) ??
      this.#refused.takeDue(wanted);
    if (change === undefined) return this.#armRetry();
    this.#request(change);
    this.#pacing = true;
    this.#disarmPacing = this.#options.clock.after(MESSAGE_SPACING_MS, () => {
      this.#pacing = false;
      this.sendNext();
    });
  }

  /** What is wanted has changed. */
  wantedChanged(): void {
    this.#refused.keepOnly(this.#options.wanted());
    this.sendNext();
  }

  /**
   * A tick came. Answers whether it is the first one after a request: the last value there is, which tells that the
   * request was heard, and not that anything is traded.
   */
  isFirst(key: InstrumentKey): boolean {
    this.#refused.served(key);
    return this.#answers.packet(key);
  }

  /** The broker has refused a request: it is made again later. */
  noteRefusal(change: SubscriptionChange, code: string, message: string): void {
    if (change.action === "unsubscribe") return;
    for (const key of change.keys) this.#answers.forget(key);
    this.#sent.note({ ...change, action: "unsubscribe" });
    const ms = this.#refused.note(change, code, message);
    log.info("socket {socket}: the refused request is made again in {seconds} s", {
      socket: this.#options.number,
      seconds: ms / 1000,
    });
    this.sendNext();
  }

  /** What the broker has answered instead of serving an instrument. */
  refusalOf(key: InstrumentKey): Refusal | undefined {
    return this.#refused.of(key);
  }

  /** Requests for an instrument on this connection that no packet has answered. */
  unanswered(key: InstrumentKey): number {
    return this.#answers.unanswered(key);
  }

  /**
   * Asks again, a few times, for what was asked for in vain.
   *
   * @param mayAsk Whether an instrument should tick now.
   * @param silentSince Since when what ticks often has not, elapsed ms; undefined for all others.
   */
  askAgain(
    mayAsk: (key: InstrumentKey) => boolean,
    silentSince: (key: InstrumentKey) => number | undefined,
  ): void {
    if (this.#send === undefined) return;
    const now = this.#options.clock.elapsed();
    let count = 0;
    for (const [key, mode] of this.#options.wanted()) {
      if (!this.#sent.has(key, mode) || !this.#answers.isDue(key, now, silentSince(key)) || !mayAsk(key)) {
        continue;
      }
      // As if it had not been sent: the broker may have lost it, or dropped the subscription.
      this.#sent.note({ action: "unsubscribe", mode, keys: [key] });
      count++;
    }
    if (count === 0) return;
    log.info("socket {socket}: {count} instruments brought nothing and are asked for again", {
      socket: this.#options.number,
      count,
    });
    this.sendNext();
  }

  /** Unsubscribes from everything, at once. */
  leave(): void {
    this.#disarmPacing();
    const nothing = new Map<InstrumentKey, Mode>();
    for (let change; this.#send !== undefined && (change = nextChange(this.#sent, nothing)) !== undefined;) {
      this.#request(change);
    }
    this.lost();
  }

  #armRetry(): void {
    this.#disarmRetry();
    const ms = this.#refused.nextInMs;
    if (ms !== undefined) this.#disarmRetry = this.#options.clock.after(ms, () => this.sendNext());
  }

  #request(change: SubscriptionChange): void {
    const { action, keys, mode } = change;
    this.#send?.(subscriptionRequest(action, this.#options.register(change), mode, keys));
    this.#sent.note(change);
    for (const key of keys) {
      if (action === "subscribe") this.#answers.requested(key, this.#options.clock.elapsed());
      else this.#answers.forget(key);
    }
    log.debug("socket {socket}: {action} {count} instruments in mode {mode}", {
      socket: this.#options.number,
      action,
      count: keys.length,
      mode,
    });
  }
}
