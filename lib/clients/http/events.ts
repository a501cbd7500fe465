import { z } from "zod";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import type { Encoder } from "../delivery/encoder.ts";
import { deliveryOf, MAX_INTERVAL_MS } from "../json/delivery_options.ts";
import type { Opening } from "../protocol.ts";
import { eventEncoder } from "./event_encoder.ts";
import { idAt, readEventId } from "./event_id.ts";
import { EventSession, type EventSessionOptions } from "./event_session.ts";
import { EventStream } from "./event_stream.ts";
import type { HttpCall } from "./http_call.ts";
import { errorResponse, isHttpError, NOT_KEPT } from "./http_error.ts";
import { checkSelection, mode, selection, selectionUnits } from "./parameters.ts";
import { defineRoute, type HttpRoute } from "./route.ts";
import { nothingAccepted, type Selected, selected } from "./selected_rows.ts";
import type { HttpSources } from "./sources.ts";

const eventsText = z.string().describe(
  "Events info, system, gap and close, and without a name ticks; the data of each is JSON, see docs/http.md",
);

const HEADERS = {
  ...NOT_KEPT,
  "content-type": "text/event-stream; charset=utf-8",
  // A reverse proxy that collects what it passes on would hold the events back.
  "x-accel-buffering": "no",
};

const RANGE = `must be a whole number of ms from 0 to ${MAX_INTERVAL_MS}`;

const interval = z.number(RANGE).int(RANGE).min(0, RANGE).max(MAX_INTERVAL_MS, RANGE).default(0)
  .describe("ms; 0 for every tick, else the latest of each instrument once in each interval");

const lastEventId = z.string().max(200, "is no id of an event").optional()
  .describe("where the header Last-Event-ID cannot be sent");

/** Rows that are subscribed in a unit of work. */
const ROWS_PER_UNIT = 30;

const NOTHING: ReadonlyMap<InstrumentKey, Mode> = new Map();

/** Ticks and what happens to the feed, as server-sent events. A stream is a client like any other. */
export function eventsRoute(sources: HttpSources): HttpRoute {
  const { budget, epoch, marketData, ticks } = sources;
  const encoderOf = (json: Encoder) =>
    eventEncoder({
      json,
      idAt: (sentAt) => idAt(epoch, sentAt),
      freshness: (key, view) => marketData.freshness(key, view),
    });

  function open(
    found: Selected,
    input: { readonly mode: Mode; readonly interval: number; readonly last_event_id?: string | undefined },
    call: HttpCall,
  ): Response {
    const holder = { entitlement: call.entitlement, subscriptions: NOTHING };
    const rows = budget.permitted(holder, found.rows);
    const nothing = nothingAccepted({ asked: found.asked, rows });
    if (nothing !== undefined) return errorResponse(nothing);
    if (call.method === "HEAD") return new Response(emptyStream(), { headers: HEADERS });
    const json = deliveryOf({ encoding: "json", interval: input.interval }, ticks);
    const lastEvent = readEventId(call.headers.get("last-event-id") ?? input.last_event_id ?? "");
    const opening = {
      delivery: { encoder: encoderOf(json.encoder), interval: input.interval },
      mayBeSilent: true,
    };
    return stream(call, opening, { rows, mode: input.mode, lastEvent }, sources);
  }

  return defineRoute({
    path: "/events",
    summary: "Ticks as server-sent events",
    query: { ...selection, mode, interval, last_event_id: lastEventId },
    check: checkSelection,
    answers: { "text/event-stream": eventsText },
    units: selectionUnits,
    inPieces: true,
    async answer(input, call) {
      const found = await selected(input, sources, call.turn);
      if (isHttpError(found)) return errorResponse(found);
      return await call.turn(1 + found.rows.length / ROWS_PER_UNIT, () => open(found, input, call));
    },
  });
}

function stream(
  call: HttpCall,
  opening: Omit<Opening, "start">,
  options: EventSessionOptions,
  sources: HttpSources,
): Response {
  const release = call.acquirePlace();
  if (isHttpError(release)) return errorResponse(release);
  let gone = () => {};
  const events = new EventStream(() => {
    release();
    gone();
  });
  const client = sources.connect(events, {
    protocol: "events",
    from: call.from,
    peer: call.peer,
    entitlement: call.entitlement,
    opening: { ...opening, start: (connection) => new EventSession(connection, options, sources) },
  });
  gone = () => client.gone();
  return new Response(events.body, { headers: HEADERS });
}

/** What has no body has a length, which is 0; a stream has none. */
function emptyStream(): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.close() });
}
