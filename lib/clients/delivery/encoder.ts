import type { Freshness } from "../../feed/freshness.ts";
import type { MarketTick } from "../../feed/market_tick.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";

export type Frame = string | Uint8Array<ArrayBuffer>;

/** One tick as it stands in a message of some wire. */
export type Piece = string | Uint8Array<ArrayBuffer>;

/** What a data message says of itself beside its ticks. */
export interface Marks {
  /** These are last known values, not news. */
  readonly snapshot?: boolean;
  /** These ticks waited while their feed went down or their market closed: they are of before that. */
  readonly stale?: boolean;
  /** These ticks are of a recording. */
  readonly source?: "replay" | undefined;
  /** Ticks that newer ones replaced before they could be sent. */
  readonly conflated?: number;
  /** When the message was made, ms since the Unix epoch. */
  readonly sentAt?: number;
}

/** Takes the frames of a message. */
export interface FrameSink {
  sendFrame(frame: Frame): void;
}

/** The part of a data message that all its receivers share. */
export interface Payload {
  /** Hands the frames of the message to a client. @param seq The client's own number of this message, from 1. */
  sendTo(sink: FrameSink, seq: number): void;
  /** Length of the ticks in it as they are sent, for counting. */
  readonly size: number;
  /** Whether the message itself has its marks; otherwise {@linkcode Encoder.noticesOf} tells of them. */
  readonly marked: boolean;
}

/** How ticks become messages of one wire. Clients whose encoders have the same key can share messages. */
export interface Encoder {
  readonly key: string;
  /** Under which the frames are counted. */
  readonly encoding: string;
  /** Undefined where the tick shows nothing in the mode, or nothing that this wire could mark as doubtful. */
  pieceOf(tick: MarketTick, mode: Mode): Piece | undefined;
  /** One of the last known values, with what it is worth now. */
  snapshotOf(tick: MarketTick, mode: Mode, freshness: Freshness): Piece | undefined;
  /** A promise where compression takes a moment; it never rejects. */
  encode(pieces: readonly Piece[], marks: Marks): Payload | Promise<Payload>;
  /** Tells of a message's marks before it, where it has no place for them; nothing where the wire has no words for it. */
  noticesOf(marks: Pick<Marks, "conflated" | "stale">): readonly string[];
}

/** Ticks on their way to their clients: what they are made of, and the message as soon as it is made. */
export interface Batch {
  readonly keys: readonly InstrumentKey[];
  readonly pieces: readonly Piece[];
  /** Its feed went down, or its market closed, before the message was made. */
  stale?: boolean;
  /** Ticks that were replaced before the batch was made. */
  readonly conflated: number;
  /** Undefined while the message waits for its turn, or is being compressed. */
  payload: Payload | undefined;
}
