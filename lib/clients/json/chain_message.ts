import type { ChainNews } from "../../chain/rolling_chain.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import type { ChainChange, ChainPart, ClientChain } from "../chains/client_chain.ts";
import { countOf } from "./rows.ts";

type Symbols = Pick<Instruments, "symbolOf">;

/** How a client's chain stands. Prices in rupees, or points of an index. */
export function chainState({ chain, strikes, mode }: ClientChain): Record<string, unknown> {
  const { id, underlying, choice, expiry, reference, price, strike, ended } = chain;
  return {
    id,
    underlying: underlying.id,
    expiry: choice,
    expires: expiry,
    strikes,
    mode,
    state: ended ? "ended" : strike === undefined ? "waiting" : "following",
    reference,
    price,
    at_the_money: strike,
  };
}

/** An instrument of a chain, with what tells its place in it. */
export function chainPart({ key, strike, side }: ChainPart, instruments: Symbols): Record<string, unknown> {
  return { instrument: key, symbol: instruments.symbolOf(key), strike, side };
}

/** What has changed in a client's chain. */
export function chainMessage(
  { news, view, added, dropped }: ChainChange,
  instruments: Symbols,
): Record<string, unknown> {
  const refused = Array.from(view.refused, ([instrument, { word, code, message }]) => ({
    instrument,
    code,
    message: `${word}: ${message}`,
  }));
  return {
    type: "chain",
    status: news,
    message: wordsOf(news, view) + changeWords(added.length, dropped.length) +
      (refused.length > 0 ? `; ${countOf(refused.length)} refused: ${refused[0]!.message}` : ""),
    chain: chainState(view),
    added: added.map((part) => chainPart(part, instruments)),
    dropped: dropped.map((part) => chainPart(part, instruments)),
    ...refused.length > 0 ? { refused } : {},
  };
}

/** Which chain it is, and where its money is. */
export function chainWords({ chain, strikes }: ClientChain): string {
  const { underlying, choice, expiry, reference, strike } = chain;
  const name = `${underlying.name} ${expiry ?? choice}`;
  if (expiry === undefined) return `${name}: no such expiry is listed; it waits for the next list`;
  if (strike === undefined) return `${name}: its strikes follow with the first price of ${reference}`;
  return `${name}: ${strike} at the money, and ${strikes} strikes on each side`;
}

function wordsOf(news: ChainNews, view: ClientChain): string {
  const { choice, underlying } = view.chain;
  if (news === "ended") return `${underlying.name} ${choice}: the expiry is over, and the chain with it`;
  const rolled = news === "rolled" ? "the expiry before is over; " : "";
  const changed = news === "changed" ? "the list of instruments has changed; " : "";
  return `${rolled}${changed}${chainWords(view)}`;
}

function changeWords(added: number, dropped: number): string {
  const words = [
    ...added > 0 ? [`${countOf(added)} added`] : [],
    ...dropped > 0 ? [`${dropped} dropped`] : [],
  ];
  return words.length > 0 ? `; ${words.join(", ")}` : "";
}
