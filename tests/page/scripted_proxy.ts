import { openStaticFiles } from "../../lib/server/static_files.ts";

const STATIC = new URL("../../static", import.meta.url).pathname;

interface Command {
  readonly id?: unknown;
  readonly command: string;
  readonly exchange: string;
  readonly tokens?: readonly string[];
  readonly mode?: string;
}

type Tick = Readonly<Record<string, unknown>>;

interface ScriptedProxy extends AsyncDisposable {
  readonly url: string;
  /** Sends ticks to all pages, whatever they are subscribed to. */
  say(ticks: readonly Tick[]): void;
}

/**
 * Serves the page, and at its WebSocket plays a proxy that carries just these ticks: for what no market would quote
 * while somebody looks.
 */
export function startScriptedProxy(ticks: readonly Tick[]): ScriptedProxy {
  const said = new Set<(ticks: readonly Tick[]) => void>();
  const files = openStaticFiles(STATIC);
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") {
      return files.respond(new URL(request.url).pathname) ?? new Response("", { status: 404 });
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    const say = (message: unknown) => socket.send(JSON.stringify(message));
    const exchanges = [...new Set(ticks.map(({ exchange }) => exchange))];
    socket.onopen = () =>
      say({
        type: "info",
        source: "live",
        epoch: "a",
        available_exchanges: exchanges,
        upstream: { state: "up" },
      });
    let seq = 0;
    const send = (data: readonly Tick[]) => say({ type: "market_data", seq: ++seq, data });
    said.add(send);
    socket.onclose = () => said.delete(send);
    socket.onmessage = ({ data }) => {
      const { id, command, exchange, tokens, mode }: Command = JSON.parse(data);
      const chosen = ticks.filter((tick) =>
        tick.exchange === exchange && (tokens?.includes(String(tick.token)) ?? true)
      );
      const results = chosen.map((tick) => ({
        status: "accepted",
        instrument: `${tick.exchange}:${tick.token}`,
        symbol: tick.symbol,
        mode,
      }));
      say({ status: "success", command, id, ...command === "subscribe" ? { results } : { data: {} } });
      if (command === "subscribe") send(chosen);
    };
    return response;
  });
  return {
    say: (ticks) => said.forEach((send) => send(ticks)),
    url: `http://127.0.0.1:${server.addr.port}/`,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}
