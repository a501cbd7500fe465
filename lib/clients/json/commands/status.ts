import { ANYONE, type Entitlement } from "../../../access/entitlement.ts";
import { feedReport } from "../../../status/proxy_status.ts";
import { type CommandContext, defineCommand, success } from "./define_command.ts";

/** How the feed, the markets and the client itself stand. */
export const status = defineCommand({
  name: "status",
  fields: {},
  units: () => 5,
  handle: (_, context) =>
    success("Status", {
      ...feedReport(context.status()),
      budget: context.budget.current(),
      client: clientReport(context),
    }),
});

function clientReport({ connection, delivery }: CommandContext): Record<string, unknown> {
  const { entitlement, outbox } = connection;
  return {
    number: connection.number,
    ...entitlement === ANYONE ? {} : { access: accessReport(entitlement) },
    subscriptions: connection.subscriptions.size,
    delivery,
    conflated: outbox.conflated,
    lagging_ms: Math.round(outbox.laggingMs ?? 0),
    waiting: outbox.waiting,
  };
}

function accessReport({ name, exchanges, maxInstruments, expires }: Entitlement): Record<string, unknown> {
  return { name, exchanges: exchanges && [...exchanges], max_instruments: maxInstruments, expires };
}
