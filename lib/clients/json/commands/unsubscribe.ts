import {
  isWatchlist,
  NAMES_PER_PIECE,
  namesIn,
  refusedWords,
  type Row,
  select,
  selectInPieces,
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
  handle(input, { connection, subscriptions, watchlist, instruments, turn }) {
    const held = connection.subscriptions;
    const all = input.all ?? false;
    if (all) return replyTo(Array.from(held.keys(), (key) => ({ status: "accepted", key })));
    const missing = missingWatchlist(input, watchlist);
    if (missing !== undefined) return missing;
    if (namesIn(input) <= NAMES_PER_PIECE) return replyTo(select(input, watchlist, instruments, held));
    return selectInPieces(input, watchlist, instruments, turn, held).then(replyTo);

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
