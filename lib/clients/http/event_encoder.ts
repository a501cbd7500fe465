import type { Encoder, Marks, Payload, Piece } from "../delivery/encoder.ts";
import { marksText } from "../json/payload.ts";
import { eventText } from "./event_stream.ts";

const UTF8 = new TextEncoder();

/**
 * Ticks as events: those of a message in one event, in the JSON wire's words. Nothing in it is a client's own, so the
 * bytes are made once for all.
 *
 * @param json Makes the ticks.
 * @param idAt The event's id for the time at which it was made.
 */
export function eventEncoder(json: Encoder, idAt: (sentAt: number) => string): Encoder {
  return {
    key: `events ${json.key}`,
    encoding: "events",
    pieceOf: (tick, mode) => json.pieceOf(tick, mode),
    snapshotOf: (tick, mode, freshness) => json.snapshotOf(tick, mode, freshness),
    encode: (pieces, marks) => eventPayload(pieces, marks, idAt),
    conflatedNotice: () => undefined,
  };
}

function eventPayload(
  pieces: readonly Piece[],
  { sentAt, ...marks }: Marks,
  idAt: (sentAt: number) => string,
): Payload {
  const data = `{"type":"market_data","compressed":false${marksText(marks)},"data":[${pieces.join(",")}]}`;
  const bytes = UTF8.encode(eventText({ ...sentAt === undefined ? {} : { id: idAt(sentAt) }, data }));
  return { marked: true, size: bytes.length, sendTo: (sink) => sink.sendFrame(bytes) };
}
