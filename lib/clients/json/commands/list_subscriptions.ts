import type { InstrumentKey } from "../../../market/market.ts";
import { endedState, subscriptionState } from "../../subscription_state.ts";
import { chainState } from "../chain_message.ts";
import { rowPieces, rowsAnswered } from "../rows.ts";
import { type CommandContext, defineCommand, type Reply, success } from "./define_command.ts";

/** What the client is subscribed to, and how each subscription stands. */
export const listSubscriptions = defineCommand({
  name: "list_subscriptions",
  fields: {},
  units: (_input, held) => 10 + held / 10,
  handle: (_, context) =>
    rowsAnswered([...context.connection.subscriptions.keys()], (keys) => listed(keys, context), context),
});

function* listed(keys: readonly InstrumentKey[], context: CommandContext): Generator<void, Reply> {
  const { candleFeed, chains, connection } = context;
  // News that come while it is made come after it.
  const release = context.holdBack();
  try {
    const rows: Record<string, unknown>[] = [];
    for (const some of rowPieces(keys)) {
      for (const key of some) {
        // Its contract may have ended meanwhile.
        if (!connection.subscriptions.has(key)) continue;
        const ids = Array.from(connection.chainParts.chainsOf(key), ({ id }) => id);
        rows.push({
          ...subscriptionState(connection, key, context),
          intervals: candleFeed.intervalsOf(key),
          ...ids.length > 0 ? { chains: ids } : {},
        });
      }
      yield;
    }
    const ended = [...connection.endedSubscriptions.values()].map(endedState);
    const { answer } = success("Subscriptions", [...rows, ...ended]);
    const own = chains.of(connection).map(chainState);
    return { release, answer: { ...answer, ...own.length > 0 ? { chains: own } : {} } };
  } catch (error) {
    release();
    throw error;
  }
}
