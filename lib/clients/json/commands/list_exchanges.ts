import { covers } from "../../../access/entitlement.ts";
import { defineCommand, success } from "./define_command.ts";

/** The exchanges that the owner has chosen instruments of, and that the client may have. */
export const listExchanges = defineCommand({
  name: "list_exchanges",
  fields: {},
  handle: (_, { watchlist, connection }) =>
    success(
      "Available exchanges",
      [...watchlist.keys()].filter((each) => covers(connection.entitlement, each)),
    ),
});
