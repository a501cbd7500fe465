import { createHash } from "node:crypto";
import { csv } from "./csv.ts";
import type { HttpCall, Turn } from "./http_call.ts";
import { NOT_KEPT } from "./http_error.ts";

export const JSON_TYPE = "application/json; charset=utf-8";
export const CSV_TYPE = "text/csv; charset=utf-8; header=present";

/** A word that is old at once. */
export function textResponse(text: string): Response {
  return new Response(text, { headers: { ...NOT_KEPT, "content-type": "text/plain; charset=utf-8" } });
}

/** An answer that is old at once. */
export function jsonResponse(body: unknown): Response {
  return jsonTextResponse(JSON.stringify(body));
}

/** The same of a text that is JSON. */
export function jsonTextResponse(text: string): Response {
  return new Response(text, { headers: { ...NOT_KEPT, "content-type": JSON_TYPE } });
}

/** The same of a table. */
export function csvTextResponse(text: string): Response {
  return new Response(text, { headers: { ...NOT_KEPT, "content-type": CSV_TYPE } });
}

/** A long answer that is old at once: its pieces are made one by one, as they are read, each in a turn. */
export function pacedResponse(type: string, pieces: Generator<string>, turn: Turn): Response {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) =>
      turn(UNITS_PER_PIECE, () => {
        const { done, value } = pieces.next();
        if (done) controller.close();
        else controller.enqueue(UTF8.encode(value));
      }),
  });
  return new Response(body, { headers: { ...NOT_KEPT, "content-type": type } });
}

/** Units of work that a piece takes at least. */
const UNITS_PER_PIECE = 2;

const UTF8 = new TextEncoder();

/** An answer that may be kept for a while, and be asked for again by its tag. */
export function keptJson(call: Pick<HttpCall, "headers">, body: unknown, seconds: number): Response {
  return kept(call, JSON.stringify(body), JSON_TYPE, seconds);
}

/** The same as a table. */
export function keptCsv(
  call: Pick<HttpCall, "headers">,
  columns: readonly string[],
  rows: readonly Record<string, unknown>[],
  seconds: number,
): Response {
  return kept(call, csv(columns, rows), CSV_TYPE, seconds);
}

function kept({ headers }: Pick<HttpCall, "headers">, body: string, type: string, seconds: number): Response {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  const answered = {
    etag,
    // Not in caches that others share: the answer was made for whoever has the token.
    "cache-control": `private, max-age=${seconds}`,
    "x-content-type-options": "nosniff",
  };
  if (isKnown(headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers: answered });
  }
  return new Response(body, { headers: { ...answered, "content-type": type } });
}

/** Whether one of the tags that a client has is this one, be it a weak one. */
function isKnown(tags: string | null, etag: string): boolean {
  if (tags === null) return false;
  return tags.split(",").map((tag) => tag.trim()).some((tag) =>
    tag === "*" || tag.replace(/^W\//, "") === etag
  );
}
