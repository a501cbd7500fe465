import { covers, type Entitlement } from "../../access/entitlement.ts";
import type { SessionTokens } from "../../access/session_tokens.ts";
import { EXCHANGES } from "../../market/market.ts";
import { SEGMENTS } from "../../smartapi/segments.ts";
import { refusal, type RestAnswer, success, tokenRefusal } from "./envelope.ts";
import { authorizationOf, type RestRequest, textOf, tokensOf } from "./rest_request.ts";

/** A client code is repeated as it came, but not without end. */
const MAX_CLIENT_CODE = 64;

const NO_TOKEN =
  "This SmartAPI proxy has no such access token: give one as the password (PIN) or as the API key";

/**
 * The login of a program that was written for the broker: an access token of the proxy in place of the password or of
 * the API key. Client code and one-time code are not looked at; without access tokens anyone is let in.
 */
export async function login(
  { headers, body, authenticate }: RestRequest,
  sessions: SessionTokens,
): Promise<RestAnswer> {
  const tokens = [textOf(body.password), headers.get("x-privatekey")].filter((token) => !!token) as string[];
  const entitlement = await authenticate(tokens);
  if (entitlement === undefined) return refusal("AB1007", NO_TOKEN);
  const clientCode = (textOf(body.clientcode) ?? "").slice(0, MAX_CLIENT_CODE);
  const state = typeof body.state === "string" ? { state: body.state } : {};
  return success({ ...sessions.issue(entitlement, clientCode), ...state });
}

/** New tokens for a refresh token, or for whatever else of ours is in the call. Those of before stay good. */
export async function renew(
  { headers, body, authenticate }: RestRequest,
  sessions: SessionTokens,
): Promise<RestAnswer> {
  const refreshToken = textOf(body.refreshToken) ?? "";
  const claims = sessions.claimsOf(refreshToken);
  const entitlement = claims?.entitlement ?? await authenticate([refreshToken, ...tokensOf(headers)]);
  if (entitlement === undefined) return refusal("AB8050", "Invalid Refresh Token");
  return success(sessions.issue(entitlement, claims?.clientCode ?? clientCodeOf(headers, sessions)));
}

export async function profile(
  { headers, authenticate }: RestRequest,
  sessions: SessionTokens,
): Promise<RestAnswer> {
  const entitlement = await entitled(headers, authenticate);
  if (entitlement === undefined) return refused(headers);
  return success({
    clientcode: clientCodeOf(headers, sessions),
    name: "SmartAPI proxy",
    email: "",
    mobileno: "",
    exchanges: EXCHANGES.filter((exchange) => covers(entitlement, exchange)).map((each) => SEGMENTS[each]),
    // Nothing can be traded here.
    products: [],
    lastlogintime: "",
    brokerid: "",
  });
}

/** Ends nothing: other programs have the same access token, and their tokens are no others. */
export async function logout({ headers, authenticate }: RestRequest): Promise<RestAnswer> {
  return await entitled(headers, authenticate) === undefined ? refused(headers) : success("");
}

/** What the tokens of a call permit. */
export function entitled(
  headers: Headers,
  authenticate: RestRequest["authenticate"],
): Promise<Entitlement | undefined> {
  return authenticate(tokensOf(headers));
}

/** The answer to a call without a good token. */
export function refused(headers: Headers): RestAnswer {
  return tokenRefusal(authorizationOf(headers) === undefined ? "AG8003" : "AG8001");
}

/** As it was given at the login. */
function clientCodeOf(headers: Headers, sessions: SessionTokens): string {
  return sessions.claimsOf(authorizationOf(headers) ?? "")?.clientCode ?? "";
}
