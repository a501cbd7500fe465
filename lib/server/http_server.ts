import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import { type Contract, readContract } from "../clients/contract.ts";
import type { ClientHandle } from "../clients/gateway.ts";
import type { ClientSocket } from "../clients/outbox.ts";
import type { StaticFiles } from "./static_files.ts";

export interface HttpServerOptions {
  readonly hostname: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly files: StaticFiles;
  readonly connect: (socket: ClientSocket, from: string, contract: Contract) => ClientHandle;
  /** What `/healthz` answers beside being alive. */
  readonly health: () => Record<string, unknown>;
}

export interface HttpServer {
  readonly hostname: string;
  readonly port: number;
  /** Takes no one in any more and waits a little for those who are leaving. */
  stop(): Promise<void>;
}

/**
 * An idle client is pinged by the runtime after half of this, and closed when nothing came within it: a dead one is
 * noticed within a minute.
 */
const IDLE_TIMEOUT_S = 30;

/** Clients that do not answer the closing handshake are not waited for any longer. */
const LEAVE_WITHIN_MS = 2_000;

const log = getLogger(["server"]);

/** @throws {Error} The port is taken, or may not be used; the message says what would do. */
export function startHttpServer(options: HttpServerOptions): HttpServer {
  const abort = new AbortController();
  const server = listen(options, abort.signal, (request, info) => answer(request, info, options));
  return {
    hostname: server.addr.hostname,
    port: server.addr.port,
    async stop() {
      let disarm = () => {};
      const tooLong = new Promise<"too long">((resolve) => {
        disarm = options.clock.after(LEAVE_WITHIN_MS, () => resolve("too long"));
      });
      if (await Promise.race([server.shutdown(), tooLong]) === "too long") abort.abort();
      disarm();
    },
  };
}

function listen(
  { hostname, port }: HttpServerOptions,
  signal: AbortSignal,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({
      hostname,
      port,
      signal,
      onListen: () => {},
      onError(error) {
        log.error("a request failed: {error}", { error });
        return text(500, "The proxy failed at this request; see its log");
      },
    }, handler);
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "it is taken; stop the program that holds it, or choose another with --port or PORT"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new Error(`Cannot listen on ${hostname}:${port}: ${why}`, { cause: error });
  }
}

async function answer(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  options: HttpServerOptions,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
    if (pathname !== "/" && pathname !== "/ws") return text(404, "WebSockets connect to / or /ws");
    const contract = readContract(searchParams);
    if (typeof contract === "string") return text(400, contract);
    const from = `${info.remoteAddr.hostname}:${info.remoteAddr.port}`;
    return upgrade(request, (socket) => options.connect(socket, from, contract));
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return text(405, "Only GET and HEAD are answered here", { allow: "GET, HEAD" });
  }
  if (pathname === "/healthz") return Response.json({ status: "ok", ...options.health() });
  if (pathname === "/ws") {
    return text(426, "Connect to this address with a WebSocket", { upgrade: "websocket" });
  }
  return await options.files.respond(pathname) ?? text(404, "Not found");
}

function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(`${body}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", ...headers },
  });
}

function upgrade(request: Request, connect: (socket: ClientSocket) => ClientHandle): Response {
  let socket: WebSocket;
  let response: Response;
  try {
    ({ socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: IDLE_TIMEOUT_S }));
  } catch (error) {
    return text(400, `Not a WebSocket handshake: ${error instanceof Error ? error.message : error}`);
  }
  socket.binaryType = "arraybuffer";
  let client: ClientHandle | undefined;
  socket.onopen = () => client = connect(clientSocket(socket));
  socket.onmessage = ({ data }) => client?.received(data);
  socket.onclose = () => client?.gone();
  // A broken connection; `close` follows and says the rest.
  socket.onerror = () => {};
  return response;
}

function clientSocket(socket: WebSocket): ClientSocket {
  return {
    send(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close(code, reason) {
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
    },
    buffered: () => socket.bufferedAmount,
  };
}
