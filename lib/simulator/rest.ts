import type { IncomingMessage, ServerResponse } from "node:http";
import { type CallLimits, DATA_CALLS, type DataCallName, dataCallOf } from "../smartapi/data_calls.ts";
import { PATHS } from "../smartapi/endpoints.ts";
import { plainPath } from "../smartapi/rest_path.ts";
import type { Clock } from "../util/clock.ts";
import type { Account } from "./account.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedInstrument } from "./instruments.ts";
import type { StreamedMarket } from "./streamed_market.ts";
import { answerMarketData } from "./market_data.ts";
import type { Records } from "./records.ts";

/** A body, the status it goes out with, and its type. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const MESSAGES: Readonly<Record<string, string>> = {
  AB1004: "Something Went Wrong, Please Try After Sometime",
  AB1006: "Client is blocked for trading",
  AB1007: "Invalid Clientcode or Pin",
  AB1034: "Apps not found",
  AB1050: "Invalid totp",
  AB2001: "Internal Error, Please try after sometime",
  AB9019: "No Data Available",
  AB8050: "Invalid Refresh Token",
  AB8051: "Refresh Token Expired",
  AG8001: "Invalid Token",
  AG8002: "Token Expired",
  AG8003: "Token missing",
  AG8004: "Invalid API Key",
};

const THROTTLED: Answer = {
  status: 403,
  type: "text/plain",
  body: "Access denied because of exceeding access rate",
};

/** As documented under "Rate Limit". */
const LIMITS: Readonly<Record<string, CallLimits>> = {
  login: { second: 1 },
  renew: { second: 1, hour: 1_000 },
  profile: { second: 3, hour: 1_000 },
  logout: { second: 1 },
};

/** The error page of a server in front of the broker's. */
function page(title: string, status: number): Answer {
  const body = `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  return { status, type: "text/html", body };
}

const REQUIRED_HEADERS = ["x-privatekey", "x-usertype", "x-sourceid"];

export interface RestParts {
  readonly account: Account;
  readonly faults: () => Faults;
  /** Takes one off the times that a fault still has. */
  readonly used: (fault: "login") => void;
  readonly records: Records;
  readonly instruments: readonly SimulatedInstrument[];
  readonly market: StreamedMarket;
  readonly clock: Clock;
}

/** Answers one REST request. @returns Whether its path is the broker's. */
export async function answerRest(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  parts: RestParts,
): Promise<boolean> {
  // Some SDKs put the parameters of a GET into the query; the broker does not look at it.
  const given = plainPath(request.url?.replace(/\?.*$/s, "") ?? "");
  const call = dataCallOf(given) ?? Object.entries(PATHS).find(([, path]) => given === path)?.[0];
  if (call === undefined) return false;
  parts.records.rest(call);
  const answer = call === "login" ? login(request, body, parts) : await secured(call, request, body, parts);
  if (answer === "hang") return true;
  if (answer === "reset") {
    request.socket.destroy();
    return true;
  }
  response.writeHead(answer.status, { "content-type": answer.type });
  response.end(answer.body);
  return true;
}

function login(request: IncomingMessage, text: string, parts: RestParts): Answer | "hang" | "reset" {
  const { account, faults, records } = parts;
  const fault = faults().login;
  if (fault !== null) parts.used("login");
  const done = (outcome: string, answer: Answer | "hang" | "reset") => {
    records.login(outcome);
    return answer;
  };
  if (fault !== null) return done(fault.answer, faultyLogin(fault.answer));
  if (faults().rateLimits && account.exceeds("login", LIMITS.login!)) return done("throttled", THROTTLED);
  if (lacksHeaders(request)) {
    return done("AG8004", gateway("AG8004"));
  }
  const body = jsonOf(text);
  const refusal = account.refusal(
    body.clientcode,
    body.password,
    body.totp,
    headerOf(request, "x-privatekey"),
  );
  if (refusal !== undefined) return done(refusal, application(refusal));
  const state = typeof body.state === "string" ? { state: body.state } : {};
  return done("ok", success({ ...account.issue(), ...state }));
}

function faultyLogin(answer: NonNullable<Faults["login"]>["answer"]): Answer | "hang" | "reset" {
  switch (answer) {
    case "hang":
    case "reset":
      return answer;
    case "throttled":
      return THROTTLED;
    case "html_200":
      return page("502 Bad Gateway", 200);
    case "html_403":
      return page("403 Forbidden", 403);
    case "html_500":
      return page("500 Internal Server Error", 500);
    case "html_502":
      return page("502 Bad Gateway", 502);
    case "data_null":
      return success(null);
    case "AG8001":
      return gateway(answer);
    default:
      return application(answer);
  }
}

function isDataCall(call: string): call is DataCallName {
  return Object.hasOwn(DATA_CALLS, call);
}

/** Calls that need a token: refresh, profile, logout, market data. */
async function secured(
  call: string,
  request: IncomingMessage,
  text: string,
  { account, faults, instruments, market, clock }: RestParts,
): Promise<Answer> {
  const data = isDataCall(call) ? call : undefined;
  if (faults().rateLimits && account.exceeds(call, data ? DATA_CALLS[data].limits : LIMITS[call]!)) {
    return THROTTLED;
  }
  if (lacksHeaders(request)) return gateway("AG8004");
  const authorization = headerOf(request, "authorization");
  if (authorization === undefined) return gateway("AG8003");
  const jwt = authorization.replace(/^Bearer /i, "");
  if (!account.isGood("jwtToken", jwt)) {
    return gateway(account.isExpired("jwtToken", jwt) ? faults().expiredCode : "AG8001");
  }
  if (data !== undefined) {
    const result = await answerMarketData(data, jsonOf(text), { instruments, market, now: clock.now() });
    return "data" in result ? success(result.data) : application(result.refusal);
  }
  switch (call) {
    case "renew": {
      const refreshToken = String(jsonOf(text).refreshToken);
      if (account.isExpired("refreshToken", refreshToken)) return application("AB8051");
      if (!account.isGood("refreshToken", refreshToken)) return application("AB8050");
      if (faults().renewal === "ends_feed_token") account.endFeedTokens();
      return success(account.issue());
    }
    case "logout":
      account.end(jwt);
      return success("");
    default:
      return success({
        clientcode: account.credentials.clientCode,
        name: "SIMULATED ACCOUNT",
        email: "",
        mobileno: "",
        exchanges: ["nse_cm", "nse_fo", "bse_cm", "bse_fo", "mcx_fo", "cde_fo"],
        products: ["DELIVERY", "INTRADAY"],
        lastlogintime: "",
        brokerid: "",
      });
  }
}

function lacksHeaders(request: IncomingMessage): boolean {
  return REQUIRED_HEADERS.some((name) => request.headers[name] === undefined);
}

function success(data: unknown): Answer {
  return json({ status: true, message: "SUCCESS", errorcode: "", data });
}

/** The application's shape of a refusal. */
function application(code: string): Answer {
  return json({ status: false, message: MESSAGES[code] ?? code, errorcode: code, data: null });
}

/** The gateway's shape: other keys, and no `status`. */
function gateway(code: string): Answer {
  return json({ success: false, message: MESSAGES[code] ?? code, errorCode: code, data: "" });
}

function json(body: unknown): Answer {
  return { status: 200, type: "application/json", body: JSON.stringify(body) };
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
