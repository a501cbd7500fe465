import type { Freshness } from "../../feed/freshness.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import type { Encoder, Marks, Payload } from "../delivery/encoder.ts";
import { marksText } from "../json/payload.ts";
import { eventText } from "./event_stream.ts";

const UTF8 = new TextEncoder();

export interface EventEncoderOptions {
  /** Makes the ticks. */
  readonly json: Encoder;
  /** The event's id for the time at which it was made. */
  readonly idAt: (sentAt: number) => string;
  /** What an instrument's last value is worth now. */
  readonly freshness: (key: InstrumentKey, view: Mode) => Freshness;
}

/**
 * Ticks as events: those of a message in one event, in the JSON wire's words, each with its freshness: whoever reads
 * one event knows what its prices are worth. Nothing in it is a client's own, so the bytes are made once for all.
 */
export function eventEncoder({ json, idAt, freshness }: EventEncoderOptions): Encoder {
  return {
    key: `events ${json.key}`,
    encoding: "events",
    pieceOf: (tick, mode) => json.snapshotOf(tick, mode, freshness(tick.tick.key, mode)),
    snapshotOf: (tick, mode, freshness) => json.snapshotOf(tick, mode, freshness),
    encode: (pieces, marks) => eventPayload(pieces as readonly string[], marks, idAt),
    noticesOf: () => [],
  };
}

function eventPayload(pieces: readonly string[], marks: Marks, idAt: (sentAt: number) => string): Payload {
  const ticks = marks.stale ? pieces.map(asStale) : pieces;
  const data = `{"type":"market_data","compressed":false${marksText(marks)},"data":[${ticks.join(",")}]}`;
  const { sentAt } = marks;
  const bytes = UTF8.encode(eventText({ ...sentAt === undefined ? {} : { id: idAt(sentAt) }, data }));
  return { marked: true, size: bytes.length, sendTo: (sink) => sink.sendFrame(bytes) };
}

/** A tick whose feed went down, or whose market closed, after it was made and before it could be sent. */
function asStale(piece: string): string {
  return piece.replace(/"freshness":"(?:live|quiet)"\}$/, '"freshness":"stale"}');
}
