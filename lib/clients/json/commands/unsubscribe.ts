import {
  answerSelection,
  isWatchlist,
  refusedWords,
  type Row,
  statusOf,
} from "../../instrument_selection.ts";
import { countOf, groupedByExchange, missingWatchlist, unsubscribedRow } from "../rows.ts";
import { defineCommand, type Reply } from "./define_command.ts";
import { checkSelection, flag, optional, selection, selectionUnits } from "./fields.ts";

/** Gives up what `subscribe` asked for, or everything. */
export const unsubscribe = defineCommand({
  name: "unsubscribe",
  fields: { ...selection, all: optional(flag) },
  check(input, context) {
    if (input.all !== true) checkSelection(input, context);
  },
  units: (input, held) => selectionUnits(input) + (input.all === true ? held / 10 : 0),
  handle(input, context) {
    const { connection, subscriptions, watchlist, instruments } = context;
    const held = connection.subscriptions;
    const all = input.all ?? false;
    if (all) return replyTo(Array.from(held.keys(), (key) => ({ status: "accepted", key })));
    const missing = missingWatchlist(input, watchlist);
    if (missing !== undefined) return missing;
    return answerSelection(input, context, replyTo, held);

    function replyTo(rows: readonly Row[]): Reply {
      const keys = rows.flatMap((row) => row.status === "accepted" ? [row.key] : []);
      subscriptions.unsubscribe(connection, keys);
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
