import type { SessionTokens } from "../../access/session_tokens.ts";
import { dataCallOf } from "../../smartapi/data_calls.ts";
import { PATHS } from "../../smartapi/endpoints.ts";
import { plainPath } from "../../smartapi/rest_path.ts";
import { decoded } from "../../util/decoded.ts";
import type { RestCalls } from "../rest_calls.ts";
import type { Traffic } from "../traffic.ts";
import { login, logout, profile, refused, renew } from "./account_calls.ts";
import { refusal, responseOf, type RestAnswer } from "./envelope.ts";
import { askMarketData, type MarketDataCallOptions } from "./market_data_calls.ts";
import { readBody, type RestRequest, tokensOf } from "./rest_request.ts";

export interface SmartRestOptions extends MarketDataCallOptions {
  readonly sessions: SessionTokens;
  readonly traffic: Traffic;
}

type Call = (request: RestRequest) => Promise<RestAnswer> | RestAnswer;

/** Where the broker's REST calls are: most at the root, some behind the name of a service, or that of its host. */
const REST = /^\/(?:[\w.-]+\/)?rest(?:\/|$)/i;

/**
 * Answers the REST calls of programs that were written for the broker: login and account here, market data by asking
 * the broker. Whatever is not in these tables is refused, orders above all: nothing is passed on that could change
 * something.
 */
export function createSmartRest({ sessions, traffic, ...marketData }: SmartRestOptions): RestCalls {
  const accountCalls: ReadonlyMap<string, readonly [name: string, call: Call]> = new Map([
    [PATHS.login, ["rest_login", (request) => login(request, sessions)]],
    [PATHS.renew, ["rest_renew", (request) => renew(request, sessions)]],
    [PATHS.profile, ["rest_profile", (request) => profile(request, sessions)]],
    [PATHS.logout, ["rest_logout", logout]],
  ]);

  function callOf(method: string, path: string): readonly [name: string, call: Call] {
    const data = method === "GET" || method === "POST" ? dataCallOf(path) : undefined;
    if (data === undefined) return accountCalls.get(path) ?? ["rest_other", refuse];
    return [`rest_${data}`, async ({ headers, body, signIn }) => {
      const who = await signIn(tokensOf(headers));
      return who === undefined
        ? refused(headers)
        : await askMarketData(data, body, who.entitlement, marketData);
    }];
  }

  async function run(request: Request, path: string, signIn: RestRequest["signIn"]) {
    const [name, call] = callOf(request.method, path);
    const answer = await callWith(request, signIn, call);
    traffic.command(name, { status: answer.outcome });
    return responseOf(answer);
  }

  return {
    // However it is written: what is refused is to be refused in the broker's shape.
    serves: (path) => REST.test(plainPath(decoded(path))),
    answer: (request, path, { signIn }) => run(request, plainPath(path), signIn),
  };
}

async function callWith(
  request: Request,
  signIn: RestRequest["signIn"],
  call: Call,
): Promise<RestAnswer> {
  const body = await readBody(request);
  if (body === undefined) return refusal("AB1004", "This request is longer than any that the proxy knows");
  return await call({ method: request.method, headers: request.headers, body, signIn });
}

function refuse(): RestAnswer {
  return refusal(
    "AB2000",
    "This is a SmartAPI proxy: it has market data, and takes no orders and no other calls of an account",
  );
}
