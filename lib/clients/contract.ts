import { type Mode, MODE_NUMBERS } from "../market.ts";
import type { Freshness } from "../feed/freshness.ts";
import { encodeBinary, encodePayload, type Marks, type Payload, type Piece } from "./payload.ts";
import { FIELDS, type TickText } from "./tick_text.ts";

export const ENCODINGS = ["gzip", "json", "binary"] as const;

export type Encoding = typeof ENCODINGS[number];

/** How a client wants its ticks. */
export interface Contract {
  readonly encoding: Encoding;
  /** ms; 0 for every tick, else the latest value of each instrument once in each interval. */
  readonly interval: number;
  /** The fields of a tick, of those its mode has; all of them when undefined. */
  readonly fields?: readonly string[];
}

export const DEFAULT_CONTRACT: Contract = { encoding: "gzip", interval: 0 };

export const MAX_INTERVAL_MS = 60_000;

/**
 * The contract that an address asks for, e.g. `?encoding=json&interval=500`.
 *
 * @returns A sentence about what is wrong with it, where something is.
 */
export function readContract(query: URLSearchParams): Contract | string {
  const encoding = query.get("encoding") ?? DEFAULT_CONTRACT.encoding;
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
export const CONTRACT_FIELDS: readonly string[] = [...FIELDS, SENT_AT];

/** A contract as work: what is made of a tick, and of many. */
export interface Wire {
  readonly encoding: Encoding;
  pieceOf(item: TickText, mode: Mode): Piece;
  snapshotOf(item: TickText, mode: Mode, freshness: Freshness): Piece;
  encode(pieces: readonly Piece[], marks: Marks): Payload;
}

export function wireOf({ encoding, fields }: Contract): Wire {
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

const BINARY: Wire = {
  encoding: "binary",
  pieceOf: packetIn,
  snapshotOf: packetIn,
  encode: (pieces) => encodeBinary(pieces as readonly Uint8Array[]),
};

/** The broker's packet, or the beginning of it that a lower mode has, with that mode's number. */
function packetIn({ packet }: TickText, mode: Mode): Uint8Array<ArrayBuffer> {
  const length = PACKET_BYTES[mode];
  if (packet.length <= length) return packet;
  const cut = packet.slice(0, length);
  cut[0] = MODE_NUMBERS[mode];
  return cut;
}

/** Tells contracts apart. */
export function contractKey({ encoding, interval, fields }: Contract): string {
  return `${encoding} ${interval} ${fields?.join() ?? ""}`;
}

/** Fields that nobody knows, of those a client asks for. */
export function unknownFields(fields: readonly string[]): string[] {
  return fields.filter((field) => !CONTRACT_FIELDS.includes(field));
}
