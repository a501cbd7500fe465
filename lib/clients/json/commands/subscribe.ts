import {
  answerSelection,
  isWatchlist,
  refusedWords,
  type Row,
  statusOf,
} from "../../instrument_selection.ts";
import { countOf, groupedByExchange, missingWatchlist, subscribedRow } from "../rows.ts";
import { chainUnits, checkChainAlone, subscribeChain } from "./chain_commands.ts";
import { chain } from "./chain_field.ts";
import { defineCommand, type Reply } from "./define_command.ts";
import { checkSelection, mode, selection, selectionUnits } from "./fields.ts";

/** Subscribes to a watch list, to tokens of an exchange, to names, or to several of these; or to an option chain. */
export const subscribe = defineCommand({
  name: "subscribe",
  fields: { ...selection, mode, chain },
  check: (input, check) => (input.chain === undefined ? checkSelection : checkChainAlone)(input, check),
  units: (input) => input.chain === undefined ? selectionUnits(input) : chainUnits(input.chain),
  handle(input, context) {
    const { connection, subscriptions, watchlist } = context;
    if (input.chain !== undefined) return subscribeChain(input.chain, input.mode, context);
    const missing = missingWatchlist(input, watchlist);
    if (missing !== undefined) return missing;
    return answerSelection(input, context, replyTo);

    function replyTo(rows: readonly Row[]): Reply {
      const results = subscriptions.subscribe(connection, rows, input.mode);
      const accepted = results.flatMap((row) => row.status === "accepted" ? [row.key] : []);
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
          ...brief ? {} : {
            results: results.map((row) => subscribedRow(row, context)),
            budget: subscriptions.budget(),
          },
        },
      };
    }
  },
});
