import { z } from "zod";
import { INTERVAL_NAMES } from "../../../candles/interval.ts";
import { candleMode } from "../../candle_rows.ts";
import {
  answerSelection,
  isWatchlist,
  refusedWords,
  type Row,
  statusOf,
} from "../../instrument_selection.ts";
import { EVERY, MAX_SERIES } from "../candle_feed.ts";
import { refusal } from "../reply.ts";
import { countOf, groupedByExchange, missingWatchlist, subscribedRow } from "../rows.ts";
import { chainUnits, checkChainAlone, subscribeChain } from "./chain_commands.ts";
import { chain } from "./chain_field.ts";
import { defineCommand, type Reply } from "./define_command.ts";
import {
  checkSelection,
  flag,
  listOf,
  mode,
  numberFrom,
  optional,
  selection,
  selectionUnits,
  wordOf,
} from "./fields.ts";

const EVERY_RANGE = `must be a number of milliseconds from ${EVERY.least} to ${EVERY.most}`;

/** Candles as well as ticks, or in their place. */
const candleFields = {
  candles: optional(listOf(wordOf(INTERVAL_NAMES), `must be one or several of ${INTERVAL_NAMES.join(", ")}`)),
  every: optional(
    numberFrom(z.number(EVERY_RANGE).min(EVERY.least, EVERY_RANGE).max(EVERY.most, EVERY_RANGE)),
  ),
  forming: optional(flag),
};

/** Subscribes to a watch list, to tokens of an exchange, to names, or to several of these; or to an option chain. */
export const subscribe = defineCommand({
  name: "subscribe",
  fields: { ...selection, mode, chain, ...candleFields },
  check(input, context) {
    (input.chain === undefined ? checkSelection : checkChainAlone)(input, context);
    for (const field of ["every", "forming"] as const) {
      if (input[field] === undefined || input.candles !== undefined) continue;
      context.addIssue({ code: "custom", path: [field], message: `needs "candles" beside it` });
    }
  },
  units: (input) => input.chain === undefined ? selectionUnits(input) : chainUnits(input.chain),
  handle(input, context) {
    const { candleFeed, connection, subscriptions, watchlist } = context;
    if (input.chain !== undefined) return subscribeChain(input.chain, input.mode, context);
    const missing = missingWatchlist(input, watchlist);
    if (missing !== undefined) return missing;
    return answerSelection(input, context, replyTo);

    function replyTo(rows: readonly Row[]): Reply {
      const { candles } = input;
      const more = rows.length * (candles?.length ?? 0);
      if (more + candleFeed.size > MAX_SERIES && more > 0) return { answer: refusal(TOO_MANY_SERIES) };
      const without = candles === undefined ? undefined : candleMode;
      const results = subscriptions.subscribe(connection, rows, input.mode, without);
      const accepted = results.flatMap((row) => row.status === "accepted" ? [row.key] : []);
      if (candles !== undefined) {
        const { every, forming } = input;
        candleFeed.set(accepted, candles, {
          ...every === undefined ? {} : { every },
          ...forming === undefined ? {} : { forming },
        });
      }
      const whole = accepted.length === results.length;
      const what = isWatchlist(input) ? input.exchange : countOf(accepted.length);
      const message = whole
        ? `Subscribed to ${what}`
        : `Subscribed to ${accepted.length} of ${countOf(results.length)}`;
      const brief = isWatchlist(input) && input.mode === undefined && whole;
      return {
        snapshot: accepted,
        answer: {
          ...statusOf(results),
          message: message + refusedWords(results),
          data: groupedByExchange(accepted),
          ...candles === undefined ? {} : { candles: { intervals: candles, ...candleFeed.pace } },
          ...brief ? {} : {
            results: results.map((row) => ({
              ...subscribedRow(row, context),
              ...row.status === "accepted" ? { intervals: candleFeed.intervalsOf(row.key) } : {},
            })),
            budget: subscriptions.budget(),
          },
        },
      };
    }
  },
});

const TOO_MANY_SERIES = {
  code: "too_many_instruments",
  message: `a client may have ${MAX_SERIES} candles at a time, instruments times lengths`,
} as const;
