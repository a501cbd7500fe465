import { ANYONE, type Entitlement } from "../access/entitlement.ts";
import type { HttpApi } from "../clients/http/http_api.ts";
import type { HttpCall } from "../clients/http/http_call.ts";
import { errorResponse, type HttpError } from "../clients/http/http_error.ts";
import { show } from "../clients/json/show.ts";
import { nearestName } from "../util/nearest_name.ts";
import { addressKey } from "./address.ts";
import type { Admission, Refusal } from "./admission.ts";
import { type CorsRules, preflight, withCors } from "./cors.ts";
import { tokenOf } from "./request_token.ts";

const CORS: CorsRules = {
  methods: "GET, HEAD, OPTIONS",
  requestHeaders: "Authorization, Cache-Control, If-None-Match, Last-Event-ID",
  exposedHeaders: "ETag, Retry-After, WWW-Authenticate",
};

/** A refusal of the server's, in the form that routes have. */
export function apiRefusal(refusal: Refusal): Response {
  return errorResponse(errorOf(refusal));
}

/**
 * Answers a request to one of the routes. Its origin has been looked at: a page that asks is one that may.
 *
 * The order is that of handshakes: what costs us least is refused first.
 */
export async function answerApi(
  request: Request,
  { pathname, searchParams }: URL,
  remote: Deno.NetAddr,
  { admission, api }: { readonly admission: Admission; readonly api: HttpApi },
): Promise<Response> {
  const { headers, method } = request;
  if (method === "OPTIONS") return withCors(preflight(CORS), headers, CORS);
  if (method !== "GET" && method !== "HEAD") {
    return withCors(
      errorResponse({
        http: 405,
        code: "method_not_allowed",
        message: "Only GET and HEAD are answered here; nothing can be ordered or changed",
        headers: { allow: CORS.methods },
      }),
      headers,
      CORS,
    );
  }
  const entitlement = await entitlementOf(headers, searchParams, remote, admission);
  if ("http" in entitlement) return withCors(errorResponse(entitlement), headers, CORS);
  const call: HttpCall = {
    method,
    path: pathname,
    query: searchParams,
    headers,
    entitlement,
    peer: addressKey(remote.hostname),
    from: `${remote.hostname}:${remote.port}`,
    acquirePlace() {
      const full = admission.checkCapacity(remote.hostname);
      return full === undefined ? admission.acquire(remote.hostname) : errorOf(full);
    },
  };
  const response = await api.answer(call);
  return withCors(method === "HEAD" ? await headOf(response) : response, headers, CORS);
}

/** Nothing is at a path. @param paths What can be asked for instead. */
export function notFound(path: string, paths: readonly string[], request: Headers): Response {
  const nearest = nearestName(path, paths);
  const hint = nearest === undefined ? "." : `; did you mean ${nearest}?`;
  const message = `Nothing is at ${show(path)}${hint} There are / and ${paths.join(", ")}`;
  return withCors(errorResponse({ http: 404, code: "not_found", message }), request, CORS);
}

async function entitlementOf(
  headers: Headers,
  query: URLSearchParams,
  { hostname }: Deno.NetAddr,
  admission: Admission,
): Promise<Entitlement | HttpError> {
  if (!admission.guarded) return ANYONE;
  const token = tokenOf(headers, query);
  const entitlement = token === undefined ? undefined : await admission.entitlementOf(token, hostname);
  if (entitlement !== undefined) return entitlement;
  const given = token !== undefined;
  const code = given ? "token_refused" : "token_required";
  return { ...errorOf(admission.unauthorised(given, hostname)), code };
}

const CODES: Readonly<Record<Refusal["status"], string>> = {
  401: "token_refused",
  403: "origin_refused",
  429: "rate_limited",
  503: "too_many_clients",
};

function errorOf({ status, text, headers }: Refusal): HttpError {
  return { http: status, code: CODES[status], message: text, ...headers === undefined ? {} : { headers } };
}

/** The headers of an answer, with the length that its body has, where it is known. */
async function headOf(response: Response): Promise<Response> {
  const { body, status, headers } = response;
  if (body === null || headers.get("content-type")?.startsWith("text/event-stream")) return response;
  headers.set("content-length", `${(await response.arrayBuffer()).byteLength}`);
  return new Response(null, { status, headers });
}
