import { z } from "zod";
import { defineCommand, success } from "./define_command.ts";

/** Brings an access token as the first message; on a connection that has one it is only greeted. */
export const authenticate = defineCommand({
  name: "authenticate",
  fields: { token: z.string("must be a text").max(1_000) },
  handle: (_, { connection }) => success(`Welcome, ${connection.entitlement.name}`),
});
