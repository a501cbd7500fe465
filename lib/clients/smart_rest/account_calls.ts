import { covers } from "../../access/entitlement.ts";
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
  { headers, body, signIn }: RestRequest,
  sessions: SessionTokens,
): Promise<RestAnswer> {
  const tokens = [textOf(body.password), headers.get("x-privatekey")].filter((token) => !!token) as string[];
  const who = await signIn(tokens);
  if (who === undefined) return refusal("AB1007", NO_TOKEN);
  const clientCode = (textOf(body.clientcode) ?? "").slice(0, MAX_CLIENT_CODE);
  const state = typeof body.state === "string" ? { state: body.state } : {};
  return success({ ...sessions.issue(who, clientCode), ...state });
}

/** New tokens for a refresh token, or for whatever else of ours is in the call. Those of before stay good. */
export async function renew(
  { headers, body, signIn }: RestRequest,
  sessions: SessionTokens,
): Promise<RestAnswer> {
  const refreshToken = textOf(body.refreshToken) ?? "";
  const claims = sessions.claimsOf(refreshToken);
  const given = [refreshToken, ...tokensOf(headers)].filter((token) => token !== "");
  const who = claims?.signIn ?? await signIn(given);
  if (who === undefined) return refusal("AB8050", "Invalid Refresh Token");
  return success(sessions.issue(who, claims?.clientCode ?? clientCodeOf(headers, sessions)));
}

export async function profile(
  { headers, signIn }: RestRequest,
  sessions: SessionTokens,
): Promise<RestAnswer> {
  const who = await signIn(tokensOf(headers));
  if (who === undefined) return refused(headers);
  return success({
    clientcode: clientCodeOf(headers, sessions),
    name: "SmartAPI proxy",
    email: "",
    mobileno: "",
    exchanges: EXCHANGES.filter((exchange) => covers(who.entitlement, exchange)).map((each) =>
      SEGMENTS[each]
    ),
    // Nothing can be traded here.
    products: [],
    lastlogintime: "",
    brokerid: "",
  });
}

/** Ends nothing: other programs have the same access token, and their tokens are no others. */
export async function logout({ headers, signIn }: RestRequest): Promise<RestAnswer> {
  return await signIn(tokensOf(headers)) === undefined ? refused(headers) : success("");
}

/** The answer to a call without a good token. */
export function refused(headers: Headers): RestAnswer {
  return tokenRefusal(authorizationOf(headers) === undefined ? "AG8003" : "AG8001");
}

/** As it was given at the login. */
function clientCodeOf(headers: Headers, sessions: SessionTokens): string {
  return sessions.claimsOf(authorizationOf(headers) ?? "")?.clientCode ?? "";
}
