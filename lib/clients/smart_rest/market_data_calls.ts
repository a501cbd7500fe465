import { covers, type Entitlement } from "../../access/entitlement.ts";
import type { Exchange } from "../../market/market.ts";
import type { DataAnswer, DataBody, DataCallName, DataSource } from "../../smartapi/data_calls.ts";
import { exchangeOfRest } from "../../smartapi/segments.ts";
import { passed, refusal, type RestAnswer, success, throttled } from "./envelope.ts";
import { type LastPackets, lastPriceOf, partQuotes } from "./quotes.ts";

export interface MarketDataCallOptions extends LastPackets {
  /** Who is asked; undefined where nothing is passed on. */
  readonly data?: DataSource | undefined;
}

/** Where an answer is from: the last packets of the stream, what was kept of earlier answers, or the broker. */
const SOURCE_HEADER = "x-smartapi-proxy-source";

/** The exchange of the calls that do not name one. */
const EXCHANGE_OF: Readonly<Partial<Record<DataCallName, Exchange>>> = {
  optionGreeks: "nfo",
  gainersLosers: "nfo",
  putCallRatio: "nfo",
  openInterestBuildup: "nfo",
  nseIntraday: "nse",
  bseIntraday: "bse",
};

/**
 * Answers a call for market data: from the last packets where they have it, else from the broker, who is asked with the
 * proxy's own session. Of the client's call only the parameters are passed on.
 */
export async function askMarketData(
  name: DataCallName,
  body: DataBody,
  entitlement: Entitlement,
  { data, ...packets }: MarketDataCallOptions,
): Promise<RestAnswer> {
  if (data === undefined) {
    return refusal("AB2000", "This SmartAPI proxy does not pass on market data by REST: SHARE_REST is off");
  }
  if (entitlement.rest === false) {
    return refusal("AB2000", "This access token of the SmartAPI proxy is not for market data by REST");
  }
  const uncovered = uncoveredExchange(name, body, entitlement);
  if (uncovered !== undefined) {
    return refusal("AB2000", `This access token of the SmartAPI proxy is not for ${uncovered}`);
  }
  if (name === "ltp") {
    const known = lastPriceOf(body, packets);
    if (known !== undefined) return success(known, { [SOURCE_HEADER]: "stream" });
  }
  if (name === "quote") return await askQuotes(body, data, packets);
  return answerOf(await data.ask(name, body));
}

async function askQuotes(body: DataBody, data: DataSource, packets: LastPackets): Promise<RestAnswer> {
  const parts = partQuotes(body, packets);
  if (parts === undefined || parts.known.length === 0) return answerOf(await data.ask("quote", body));
  const { known, others } = parts;
  if (Object.keys(others).length === 0) {
    return success({ fetched: known, unfetched: [] }, { [SOURCE_HEADER]: "stream" });
  }
  const answer = await data.ask("quote", { ...body, exchangeTokens: others });
  const given = answer.kind === "answer" ? quotesIn(answer.text) : undefined;
  if (given === undefined) return answerOf(answer);
  return success(
    { fetched: [...known, ...given.fetched], unfetched: given.unfetched },
    { [SOURCE_HEADER]: "stream, broker" },
  );
}

/** The lists of a quote; undefined when it is a refusal. */
function quotesIn(text: string): { fetched: unknown[]; unfetched: unknown[] } | undefined {
  try {
    const { status, success: other, data } = JSON.parse(text);
    if (status !== true && other !== true || !Array.isArray(data?.fetched)) return undefined;
    return { fetched: data.fetched, unfetched: Array.isArray(data.unfetched) ? data.unfetched : [] };
  } catch {
    return undefined;
  }
}

/** An exchange that a call is about, and that is not permitted; as it was written. */
function uncoveredExchange(name: DataCallName, body: DataBody, entitlement: Entitlement): string | undefined {
  if (entitlement.exchanges === undefined) return undefined;
  const fixed = EXCHANGE_OF[name];
  return (fixed === undefined ? exchangesIn(name, body) : [fixed]).find((word) => {
    const exchange = exchangeOfRest(word);
    return exchange === undefined || !covers(entitlement, exchange);
  })?.slice(0, 20);
}

/** The exchanges that a call names; however their field is written, since the broker may read it in any way. */
function exchangesIn(name: DataCallName, body: DataBody): string[] {
  const field = name === "quote" ? "exchangeTokens" : "exchange";
  const values = Object.entries(body).filter(([each]) => each.toLowerCase() === field.toLowerCase());
  if (values.length === 0) return ["no exchange"];
  return values.flatMap(([, value]) => name === "quote" ? Object.keys(value ?? {}) : [String(value)]);
}

function answerOf(answer: DataAnswer): RestAnswer {
  switch (answer.kind) {
    case "answer":
      return passed(answer.status, answer.text, { [SOURCE_HEADER]: "broker" });
    case "kept":
      return passed(200, answer.text, { [SOURCE_HEADER]: "cache" });
    case "busy":
      return throttled();
    case "failed":
      return refusal("AB2001", `The SmartAPI proxy has no answer from the broker: ${answer.message}`);
  }
}
