/** A request that was not understood, or not followed. */
export interface HttpError {
  /** Of the answer. */
  readonly http: number;
  /** For programs; http.md has the list. */
  readonly code: string;
  /** For people: what was wrong, and what would do. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What else the answer says. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export function isHttpError(value: object): value is HttpError {
  return "http" in value;
}

/** Answers with an error, in JSON whatever form was asked for. */
export function errorResponse({ http, code, message, headers, more }: HttpError): Response {
  return Response.json({ status: "error", code, message, ...more }, {
    status: http,
    headers: { ...NOT_KEPT, ...headers },
  });
}

/** Headers of an answer that is old at once. A runtime or a proxy that compresses it on the way would hold it back. */
export const NOT_KEPT = {
  "cache-control": "no-store, no-transform",
  "x-content-type-options": "nosniff",
} as const;
