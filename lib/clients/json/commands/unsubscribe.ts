import { z } from "zod";
import { isWatchlist, refusedWords, type Row, select, statusOf } from "../../instrument_selection.ts";
import { countOf, groupedByExchange, missingWatchlist, unsubscribedRow } from "../rows.ts";
import { defineCommand } from "./define_command.ts";
import { checkSelection, selection, selectionUnits } from "./fields.ts";

/** Gives up what `subscribe` asked for, or everything. */
export const unsubscribe = defineCommand({
  name: "unsubscribe",
  fields: { ...selection, all: z.boolean().optional() },
  check(input, context) {
    if (input.all !== true) checkSelection(input, context);
  },
  units: selectionUnits,
  handle(input, { connection, subscriptions, watchlist, instruments }) {
    const all = input.all ?? false;
    const missing = all ? undefined : missingWatchlist(input, watchlist);
    if (missing !== undefined) return missing;
    const rows: Row[] = all
      ? Array.from(connection.subscriptions.keys(), (key) => ({ status: "accepted", key }))
      : select(input, watchlist, instruments);
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
  },
});
