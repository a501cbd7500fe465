/** An option chain, as `GET /chain` answers, in the words of the ladder. Pure. What is not known is a dash. */

import { day, istTime, NONE, number } from "./format.js";
import { known, textOf } from "./values.js";

/** Why there is no volatility: for the cell, and in full. */
const NOT_VALUED = {
  no_price: ["no price", "not traded, and nobody bids and asks"],
  stale: ["stale", "the feed is down"],
  suspect: ["suspect", "what came is not believed"],
  old_price: ["old", "the price is more than a minute old"],
  wide_spread: ["wide", "bid and ask are too far apart, and no trade was between them"],
  no_forward: ["no forward", "neither a future nor a strike with both sides tells the forward"],
  expired: ["expired", "no time is left"],
  below_intrinsic: ["too low", "it costs less than exercising pays"],
  no_time_value: ["no time value", "it costs what exercising pays"],
  above_maximum: ["too high", "it costs more than it could ever pay"],
  not_converged: ["none", "no volatility up to 1000 % explains the price"],
  refused: ["refused", "there is no room for it"],
};

/** What a price is worth, where that is to be said; `closed` is the last one of a day that is over. */
const OLD = { stale: "stale", suspect: "suspect", closed: "closed", unknown: "no tick" };

const list = (value) => Array.isArray(value) ? value : [];

function volatilityOf({ implied_volatility: volatility, not_valued: reason, message }) {
  if (known(volatility) !== undefined) return { text: number(volatility, 1), why: "" };
  const [text, why] = NOT_VALUED[reason] ?? [NONE, textOf(reason, "")];
  return { text, why: textOf(message, why) };
}

/** @param most The largest open interest of the chain, which has the longest bar. */
function sideOf(side, most, decimals) {
  if (side === undefined || side === null) return undefined;
  const { instrument, symbol, last_traded_price: price, open_interest: interest, freshness } = side;
  return {
    key: textOf(instrument, ""),
    symbol: textOf(symbol, textOf(instrument, "")),
    price: known(price) === undefined ? NONE : number(price, decimals),
    interest: known(interest) === undefined ? NONE : number(interest),
    /** Of the longest bar, per cent. */
    share: known(interest) > 0 ? interest / most * 100 : 0,
    volatility: volatilityOf(side),
    old: OLD[freshness] ?? "",
  };
}

/** @returns By falling strike as on a ladder: `strike`, whether it is `atTheMoney`, and `call` and `put` where there are. */
export function ladderOf(answer) {
  const rows = list(answer?.data).filter((row) => known(row?.strike) !== undefined);
  const interests = rows.flatMap(({ call, put }) => [known(call?.open_interest), known(put?.open_interest)]);
  const most = Math.max(1, ...interests.filter((interest) => interest !== undefined));
  const decimals = String(answer.underlying).startsWith("cds:") ? 4 : 2;
  return rows.map(({ strike, call, put }) => ({
    strike: number(strike, strike % 1 === 0 ? 0 : 2),
    atTheMoney: strike === answer.at_the_money,
    call: sideOf(call, most, decimals),
    put: sideOf(put, most, decimals),
  })).reverse();
}

/** The days that are listed, as `[value, words]`; the chosen one among them also where it is not. */
export function expiriesOf(answer, chosen) {
  const days = list(answer?.expiries).filter((expiry) => typeof expiry === "string");
  const choices = [
    ["nearest", "Nearest"],
    ["next", "Next"],
    ["monthly", "Monthly"],
    ...days.map((text) => [text, day(text)]),
  ];
  return choices.some(([value]) => value === chosen) ? choices : [...choices, [chosen, day(chosen)]];
}

/** The line above the ladder: what it is of, and what its volatilities were computed with. */
export function chainWords(answer, ladder) {
  const { underlying, expires, reference, forward } = answer;
  const sides = ladder.flatMap(({ call, put }) => [call, put]).filter((side) => side !== undefined);
  const old = sides.filter((side) => side.old !== "").length;
  const words = [`${textOf(underlying, NONE)}, expires ${day(expires)}`];
  const price = known(reference?.last_traded_price);
  const doubt = OLD[reference?.freshness];
  words.push(
    price === undefined
      ? `no price of ${textOf(reference?.symbol, "the underlying")} yet`
      : `${textOf(reference.symbol, "underlying")} ${number(price, 2)}${
        doubt === undefined ? "" : ` (${doubt})`
      }`,
  );
  if (known(forward?.price) !== undefined) words.push(`forward ${number(forward.price, 2)}`);
  if (old > 0) words.push(`${old} of ${sides.length} prices are not live`);
  return words.join(" · ");
}

/** What is wrong, in words; nothing where all is well. */
export function faultWords({ answer, answeredAt, fault }, { old, cut }) {
  const since = answeredAt === undefined ? "" : ` These figures are of ${istTime(answeredAt)}.`;
  if (fault !== undefined) return `${fault}.${since}`;
  if (answer !== undefined && (old || cut)) return `Not live.${since}`;
  return answer === undefined ? "Asking the proxy…" : "";
}
