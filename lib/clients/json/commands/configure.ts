import { z } from "zod";
import {
  DELIVERY_FIELDS,
  deliveryOf,
  ENCODINGS,
  MAX_INTERVAL_MS,
  unknownFields,
} from "../delivery_options.ts";
import { show } from "../show.ts";
import { defineCommand, success } from "./define_command.ts";
import { numberFrom, optional, wordOf } from "./fields.ts";

const INTERVAL_RANGE = `must be from 0 to ${MAX_INTERVAL_MS}`;

/** Changes how the client's ticks are delivered; what is not named stays as it is. */
export const configure = defineCommand({
  name: "configure",
  fields: {
    encoding: optional(wordOf(ENCODINGS)),
    interval: optional(numberFrom(
      z.number(`must be a number of milliseconds from 0 to ${MAX_INTERVAL_MS}`)
        .min(0, INTERVAL_RANGE).max(MAX_INTERVAL_MS, INTERVAL_RANGE),
    )),
    /** `null` goes back to all fields. */
    fields: z.array(z.string(), "must be a list of names").min(1, "is empty").max(DELIVERY_FIELDS.length)
      .superRefine((names, context) => {
        const unknown = unknownFields(names);
        if (unknown.length === 0) return;
        const named = unknown.slice(0, 5).map(show).join(", ");
        context.addIssue({ code: "custom", message: `has ${named}; known: ${DELIVERY_FIELDS.join(", ")}` });
      }).nullable().optional(),
  },
  // All of its instruments are subscribed anew, in the new form.
  units: (_input, held) => 10 + held / 10,
  handle({ encoding, interval, fields }, context) {
    const { connection, delivery: before } = context;
    const chosen = fields === undefined ? before.fields : fields ?? undefined;
    context.delivery = {
      encoding: encoding ?? before.encoding,
      interval: interval ?? before.interval,
      ...chosen === undefined ? {} : { fields: chosen },
    };
    const delivery = deliveryOf(context.delivery, context.ticks);
    context.subscriptions.setDelivery(connection, delivery);
    return {
      ...success("Delivery options in force", context.delivery),
      delivery,
      snapshot: connection.subscriptions.keys(),
    };
  },
});
