import { z } from "zod";
import { refusal } from "../reply.ts";
import { show } from "../show.ts";
import { defineCommand, success } from "./define_command.ts";

/** Calls off a command that is being answered: `candles`. */
export const cancel = defineCommand({
  name: "cancel",
  fields: {
    request: z.union([z.string().max(100), z.number()], "must be the id of a command that is being answered"),
  },
  handle({ request }, { jobs }) {
    if (jobs.cancel(request)) return success(`Cancelled ${show(request)}`);
    const message = `"request" ${show(request)}: no command with this id is being answered`;
    return { answer: refusal({ code: "bad_command", message }) };
  },
});
