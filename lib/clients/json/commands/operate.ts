import { z } from "zod";
import { ANYONE } from "../../../access/entitlement.ts";
import type { ClientConnection } from "../../client_connection.ts";
import { refusal } from "../reply.ts";
import { type CommandContext, defineCommand, type Reply, success } from "./define_command.ts";
import { numberFrom, optional } from "./fields.ts";

/** Who is connected, and how each of them keeps up. */
export const clients = defineCommand({
  name: "clients",
  fields: {},
  units: () => 40,
  handle: (_, context) =>
    forOperators(context, () => {
      const rows = [...context.operation.connections()].map((each) => ({
        ...clientRow(each),
        limit: context.budget.most(each.entitlement),
        is_this: each === context.connection,
      }));
      return success("Clients", rows);
    }),
});

/** Closes one of them. */
export const disconnect = defineCommand({
  name: "disconnect",
  fields: { number: numberFrom(z.number("must be the number of a client, as in clients").int().min(1)) },
  units: () => 5,
  handle: ({ number }, context) =>
    forOperators(context, () => {
      if (number === context.connection.number) {
        return no("bad_command", "That is this connection; it closes itself");
      }
      return context.operation.disconnect(number)
        ? success(`Client ${number} is disconnected`)
        : no("unknown_client", `No client has the number ${number}; it may have left`);
    }),
});

/** How the whole proxy stands, and the last lines of its log. */
export const overview = defineCommand({
  name: "overview",
  fields: { after: optional(numberFrom(z.number("must be the number of a line").int().min(0))) },
  units: () => 60,
  handle: ({ after = 0 }, context) =>
    forOperators(context, () => success("Overview", context.operation.overview(after))),
});

function forOperators({ connection }: CommandContext, act: () => Reply): Reply {
  if (connection.mayOperate) return act();
  const why = connection.entitlement === ANYONE
    ? "Only for clients on this machine, or with a token that has the right `operator`"
    : `The access token of ${connection.entitlement.name} does not have the right \`operator\``;
  return no("not_allowed", why);
}

function no(code: "bad_command" | "not_allowed" | "unknown_client", message: string): Reply {
  return { answer: refusal({ code, message }) };
}

function clientRow(each: ClientConnection): Record<string, unknown> {
  const { number, from, protocol, entitlement, outbox, delivery } = each;
  return {
    number,
    name: entitlement === ANYONE ? undefined : entitlement.name,
    from,
    protocol,
    encoding: delivery.encoder.encoding,
    interval: delivery.interval,
    subscriptions: each.subscriptions.size,
    lagging_ms: Math.round(outbox.laggingMs ?? 0),
    waiting: outbox.waiting,
    conflated: outbox.conflated,
    bytes: outbox.bytes,
    since: each.connectedAt,
  };
}
