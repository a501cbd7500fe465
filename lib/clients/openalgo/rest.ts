import { keyOf } from "../../market/market.ts";
import { plainPath } from "../../smartapi/rest_path.ts";
import { NOT_KEPT } from "../http/http_error.ts";
import type { Turn } from "../http/http_call.ts";
import type { HttpSources } from "../http/sources.ts";
import { select } from "../instrument_selection.ts";
import type { RestCaller, RestCalls } from "../rest_calls.ts";
import { readBody, textOf } from "../smart_rest/rest_request.ts";
import { subscriptionState } from "../subscription_state.ts";
import { isLastWorthSending } from "./encoder.ts";
import { history } from "./history.ts";
import { nameIn, type OpenAlgoName } from "./names.ts";
import { type Answer, type Call, refusedAnswer } from "./rest_call.ts";

type Handler = (call: Call, sources: HttpSources) => Answer | Response | Promise<Answer | Response>;

/** How long a first value is waited for, ms. */
const WAIT_MS = 2_000;

/** Units of work that a call takes. */
const UNITS = 4;

const ROOT = "/api/v1/";

const CALLS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["ping", () => ({ data: { message: "pong", broker: "angel" } })],
  ["quotes", quotes],
  ["history", history],
  ["symbols", symbols],
]);

/**
 * The REST calls of OpenAlgo's that programs for charts make. Whatever is not among them is refused, orders above all.
 *
 * Source: OpenAlgo's documentation, "API"; what its plugin for AmiBroker asks for and reads.
 */
export function createOpenAlgoRest(sources: HttpSources): RestCalls {
  async function answer(
    request: Request,
    path: string,
    { signIn, peer }: RestCaller,
  ): Promise<Answer | Response> {
    const handler = CALLS.get(path.slice(ROOT.length));
    const body = await readBody(request);
    if (body === undefined) {
      return { http: 413, message: "This request is longer than any that the proxy knows" };
    }
    if (handler === undefined) return { http: 404, message: REFUSED };
    const key = textOf(body.apikey) ?? request.headers.get("x-api-key") ?? undefined;
    const who = await signIn(key === undefined ? [] : [key]);
    if (who === undefined) return { http: 403, message: "Invalid openalgo apikey" };
    if (!sources.turns.take(peer, UNITS)) return TOO_MANY;
    const turn: Turn = (units, piece) => sources.turns.turn(peer, units, piece);
    const call = { body, entitlement: who.entitlement, peer, turn };
    const answer = async () => await handler(call, sources);
    return await sources.turns.begin(peer, () => ({ units: UNITS, answer: answer() })) ?? TOO_MANY;
  }

  return {
    serves: (path) => plainPath(path).startsWith(ROOT),
    async answer(request, path, caller) {
      const given = await answer(request, plainPath(path), caller);
      const { http = 200, ...rest } = given instanceof Response ? {} : given;
      const status = http === 200 ? "success" : "error";
      sources.traffic.command("openalgo_rest", { status });
      if (given instanceof Response) return given;
      return Response.json({ status, ...rest }, { status: http, headers: NOT_KEPT });
    },
  };
}

const REFUSED =
  "This is a SmartAPI proxy: of OpenAlgo's calls it answers ping, quotes, history and symbols, and it takes no orders";

const TOO_MANY: Answer = { http: 429, message: "Too many requests; ask less often" };

/** The last values of an instrument. Who asks for them is subscribed for a while. */
async function quotes({ body, entitlement, peer }: Call, sources: HttpSources): Promise<Answer> {
  const { instruments, leases, marketData, watchlist } = sources;
  const [symbol, exchange] = [textOf(body.symbol), textOf(body.exchange)];
  if (!symbol || !exchange) {
    return { http: 400, message: "symbol and exchange are needed, such as SBIN and NSE" };
  }
  const holder = leases.of(peer, entitlement);
  const [row] = holder.take(
    select({ symbols: [`${exchange}:${symbol}`] }, watchlist, instruments),
    "snapquote",
  );
  if (row === undefined || row.status === "refused") return refusedAnswer(`${exchange}:${symbol}`, row);
  const { key } = row;
  await holder.firstTicks([key], "snapquote", WAIT_MS);
  const last = marketData.last(key);
  const mode = last?.tick.mode ?? "ltp";
  const freshness = marketData.freshness(key, mode);
  // Its programs would take an old price for one of now.
  if (last === undefined || !last.hasPrice(mode) || !isLastWorthSending(freshness)) {
    const { reason } = subscriptionState(holder, key, sources);
    return { http: 503, message: `There is no price of now: ${reason ?? freshness}` };
  }
  const { tick } = last;
  const day = tick.mode === "ltp" ? undefined : tick;
  const book = tick.mode === "snapquote" ? tick : undefined;
  return {
    data: {
      open: day?.open,
      high: day?.high,
      low: day?.low,
      ltp: tick.lastPrice,
      ask: book?.asks[0]?.price,
      bid: book?.bids[0]?.price,
      prev_close: day?.close,
      volume: day?.volume,
      oi: book?.openInterest,
      timestamp: tick.exchangeTime,
      freshness,
    },
  };
}

/** The owner's watch list, in OpenAlgo's names. */
function symbols({ entitlement }: Call, { instruments, watchlist }: HttpSources): Answer {
  const data: OpenAlgoName[] = [];
  for (const [exchange, tokens] of watchlist) {
    if (entitlement.exchanges?.has(exchange) === false) continue;
    for (const token of tokens) data.push(nameIn(instruments, keyOf(exchange, token)));
  }
  return { data };
}
