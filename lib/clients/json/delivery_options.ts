import { type Mode, MODE_NUMBERS } from "../../market/market.ts";
import type { Freshness } from "../../feed/freshness.ts";
import { encodeBinary, encodePayload, type Marks, type Payload, type Piece } from "./payload.ts";
import { FIELDS, type TickJson } from "./tick_json.ts";

export const ENCODINGS = ["gzip", "json", "binary"] as const;

export type Encoding = typeof ENCODINGS[number];

/** How a client wants its ticks. */
export interface DeliveryOptions {
  readonly encoding: Encoding;
  /** ms; 0 for every tick, else the latest value of each instrument once in each interval. */
  readonly interval: number;
  /** The fields of a tick, of those its mode has; all of them when undefined. */
  readonly fields?: readonly string[];
}

export const DEFAULT_DELIVERY: DeliveryOptions = { encoding: "gzip", interval: 0 };

export const MAX_INTERVAL_MS = 60_000;

/**
 * The contract that an address asks for, e.g. `?encoding=json&interval=500`.
 *
 * @returns A sentence about what is wrong with it, where something is.
 */
export function readDeliveryOptions(query: URLSearchParams): DeliveryOptions | string {
  const encoding = query.get("encoding") ?? DEFAULT_DELIVERY.encoding;
  const interval = query.get("interval") ?? "0";
  if (!isEncoding(encoding)) return `encoding: must be one of ${ENCODINGS.join(", ")}`;
  if (!/^[0-9]{1,5}$/.test(interval) || Number(interval) > MAX_INTERVAL_MS) {
    return `interval: must be a number of milliseconds from 0 to ${MAX_INTERVAL_MS}`;
  }
  return { encoding, interval: Number(interval) };
}

function isEncoding(word: string): word is Encoding {
  return (ENCODINGS as readonly string[]).includes(word);
}

/** Bytes of the broker's packet that a mode has; each begins with the one before it. */
const PACKET_BYTES: Readonly<Record<Mode, number>> = { ltp: 51, quote: 123, snapquote: 379 };

/** The one field that is not a tick's: when the proxy made the message. */
const SENT_AT = "sent_at";

/** All that a contract may ask for. */
export const DELIVERY_FIELDS: readonly string[] = [...FIELDS, SENT_AT];

/** A contract as work: what is made of a tick, and of many. */
export interface Encoder {
  readonly encoding: Encoding;
  pieceOf(item: TickJson, mode: Mode): Piece;
  snapshotOf(item: TickJson, mode: Mode, freshness: Freshness): Piece;
  encode(pieces: readonly Piece[], marks: Marks): Payload;
}

export function encoderFor({ encoding, fields }: DeliveryOptions): Encoder {
  if (encoding === "binary") return BINARY;
  // A part of the message and not of its ticks: it is the same for all of them.
  const stamped = fields?.includes(SENT_AT) ?? false;
  const encode = (pieces: readonly Piece[], { sentAt, ...marks }: Marks) =>
    encodePayload(pieces as readonly string[], stamped ? { ...marks, sentAt } : marks, encoding === "gzip");
  if (fields === undefined) {
    return {
      encoding,
      pieceOf: (item, mode) => item.in(mode),
      snapshotOf: (item, mode, freshness) => item.asSnapshot(mode, freshness),
      encode,
    };
  }
  const ofTick = fields.filter((field) => field !== SENT_AT);
  return {
    encoding,
    pieceOf: (item, mode) => item.only(ofTick, mode),
    snapshotOf: (item, mode, freshness) => item.only(ofTick, mode, freshness),
    encode,
  };
}

const BINARY: Encoder = {
  encoding: "binary",
  pieceOf: packetIn,
  snapshotOf: packetIn,
  encode: (pieces) => encodeBinary(pieces as readonly Uint8Array[]),
};

/** The broker's packet, or the beginning of it that a lower mode has, with that mode's number. */
function packetIn({ packet }: TickJson, mode: Mode): Uint8Array<ArrayBuffer> {
  const length = PACKET_BYTES[mode];
  if (packet.length <= length) return packet;
  const cut = packet.slice(0, length);
  cut[0] = MODE_NUMBERS[mode];
  return cut;
}

/** Tells contracts apart. */
export function deliveryKey({ encoding, interval, fields }: DeliveryOptions): string {
  return `${encoding} ${interval} ${fields?.join() ?? ""}`;
}

/** Fields that nobody knows, of those a client asks for. */
export function unknownFields(fields: readonly string[]): string[] {
  return fields.filter((field) => !DELIVERY_FIELDS.includes(field));
}
