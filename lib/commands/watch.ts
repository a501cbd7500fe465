import { type Config, ConfigError } from "../config/config.ts";
import { accessToken } from "../config/schemas.ts";
import { isExchange } from "../market/market.ts";
import { systemClock } from "../util/clock.ts";
import { Secret } from "../util/secret.ts";
import { csvTicks, ndjson } from "../watch/lines.ts";
import { proxyEvents } from "../watch/proxy_events.ts";
import type { Screen } from "../watch/table.ts";
import { lineView, tableView, type View } from "../watch/views.ts";
import { watch } from "../watch/watch.ts";
import type { Context, Running } from "./bootstrap.ts";

/** A person does not see more, and a table needs no more. */
const TABLE_INTERVAL_MS = 250;

/** Shows the prices of a running proxy. The exit code is that of {@linkcode watch}. */
export function watchPrices(config: Config, { operands }: Context): Promise<Running> {
  const { url, token } = streamOf(config, operands);
  const view = viewOf(config);
  if (view.isTable) url.searchParams.set("interval", String(TABLE_INTERVAL_MS));
  const ending = new AbortController();
  const { signal } = ending;
  const events = proxyEvents({ url, token, clock: systemClock, random: Math.random, fetch, signal });
  const ended = watch(events, view.view, (why) => console.error(why));
  // It is looked at later, and not by who only stops it.
  ended.catch(() => {});
  return Promise.resolve({
    ended,
    async stop() {
      ending.abort();
      await ended;
    },
  });
}

/**
 * Where the prices come from. Who gives a WebSocket's address means the proxy behind it; a token in it is sent as a
 * header like any other, so that it stands in no log.
 *
 * @throws {ConfigError} A watch list is named beside something else.
 */
export function streamOf(
  { watch, port, tls, access }: Pick<Config, "watch" | "port" | "tls" | "access">,
  operands: readonly string[],
): { readonly url: URL; readonly token: Secret | undefined } {
  const base = new URL(watch.url ?? `${tls ? "https" : "http"}://localhost:${port}`);
  const inAddress = base.searchParams.get("token") ?? undefined;
  if (inAddress !== undefined && !accessToken.safeParse(inAddress).success) {
    throw new ConfigError(["the token in the address is no access token"]);
  }
  const protocol = base.protocol.replace("ws", "http");
  const folder = base.pathname.replace(/\/(?:ws)?$/, "");
  const url = new URL(`${protocol}//${base.host}${folder}/events`);
  const names = operands.flatMap((operand) => operand.split(",")).map((name) => name.trim())
    .filter((name) => name !== "");
  const lists = names.filter((name) => isExchange(name.toLowerCase()));
  if (lists.length > 0 && names.length > 1) {
    throw new ConfigError([`"${lists[0]}" means a whole watch list, which stands alone`]);
  }
  if (lists.length > 0) url.searchParams.set("exchange", lists[0]!.toLowerCase());
  else url.searchParams.set("symbols", names.join(","));
  url.searchParams.set("mode", watch.mode);
  return { url, token: watch.token ?? (inAddress === undefined ? access.token : new Secret(inAddress)) };
}

function viewOf({ watch: { csv, mode } }: Config): { readonly view: View; readonly isTable: boolean } {
  const isTable = Deno.stdout.isTerminal() && !csv;
  if (!isTable) {
    return { isTable, view: lineView(csv ? csvTicks(mode) : ndjson(), write, (text) => console.error(text)) };
  }
  return { isTable, view: tableView(systemClock, write, screen) };
}

/** A terminal that does not know its size says 0. */
function screen(): Screen {
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || 80, rows: rows || 24, colour: !Deno.noColor };
}

async function write(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}
