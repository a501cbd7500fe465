import { endedState, subscriptionState } from "../../subscription_state.ts";
import { defineCommand, success } from "./define_command.ts";

/** What the client is subscribed to, and how each subscription stands. */
export const listSubscriptions = defineCommand({
  name: "list_subscriptions",
  fields: {},
  units: (_input, held) => 10 + held / 10,
  handle: (_, context) => {
    const { candleFeed, connection } = context;
    const rows = [...connection.subscriptions.keys()].map((key) => ({
      ...subscriptionState(connection, key, context),
      intervals: candleFeed.intervalsOf(key),
    }));
    const ended = [...connection.endedSubscriptions.values()].map(endedState);
    return success("Subscriptions", [...rows, ...ended]);
  },
});
