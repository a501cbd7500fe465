import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../util/clock.ts";
import type { InstrumentKey } from "../../market/market.ts";
import type { DeliveryLine } from "./delivery_line.ts";
import { DEFAULT_DELIVERY, type Encoder, encoderFor } from "../json/delivery_options.ts";
import type { Payload, Piece } from "../json/payload.ts";
import { type FrameKind, Traffic } from "../traffic.ts";

/** One client's socket, as far as we need it. */
export interface ClientSocket {
  send(frame: string | Uint8Array<ArrayBuffer>): void;
  close(code: number, reason: string): void;
  /** Bytes handed over and not yet taken by the operating system. */
  buffered(): number;
}

/** A batch of ticks on its way to everyone in an group: the message, and what it is made of. */
export interface Batch {
  readonly payload: Payload;
  readonly keys: readonly InstrumentKey[];
  readonly texts: readonly Piece[];
  /** Ticks that were replaced before the batch was made. */
  readonly conflated: number;
}

/** Handed over and not taken: above this a client counts as lagging. */
export const LAG_BYTES = 256 * 1024;

/** Answers and news are not held back, and cannot be dropped: above this its client is. */
const UNREAD_BYTES = 4 * 1024 * 1024;

/** Below this it has caught up. */
const CAUGHT_UP_BYTES = 32 * 1024;

/** How often a lagging client is looked at. */
const LOOK_EVERY_MS = 100;

/** Lagging, and not reading anything at all for so long, ends in the close. */
const STUCK_AFTER_MS = 30_000;

const log = getLogger(["clients"]);

interface Lag {
  readonly since: number;
  /** When it was last seen to read: what it had not taken became less. */
  readAt: number;
  unread: number;
  /** What is kept meanwhile: one text per instrument, so bounded by the number of its instruments. */
  readonly latest: Map<InstrumentKey, Piece>;
  replaced: number;
}

/**
 * What one client has not yet taken. While it keeps up nothing is kept here. When its socket holds too much, nothing
 * more is handed over: the newest tick per instrument waits, and the message that ends the lag says how many it
 * replaced.
 */
export class Outbox {
  #seq = 0;
  #conflated = 0;
  #lag: Lag | undefined;
  #disarm = () => {};
  #closed = false;

  constructor(
    private readonly socket: ClientSocket,
    private readonly clock: Clock,
    private readonly line: DeliveryLine,
    /** Called when the client stays stuck, or asks and asks and does not read the answers. */
    private readonly giveUp: (why: "tooSlow" | "unread") => void,
    private wire: Encoder = encoderFor(DEFAULT_DELIVERY),
    private readonly traffic = new Traffic(),
  ) {}

  /** Ticks that newer ones replaced, since the beginning. */
  get conflated(): number {
    return this.#conflated;
  }

  /** Since when the client lags, ms since the Unix epoch; undefined while it keeps up. */
  get laggingSince(): number | undefined {
    return this.#lag?.since;
  }

  /** Takes over another contract. What waits was made for the old one and is dropped: a snapshot has to follow. */
  rewire(wire: Encoder): void {
    this.wire = wire;
    this.#lag?.latest.clear();
  }

  deliver(batch: Batch): void {
    if (this.#closed) return;
    if (this.#lag === undefined && this.socket.buffered() <= LAG_BYTES) {
      this.#conflated += batch.conflated;
      this.traffic.conflated += batch.conflated;
      // What a message has no place for goes before it.
      if (batch.conflated > 0 && !batch.payload.marked) this.sendNow(conflatedNews(batch.conflated));
      this.#hand(batch.payload.frame(++this.#seq), this.wire.encoding);
      return;
    }
    this.#keep(batch);
  }

  /** Sends what no lag may hold back: answers and news. */
  sendNow(text: string): void {
    if (this.#closed) return;
    if (this.socket.buffered() > UNREAD_BYTES) return this.giveUp("unread");
    this.#hand(text, "message");
  }

  /** Nothing is sent, kept or timed from here on. */
  close(): void {
    this.#closed = true;
    this.#lag = undefined;
    this.#disarm();
  }

  /** Instruments that are waiting for a lagging client. */
  get waiting(): number {
    return this.#lag?.latest.size ?? 0;
  }

  /** Drops what waits of instruments that are no longer wanted. */
  keepOnly(wanted: ReadonlyMap<InstrumentKey, unknown>): void {
    if (this.#lag === undefined) return;
    for (const key of this.#lag.latest.keys()) if (!wanted.has(key)) this.#lag.latest.delete(key);
  }

  /** A socket that fails is its client's trouble alone; that it is gone will be told by its own event. */
  #hand(frame: string | Uint8Array<ArrayBuffer>, kind: FrameKind): void {
    try {
      this.socket.send(frame);
      this.traffic.frame(kind, frame);
    } catch (error) {
      log.warn("a client's socket failed; it is dropped and may connect again: {error}", { error });
    }
  }

  #keep({ keys, texts, conflated }: Batch): void {
    if (this.#lag === undefined) {
      const now = this.clock.now();
      this.#lag = { since: now, readAt: now, unread: this.socket.buffered(), latest: new Map(), replaced: 0 };
      this.#lookLater();
    }
    const lag = this.#lag;
    lag.replaced += conflated;
    for (let i = 0; i < keys.length; i++) {
      if (lag.latest.delete(keys[i])) lag.replaced++;
      lag.latest.set(keys[i], texts[i]);
    }
  }

  #lookLater(): void {
    this.#disarm = this.clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  #look(): void {
    if (this.#lag === undefined) return;
    const unread = this.socket.buffered();
    if (unread <= CAUGHT_UP_BYTES) {
      this.line.add(undefined, () => this.#catchUp());
      return;
    }
    // News and answers go on, so it may also become more.
    if (unread < this.#lag.unread) this.#lag.readAt = this.clock.now();
    this.#lag.unread = unread;
    if (this.clock.now() - this.#lag.readAt >= STUCK_AFTER_MS) return this.giveUp("tooSlow");
    this.#lookLater();
  }

  /** In its turn on the line, so that every older batch has been kept and no newer one has been sent. */
  #catchUp(): void {
    const lag = this.#lag;
    if (lag === undefined) return;
    this.#lag = undefined;
    const keys = [...lag.latest.keys()];
    const texts = [...lag.latest.values()];
    const conflated = lag.replaced;
    if (keys.length === 0) return;
    this.deliver({
      payload: this.wire.encode(texts, { conflated, sentAt: this.clock.now() }),
      keys,
      texts,
      conflated,
    });
  }
}

function conflatedNews(conflated: number): string {
  return JSON.stringify({
    type: "system",
    status: "conflated",
    conflated,
    message: `${conflated} ticks were replaced by newer ones`,
  });
}
