import type { InstrumentKey } from "../market/market.ts";
import type { RecordedEvent } from "./recorded_event.ts";

/** The kinds of records, by their numbers in the file. */
export const KIND = { tick: 1, refused: 2, event: 3 } as const;

/** Before each record's body: its kind (u8), the body's length (u32), its time less the block's base (i32, ms). */
export const RECORD_HEAD_BYTES = 9;

/** Of a refused packet no more is kept; the longest true one has 443 bytes. */
const MAX_REFUSED_BYTES = 64 * 1024;

/** One record as it was written. `at` is when it came, ms since the Unix epoch. */
export type Recorded =
  /** A packet that gave a believed tick; the broker's bytes. */
  | { readonly kind: "tick"; readonly at: number; readonly packet: Uint8Array }
  /** A packet that the decoder or the guard refused. */
  | {
    readonly kind: "refused";
    readonly at: number;
    readonly packet: Uint8Array;
    readonly reason: string;
    readonly key?: InstrumentKey;
    /** What the packet's length was, where not all of it was kept. */
    readonly length?: number;
  }
  | { readonly kind: "event"; readonly at: number; readonly event: RecordedEvent };

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true });

export function eventBody(event: RecordedEvent): Uint8Array {
  return utf8.encode(JSON.stringify(event));
}

/** The length of a JSON text (u16), the text, and the packet. */
export function refusedBody(reason: string, packet: Uint8Array, key?: InstrumentKey): Uint8Array {
  const kept = packet.subarray(0, MAX_REFUSED_BYTES);
  const cut = kept.length < packet.length ? { length: packet.length } : {};
  const words = utf8.encode(JSON.stringify({ reason, ...key === undefined ? {} : { key }, ...cut }));
  const body = new Uint8Array(2 + words.length + kept.length);
  new DataView(body.buffer).setUint16(0, words.length, true);
  body.set(words, 2);
  body.set(kept, 2 + words.length);
  return body;
}

/**
 * Reads the records of an unpacked payload in the order in which they came. Packets are views into it.
 *
 * @throws {Error} The bytes are no records. The checksum has held, so a program wrote them wrong.
 */
export function* readRecords(raw: Uint8Array, base: number): Generator<Recorded> {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  for (let at = 0; at < raw.length;) {
    const end = at + RECORD_HEAD_BYTES +
      (at + RECORD_HEAD_BYTES <= raw.length ? view.getUint32(at + 1, true) : 0);
    if (end > raw.length) throw new Error(`the record at ${at} goes on beyond its block`);
    const time = base + view.getInt32(at + 5, true);
    const body = raw.subarray(at + RECORD_HEAD_BYTES, end);
    const kind = raw[at];
    at = end;
    if (kind === KIND.tick) yield { kind: "tick", at: time, packet: body };
    else if (kind === KIND.refused) yield { kind: "refused", at: time, ...readRefused(body) };
    else if (kind === KIND.event) yield { kind: "event", at: time, event: JSON.parse(text.decode(body)) };
    // A kind of a later version: its length says how to pass it by.
  }
}

function readRefused(body: Uint8Array): { packet: Uint8Array; reason: string; key?: InstrumentKey } {
  const length = body.length < 2 ? Infinity : body[0]! + body[1]! * 256;
  if (2 + length > body.length) throw new Error("a refused packet has no reason");
  return { ...JSON.parse(text.decode(body.subarray(2, 2 + length))), packet: body.subarray(2 + length) };
}
