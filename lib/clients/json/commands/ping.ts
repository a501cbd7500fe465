import { z } from "zod";
import { defineCommand } from "./define_command.ts";

/** Answers with what was sent and this machine's time, ms since the Unix epoch. */
export const ping = defineCommand({
  name: "ping",
  fields: { ts: z.unknown().optional() },
  handle: ({ ts }, { clock }) => ({ answer: { type: "pong", ts, server_ts: clock.now() } }),
});
