import { z } from "zod";
import { INTERVAL_NAMES } from "../../../candles/interval.ts";
import { candleMode } from "../../candle_rows.ts";
import { isWatchlist, refusedWords, type Row, selectInTurns, statusOf } from "../../instrument_selection.ts";
import { type InstrumentKey, splitKey } from "../../../market/market.ts";
import type { Release } from "../../delivery/send_queue.ts";
import { EVERY, MAX_SERIES } from "../candle_feed.ts";
import { refusal } from "../reply.ts";
import {
  countOf,
  groupedByExchange,
  keysOf,
  missingWatchlist,
  rowPieces,
  rowsAnswered,
  subscribedRow,
} from "../rows.ts";
import { chainUnits, checkChainAlone, subscribeChain } from "./chain_commands.ts";
import { chain } from "./chain_field.ts";
import { type CommandContext, defineCommand, type Reply } from "./define_command.ts";
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
import { readFrom } from "./from_time.ts";

const EVERY_RANGE = `must be a number of milliseconds from ${EVERY.least} to ${EVERY.most}`;

/** Candles as well as ticks, or in their place. */
const candleFields = {
  candles: optional(listOf(wordOf(INTERVAL_NAMES), `must be one or several of ${INTERVAL_NAMES.join(", ")}`)),
  every: optional(
    numberFrom(z.number(EVERY_RANGE).min(EVERY.least, EVERY_RANGE).max(EVERY.most, EVERY_RANGE)),
  ),
  forming: optional(flag),
};

/** Finding the place in the recording costs more than the subscription. */
const REWIND_UNITS = 20;

const from = optional(
  z.union(
    [z.string().max(40), z.number()],
    'must be a time of today such as "09:15", or a while such as "-15m"',
  ),
);

/** Why earlier ticks cannot be had; undefined where they can. */
function rewindProblem(rows: readonly Row[], { connection, replay, rewind }: CommandContext) {
  if (replay !== undefined) {
    return {
      code: "bad_command",
      message: '"from" is none of a replay; {"command":"seek"} goes to a time',
    } as const;
  }
  const keys = rows.flatMap((row) => row.status === "accepted" ? [row.key] : []);
  const missing = keys.find((key) => rewind?.records(splitKey(key).exchange) !== true);
  if (rewind === undefined || missing !== undefined) {
    const what = missing === undefined ? "Nothing" : `${splitKey(missing).exchange}`;
    const message =
      `${what} is not recorded here, so there is nothing to go back to; RECORD=on keeps the day`;
    return { code: "not_recorded", message } as const;
  }
  const busy = keys.find((key) => connection.rewinding.has(key));
  if (busy === undefined) return undefined;
  return { code: "rewinding", message: `${busy} is being rewound; wait for replay_completed` } as const;
}

/** Subscribes to a watch list, to tokens of an exchange, to names, or to several of these; or to an option chain. */
export const subscribe = defineCommand({
  name: "subscribe",
  fields: { ...selection, mode, chain, from, ...candleFields },
  check(input, context) {
    (input.chain === undefined ? checkSelection : checkChainAlone)(input, context);
    for (const field of ["every", "forming"] as const) {
      if (input[field] === undefined || input.candles !== undefined) continue;
      context.addIssue({ code: "custom", path: [field], message: `needs "candles" beside it` });
    }
    if (input.from !== undefined && input.candles !== undefined) {
      const message = 'is of ticks; the command "candles" has those of before';
      context.addIssue({ code: "custom", path: ["from"], message });
    }
  },
  units: (input) =>
    (input.chain === undefined ? selectionUnits(input) : chainUnits(input.chain)) +
    (input.from === undefined ? 0 : REWIND_UNITS),
  handle(input, context) {
    const { budget, candleFeed, connection, instruments, marketData, subscriptions, watchlist } = context;
    if (input.chain !== undefined) return subscribeChain(input.chain, input.mode, context);
    const missing = missingWatchlist(input, watchlist);
    if (missing !== undefined) return missing;
    const read = input.from === undefined ? undefined : readFrom(input.from, marketData.now());
    if (typeof read === "string") {
      return { answer: refusal({ code: "bad_command", message: `"from" ${read}` }) };
    }
    const since = read;
    const prepare = (key: InstrumentKey) => {
      marketData.hours(key);
      instruments.symbolOf(key);
      instruments.get(key);
    };
    let release: Release | undefined;
    return rowsAnswered(selectInTurns(input, { ...context, prepare }), releasing, context);

    function* releasing(rows: readonly Row[]): Generator<void, Reply> {
      try {
        return yield* replyTo(rows);
      } catch (error) {
        release?.();
        throw error;
      }
    }

    function* replyTo(rows: readonly Row[]): Generator<void, Reply> {
      const { candles } = input;
      const more = rows.length * (candles?.length ?? 0);
      if (more + candleFeed.size > MAX_SERIES && more > 0) return { answer: refusal(TOO_MANY_SERIES) };
      const problem = since === undefined ? undefined : rewindProblem(rows, context);
      if (problem !== undefined) return { answer: refusal(problem) };
      // Last values would stand before the ticks that led to them.
      const results = since === undefined
        ? yield* subscribed(rows)
        : subscriptions.subscribeLater(connection, rows, input.mode);
      const accepted = results.flatMap(keysOf);
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
      const brief = since === undefined && isWatchlist(input) && input.mode === undefined && whole;
      const told = brief ? {} : { results: yield* toldRows(results), budget: budget.current() };
      return {
        release,
        ...since === undefined ? {} : { after: () => context.rewind!.begin(accepted, since) },
        answer: {
          ...statusOf(results),
          message: message + refusedWords(results),
          ...since === undefined ? {} : { from: since },
          data: groupedByExchange(accepted),
          ...candles === undefined ? {} : { candles: { intervals: candles, ...candleFeed.pace } },
          ...told,
        },
      };
    }

    /** Each with its last value, which stands before its first tick. Both come after the answer. */
    function* subscribed(rows: readonly Row[]): Generator<void, Row[]> {
      const without = input.candles === undefined ? undefined : candleMode;
      const results: Row[] = [];
      for (const some of rowPieces(rows)) {
        const taken = subscriptions.subscribe(connection, some, input.mode, without);
        // What came until now leaves before.
        release ??= context.holdBack();
        subscriptions.sendSnapshot(connection, taken.flatMap(keysOf));
        results.push(...taken);
        yield;
      }
      return results;
    }

    function* toldRows(results: readonly Row[]): Generator<void, Record<string, unknown>[]> {
      const told: Record<string, unknown>[] = [];
      for (const some of rowPieces(results)) {
        for (const row of some) {
          const intervals = row.status === "accepted" ? { intervals: candleFeed.intervalsOf(row.key) } : {};
          told.push({ ...subscribedRow(row, context), ...intervals });
        }
        yield;
      }
      return told;
    }
  },
});

const TOO_MANY_SERIES = {
  code: "too_many_instruments",
  message: `a client may have ${MAX_SERIES} candles at a time, instruments times lengths`,
} as const;
