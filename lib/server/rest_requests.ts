import type { RestCalls } from "../clients/rest_calls.ts";
import { addressKey } from "./address.ts";
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
 * Answers a REST call of a program that was written for something else; undefined for any other path. Its origin has been
 * looked at: a page that asks is one that may.
 */
export function answerRest(
  request: Request,
  path: string,
  remote: Deno.NetAddr,
  { admission, rest }: { readonly admission: Admission; readonly rest: readonly RestCalls[] },
): Promise<Response> | undefined {
  const calls = rest.find((each) => each.serves(path));
  if (calls === undefined) return undefined;
  if (request.method === "OPTIONS") return Promise.resolve(withCors(preflight(CORS), request.headers, CORS));
  return calls.answer(request, path, {
    peer: addressKey(remote.hostname),
    async signIn(tokens) {
      const signIn = await admission.signIn(tokens, remote.hostname);
      if (signIn === undefined) admission.unauthorised(tokens.length > 0, remote.hostname);
      return signIn;
    },
  }).then((response) => withCors(response, request.headers, CORS));
}
