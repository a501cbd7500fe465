import { getLogger } from "@logtape/logtape";
import type { InstrumentKey } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { Traffic } from "../traffic.ts";
import type { WorkQueue } from "../work_queue.ts";
import type { Batch, Encoder, Frame, FrameSink, Payload } from "./encoder.ts";
import { Lag, type LagNews } from "./lag.ts";
import { makeInTurns, partsOf } from "./long_batches.ts";
import { type Release, SendQueue } from "./send_queue.ts";

/** One client's socket, as far as we need it. */
export interface ClientSocket {
  send(frame: Frame): void;
  close(code: number, reason: string): void;
  /** Bytes handed over and not yet taken by the operating system; of a few kB, how many it may be at most. */
  buffered(): number;
}

export interface OutboxOptions {
  readonly socket: ClientSocket;
  readonly clock: Clock;
  readonly encoder: Encoder;
  readonly traffic: Traffic;
  /** Where long messages take their turns. */
  readonly work: WorkQueue;
  /** Called when the client stays stuck, or asks and asks and does not read the answers. */
  readonly giveUp: (why: "tooSlow" | "unread") => void;
  /** Told once when a lag is no passing one, and once when that lag is over. */
  readonly lagging?: (news: LagNews) => void;
}

/** Handed over and not taken: above this a client is a slow consumer. */
export const LAG_BYTES = 256 * 1024;

/** Answers and events are not held back, and cannot be dropped: above this the client is closed. */
const UNREAD_BYTES = 4 * 1024 * 1024;

/** Below this it has caught up. */
const CAUGHT_UP_BYTES = 32 * 1024;

/** How often a slow consumer is looked at. */
const LOOK_EVERY_MS = 100;

/** Lagging, and not reading anything at all for so long, ends in the close. */
export const STUCK_AFTER_MS = 30_000;

const log = getLogger(["clients"]);

/**
 * What one client has not yet been sent. Everything that has an order leaves in it: batches, snapshots and answers,
 * also where one of them is still being compressed. While the client keeps up nothing else is kept here. When its
 * socket holds too much, nothing more is handed over: the newest tick per instrument waits, and the message that ends
 * the lag says how many it replaced.
 */
