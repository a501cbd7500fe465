import type { Encoder } from "../delivery/encoder.ts";
import type { Delivery } from "../delivery/fanout_group.ts";
import { shownPacketIn } from "../delivery/packet_slices.ts";
import { ADDRESS_PARAMETERS, unknownParameter } from "./address_parameters.ts";
import { packetPayload } from "./packet_payload.ts";
import { gzipPayload, jsonPayload } from "./payload.ts";
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

/** The one field that is not a tick's: when the proxy made the message. */
const SENT_AT = "sent_at";

/** All fields that a client may ask for. */
export const DELIVERY_FIELDS: readonly string[] = [...FIELDS, SENT_AT];

/**
 * The delivery options that an address asks for, e.g. `?encoding=json&interval=500`.
 *
 * @returns A sentence about what is wrong with them, where something is.
 */
export function readDeliveryOptions(query: URLSearchParams): DeliveryOptions | string {
  const unknown = unknownParameter(query, ADDRESS_PARAMETERS);
  if (unknown !== undefined) return unknown;
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

/** Fields that nobody knows, of those a client asks for. */
export function unknownFields(fields: readonly string[]): string[] {
  return fields.filter((field) => !DELIVERY_FIELDS.includes(field));
}

/** Delivery options as work: what is made of a tick, and of many. */
export function deliveryOf({ encoding, interval, fields }: DeliveryOptions, ticks: TickJson): Delivery {
  return { encoder: encoding === "binary" ? BINARY : jsonEncoder(encoding, fields, ticks), interval };
}

const BINARY: Encoder = {
  key: "binary",
  encoding: "binary",
  pieceOf: shownPacketIn,
  snapshotOf: shownPacketIn,
  encode: (pieces) => packetPayload(pieces as readonly Uint8Array[]),
  noticesOf: ({ conflated = 0, stale = false }) => [
    ...conflated > 0
      ? [notice("conflated", `${conflated} ticks were replaced by newer ones`, { conflated })]
      : [],
    ...stale
      ? [notice("waited", "the next ticks are of before an outage, or of before a change of phase")]
      : [],
  ],
};

function notice(status: "conflated" | "waited", message: string, more: { conflated?: number } = {}): string {
  return JSON.stringify({ type: "system", status, ...more, message });
}

function jsonEncoder(
  encoding: "gzip" | "json",
  fields: readonly string[] | undefined,
  ticks: TickJson,
): Encoder {
  // A part of the message and not of its ticks: it is the same for all of them.
  const stamped = fields?.includes(SENT_AT) ?? false;
  const payload = encoding === "gzip" ? gzipPayload : jsonPayload;
  const shared = {
    key: `${encoding} ${fields?.join() ?? ""}`,
    encoding,
    encode: (pieces, { sentAt, ...marks }) =>
      payload(pieces as readonly string[], {
        ...marks,
        source: marks.source ?? ticks.source,
        ...stamped && sentAt !== undefined ? { sentAt } : {},
      }),
    noticesOf: () => [],
  } satisfies Partial<Encoder>;
  if (fields === undefined) {
    return {
      ...shared,
      pieceOf: (tick, mode) => tick.ordinary || tick.isShown(mode) ? ticks.in(mode, tick) : undefined,
      snapshotOf: (tick, mode, freshness) =>
        tick.isShown(mode) ? ticks.snapshot(mode, tick, freshness) : undefined,
    };
  }
  const ofTick = fields.filter((field) => field !== SENT_AT);
  return {
    ...shared,
    pieceOf: (tick, mode) => tick.isShown(mode) ? ticks.only(ofTick, mode, tick) : undefined,
    snapshotOf: (tick, mode, freshness) =>
      tick.isShown(mode) ? ticks.only(ofTick, mode, tick, freshness) : undefined,
  };
}
