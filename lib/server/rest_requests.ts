import type { SmartRest } from "../clients/smart_rest/smart_rest.ts";
import type { Admission } from "./admission.ts";
import { type CorsRules, preflight, withCors } from "./cors.ts";

/** The headers are those that the broker wants to have with each call, and its SDKs send. */
const CORS: CorsRules = {
  methods: "GET, POST, OPTIONS",
  requestHeaders: "Authorization, Content-Type, X-PrivateKey, X-UserType, X-SourceID, X-ClientLocalIP, " +
    "X-ClientPublicIP, X-MACAddress",
  exposedHeaders: "X-SmartAPI-Proxy-Source",
};

/**
 * Answers a REST call of a program that was written for the broker; undefined for any other path. Its origin has been
 * looked at: a page that asks is one that may.
 */
export function answerRest(
  request: Request,
  path: string,
  remote: Deno.NetAddr,
  { admission, smartRest }: { readonly admission: Admission; readonly smartRest: SmartRest },
): Promise<Response> | undefined {
  if (!smartRest.serves(path)) return undefined;
  if (request.method === "OPTIONS") return Promise.resolve(withCors(preflight(CORS), request.headers, CORS));
  return smartRest.answer(request, path, async (tokens) => {
    const signIn = await admission.signIn(tokens, remote.hostname);
    if (signIn === undefined) admission.unauthorised(tokens.length > 0, remote.hostname);
    return signIn;
  }).then((response) => withCors(response, request.headers, CORS));
}