export class Outbox implements FrameSink {
  readonly #options: OutboxOptions;
  readonly #queue = new SendQueue((batch) => this.#deliverNow(batch));
  #encoder: Encoder;
  #seq = 0;
  #conflated = 0;
  #bytes = 0;
  #lag: Lag | undefined;
  #disarm = () => {};
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#encoder = options.encoder;
  }

  /** Ticks that newer ones replaced, since the beginning. */
  get conflated(): number {
    return this.#conflated;
  }

  /** Handed to the socket since the beginning; of text in UTF-16 units, which are bytes for everything but rare names. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For how long the client has been lagging, ms; undefined while it keeps up. */
  get laggingMs(): number | undefined {
    return this.#lag && this.#options.clock.elapsed() - this.#lag.since;
  }

  /** Whether a part of what it was given has still to be made, sent or taken. */
  get isBehind(): boolean {
    return !this.#queue.isEmpty || this.#lag !== undefined || this.isFull;
  }

  /** Whether the client has still to take so much that it is better not to be given more. */
  get isFull(): boolean {
    return this.unread > CAUGHT_UP_BYTES;
  }

  /** Bytes that were handed over and not taken yet. */
  get unread(): number {
    return this.#options.socket.buffered();
  }

  /** Instruments that are waiting for a lagging client. */
  get waiting(): number {
    return this.#lag?.latest.size ?? 0;
  }

  /** Sends a batch in its turn: when it is made, and when all before it has left. */
  deliver(batch: Batch): void {
    if (this.#closed) return;
    if (this.#queue.isEmpty && batch.payload !== undefined) return this.#deliverNow(batch);
    this.#queue.add(batch);
    if (this.#queue.isOverfull) this.#options.giveUp("tooSlow");
  }

  /** Holds back all that is given from here on, but for what is sent ahead. The answer lets it go. */
  hold(): Release {
    return this.#queue.hold();
  }

  /** Sends a message now, before all that waits. */
  sendAhead(payload: Payload): void {
    if (!this.#closed) payload.sendTo(this, ++this.#seq);
  }

  /** Does something in its turn among the batches, such as sending an answer. */
  inOrder(action: () => void): void {
    if (this.#closed) return;
    if (this.#queue.isEmpty) action();
    else this.#queue.add(action);
  }

  /** A batch that was being made is made. */
  drain(): void {
    this.#queue.drain();
  }

  /** Sends what no lag and no batch may hold back: answers in their turn, and events. */
  sendNow(text: string): void {
    if (this.#closed) return;
    if (this.#options.socket.buffered() > UNREAD_BYTES) return this.#options.giveUp("unread");
    this.#hand(text, "message");
  }

  /** Takes over another encoder. What waits was made for the old one and is dropped: a snapshot has to follow. */
  setEncoder(encoder: Encoder): void {
    this.#encoder = encoder;
    this.#lag?.clear();
  }

  /** Drops what waits of instruments that are no longer subscribed. */
  keepOnly(subscribed: ReadonlyMap<InstrumentKey, unknown>): void {
    this.#lag?.keepOnly(subscribed);
  }

  /** Marks what waits of some instruments: it is of before an outage, or of before the market's close. */
  markStale(isStale: (key: InstrumentKey) => boolean): void {
    this.#lag?.markStale(isStale);
    this.#queue.markStale(isStale);
  }

  /** Nothing is sent, kept or timed from here on. */
  close(): void {
    this.#closed = true;
    this.#queue.close();
    this.#lag = undefined;
    this.#disarm();
  }

  sendFrame(frame: Frame): void {
    this.#hand(frame, this.#encoder.encoding);
  }

  #deliverNow(batch: Batch): void {
    if (batch.pieces.length === 0) return;
    if (this.#lag !== undefined || this.#options.socket.buffered() > LAG_BYTES) return this.#keep(batch);
    const { conflated } = batch;
    const payload = batch.payload!;
    this.#conflated += conflated;
    this.#options.traffic.conflated += conflated;
    if (!payload.marked) { for (const notice of this.#encoder.noticesOf(batch)) this.sendNow(notice); }
    payload.sendTo(this, ++this.#seq);
  }

  /** A socket that fails is its client's trouble alone; its own event tells that it is gone. */
  #hand(frame: Frame, kind: string): void {
    try {
      this.#options.socket.send(frame);
      this.#bytes += frame.length;
      this.#options.traffic.frame(kind, frame);
    } catch (error) {
      log.warn("a client's socket failed; it is dropped and may connect again: {error}", { error });
    }
  }

  #keep(batch: Batch): void {
    if (this.#lag === undefined) {
      this.#lag = new Lag(this.#options.clock.elapsed(), this.#options.socket.buffered());
      this.#lookLater();
    }
    this.#lag.keep(batch);
  }

  #lookLater(): void {
    this.#disarm = this.#options.clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  #look(): void {
    if (this.#lag === undefined) return;
    const unread = this.#options.socket.buffered();
    const now = this.#options.clock.elapsed();
    if (unread <= CAUGHT_UP_BYTES) return this.inOrder(() => this.#catchUp());
    const unreadMs = this.#lag.look(now, unread);
    if (this.#lag.isNews(now)) this.#options.lagging?.({ ms: now - this.#lag.since });
    if (unreadMs >= STUCK_AFTER_MS) return this.#options.giveUp("tooSlow");
    this.#lookLater();
  }

  /** In its turn, so that every older batch has been kept and no newer one has been sent. */
  #catchUp(): void {
    const lag = this.#lag;
    if (lag === undefined) return;
    this.#lag = undefined;
    if (lag.told) {
      this.#options.lagging?.({ ms: this.#options.clock.elapsed() - lag.since, conflated: lag.replaced });
    }
    const batches = lag.batches().flatMap((batch) => partsOf(batch) ?? [batch]);
    this.#queue.addFirst(batches);
    const { clock, work } = this.#options;
    const encoder = this.#encoder;
    makeInTurns(batches, {
      work,
      lane: this,
      encode: (batch) => encoder.encode(batch.pieces, { ...batch, sentAt: clock.now() }),
      made: () => this.drain(),
    });
  }
}
