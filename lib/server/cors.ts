/** What pages of other origins may do with an answer; which pages may ask at all was looked at before. */
export interface CorsRules {
  /** As in `Allow`. */
  readonly methods: string;
  /** What a page may send beside what any page may. */
  readonly requestHeaders: string;
  /** What a page may read beside what any page may. */
  readonly exposedHeaders: string;
}

/** For so long a browser need not ask again what it may send, s. */
const PREFLIGHT_SECONDS = 600;

/** The answer to a browser that asks what a page may send. */
export function preflight({ methods, requestHeaders }: CorsRules): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "allow": methods,
      "access-control-allow-methods": methods,
      "access-control-allow-headers": requestHeaders,
      "access-control-max-age": `${PREFLIGHT_SECONDS}`,
    },
  });
}

/** Lets the page read the answer that asked for it. */
export function withCors(response: Response, request: Headers, { exposedHeaders }: CorsRules): Response {
  response.headers.append("vary", "Origin");
  const origin = request.get("origin");
  if (origin === null) return response;
  response.headers.set("access-control-allow-origin", origin);
  response.headers.set("access-control-expose-headers", exposedHeaders);
  return response;
}
