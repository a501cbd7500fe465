import { isWatchlist, refusedWords, type Row, selectInTurns, statusOf } from "../../instrument_selection.ts";
import {
  countOf,
  groupedByExchange,
  keysOf,
  missingWatchlist,
  rowPieces,
  rowsAnswered,
  unsubscribedRow,
} from "../rows.ts";
import { chainUnits, checkChainAlone, unsubscribeChain } from "./chain_commands.ts";
import { chain } from "./chain_field.ts";
import { defineCommand, type Reply } from "./define_command.ts";
import { checkSelection, flag, optional, selection, selectionUnits } from "./fields.ts";

/** Gives up what `subscribe` asked for, or everything. */
export const unsubscribe = defineCommand({
  name: "unsubscribe",
  fields: { ...selection, all: optional(flag), chain },
  check(input, context) {
    if (input.chain !== undefined) checkChainAlone(input, context);
    else if (input.all !== true) checkSelection(input, context);
  },
  units(input, held) {
    if (input.chain !== undefined) return chainUnits(input.chain);
    return selectionUnits(input) + (input.all === true ? held / 10 : 0);
  },
  handle(input, context) {
    const { chains, connection, subscriptions, watchlist, instruments } = context;
    if (input.chain !== undefined) return unsubscribeChain(input.chain, context);
    const held = connection.subscriptions;
    const all = input.all ?? false;
    if (all) {
      const rows = Array.from(held.keys(), (key): Row => ({ status: "accepted", key }));
      for (const view of chains.of(connection)) chains.unsubscribe(view);
      return rowsAnswered(rows, replyTo, context);
    }
    const missing = missingWatchlist(input, watchlist);
    if (missing !== undefined) return missing;
    return rowsAnswered(selectInTurns(input, context, held), replyTo, context);

    function* replyTo(rows: readonly Row[]): Generator<void, Reply> {
      for (const some of rowPieces(rows)) {
        subscriptions.unsubscribe(connection, some.flatMap(keysOf));
        yield;
      }
      const keys = rows.flatMap(keysOf);
      const refused = rows.length > keys.length;
      const named = !all && isWatchlist(input);
      return {
        answer: {
          ...statusOf(rows),
          message: `Unsubscribed from ${named ? input.exchange : countOf(keys.length)}${refusedWords(rows)}`,
          data: groupedByExchange(keys),
          ...named && !refused ? {} : {
            left: connection.subscriptions.size,
            ...refused ? { results: rows.map((row) => unsubscribedRow(row, instruments)) } : {},
          },
        },
      };
    }
  },
});
