import { endedState, subscriptionState } from "../../subscription_state.ts";
import { chainState } from "../chain_message.ts";
import { defineCommand, success } from "./define_command.ts";

/** What the client is subscribed to, and how each subscription stands. */
export const listSubscriptions = defineCommand({
  name: "list_subscriptions",
  fields: {},
  units: (_input, held) => 10 + held / 10,
  handle: (_, context) => {
    const { chains, connection } = context;
    const rows = [...connection.subscriptions.keys()].map((key) => {
      const ids = Array.from(connection.chainParts.chainsOf(key), ({ id }) => id);
      return { ...subscriptionState(connection, key, context), ...ids.length > 0 ? { chains: ids } : {} };
    });
    const ended = [...connection.endedSubscriptions.values()].map(endedState);
    const { answer } = success("Subscriptions", [...rows, ...ended]);
    const own = chains.of(connection).map(chainState);
    return { answer: { ...answer, ...own.length > 0 ? { chains: own } : {} } };
  },
});
