import { subscriptionState } from "../../subscription_state.ts";
import { defineCommand, success } from "./define_command.ts";

/** What the client is subscribed to, and how each subscription stands. */
export const listSubscriptions = defineCommand({
  name: "list_subscriptions",
  fields: {},
  units: () => 20,
  handle: (_, context) => {
    const { connection } = context;
    const rows = [...connection.subscriptions.keys()].map((key) =>
      subscriptionState(connection, key, context)
    );
    return success("Subscriptions", rows);
  },
});
