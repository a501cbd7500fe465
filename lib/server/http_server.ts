import { getLogger } from "@logtape/logtape";
import { ANYONE, type Entitlement } from "../access/entitlement.ts";
import type { Clock } from "../util/clock.ts";
import type { ClientEntry, ClientHandle, ClientSocket, Protocol } from "../clients/protocol.ts";
import type { RestCalls } from "../clients/rest_calls.ts";
import type { Limits } from "../config/limits.ts";
import type { HttpApi } from "../clients/http/http_api.ts";
import { addressKey, isLoopback } from "./address.ts";
import type { Admission, Refusal } from "./admission.ts";
import { json, PLAIN_HEADERS, refused, text } from "./answers.ts";
import { answerApi, apiRefusal, notFound } from "./api_requests.ts";
import { type Certificate, listen, type Listener } from "./listener.ts";
import { tokenOf } from "./request_token.ts";
import { answerRest } from "./rest_requests.ts";
import type { StaticFiles } from "./static_files.ts";
import { plainPath } from "../smartapi/rest_path.ts";
import { upgrade, type UpgradeWebSocket } from "./upgrade.ts";

export interface HttpServerOptions {
  readonly hostname: string;
  /** 0 for any free one. */
  readonly port: number;
  /** With one, `https` and `wss` are spoken on the port, and nothing else. */
  readonly certificate?: Certificate | undefined;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly admission: Admission;
  readonly files: StaticFiles;
  /** How clients may speak; each has paths of its own. */
  readonly protocols: readonly Protocol[];
  /** Answer the REST calls of programs that were written for something else. */
  readonly rest: readonly RestCalls[];
  /** What programs can ask for without a WebSocket. */
  readonly api: HttpApi;
  readonly connect: (socket: ClientSocket, entry: ClientEntry) => ClientHandle;
  /** By default the runtime's own. */
  readonly upgradeWebSocket?: UpgradeWebSocket | undefined;
  /** What `/healthz` answers beside being alive. */
  readonly health: () => Record<string, unknown>;
  /** What `/readyz` answers: 200 when it is ready, else 503. */
  readonly readiness: () => { readonly ready: boolean };
  /** What `/metrics` answers. */
  readonly metrics: { readonly contentType: string; text(): string };
}

export interface HttpServer {
  readonly hostname: string;
  readonly port: number;
  /**
   * Serves with another certificate from now on.
   *
   * @param leave Closes the clients that are connected.
   * @throws {Error} It is broken, or not its key's; nothing has changed.
   */
  changeCertificate(certificate: Certificate, leave: () => void): Promise<void>;
  /** Takes no one in any more and waits a little for those who are leaving. */
  stop(): Promise<void>;
}

/** Clients that do not answer the closing handshake are not waited for any longer. */
const LEAVE_WITHIN_MS = 2_000;

const log = getLogger(["server"]);

/** @throws {Error} The port is taken, or may not be used; the message says what would do. */
export function startHttpServer(options: HttpServerOptions): HttpServer {
  const { clock } = options;
  const listener: Listener = listen({
    hostname: options.hostname,
    port: options.port,
    certificate: options.certificate,
    clock,
    handler: (request, remote) =>
      answer(request, remote, options).catch((error) => {
        log.error("a request failed, a fault of the proxy; please report it: {error}", { error });
        return text(500, "The proxy failed at this request; see its log");
      }),
  });
  return {
    hostname: listener.hostname,
    port: listener.port,
    changeCertificate: (certificate, leave) => listener.changeCertificate(certificate, leave),
    async stop() {
      const late = Promise.withResolvers<void>();
      const disarm = clock.after(LEAVE_WITHIN_MS, late.resolve);
      await Promise.race([listener.drain(), late.promise]);
      disarm();
      listener.abort();
    },
  };
}

async function answer(
  request: Request,
  remote: Deno.NetAddr,
  options: HttpServerOptions,
): Promise<Response> {
  const { admission, api, files } = options;
  const url = new URL(request.url);
  const { pathname, searchParams } = url;
  const originRefusal = admission.checkOrigin(request.headers);
  if (originRefusal !== undefined) {
    return api.serves(pathname) ? apiRefusal(originRefusal) : refused(originRefusal);
  }
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
    return await answerHandshake(request, url, remote, options);
  }
  if (api.serves(pathname)) return await answerApi(request, url, remote, options);
  const rest = answerRest(request, pathname, remote, options);
  if (rest !== undefined) return await rest;
  if (request.method !== "GET" && request.method !== "HEAD") {
    return text(405, "Only GET and HEAD are answered here", { allow: "GET, HEAD" });
  }
  if (pathname === "/ws" || pathname === "/replay") {
    return text(426, "Connect to this address with a WebSocket", { upgrade: "websocket" });
  }
  const report = REPORTS[pathname];
  if (report !== undefined) {
    const token = tokenOf(request.headers, searchParams);
    const known = !admission.guarded ||
      (token !== undefined && await admission.entitlementOf(token, remote.hostname));
    // That the process is alive is no secret; all else is for those who may know.
    if (!known && pathname === "/healthz") return json(200, { status: "ok" });
    return known
      ? await report(options)
      : refused(admission.unauthorised(token !== undefined, remote.hostname));
  }
  return await files.respond(pathname === "/operator" ? "/operator.html" : pathname) ??
    notFound(pathname, [...api.paths, ...Object.keys(REPORTS)], request.headers);
}

/** What the proxy tells of itself, by path. */
const REPORTS: Readonly<Record<string, (options: HttpServerOptions) => Response | Promise<Response>>> = {
  "/healthz": ({ health }) => json(200, { status: "ok", ...health() }),
  "/metrics": ({ metrics }) =>
    new Response(metrics.text(), { headers: { ...PLAIN_HEADERS, "content-type": metrics.contentType } }),
  "/readyz": ({ readiness }) => {
    const verdict = readiness();
    return json(verdict.ready ? 200 : 503, verdict);
  },
};

/** Whether the request came through a proxy of this machine, so that its sender may be anywhere. */
function isForwarded(headers: Headers): boolean {
  return ["forwarded", "via", "x-forwarded-for", "x-real-ip"].some((name) => headers.has(name));
}

/** The broker's other streams: its SDK ends its program where one is not found, and lives with a refusal. */
const STREAMS_REFUSED: Readonly<Record<string, string>> = {
  "/smart-order-update": "This SmartAPI proxy passes nothing on of the account's orders",
};

/** In this order: what costs us least is refused first. */
async function answerHandshake(
  request: Request,
  { pathname, searchParams }: URL,
  remote: Deno.NetAddr,
  { admission, connect, limits, protocols, upgradeWebSocket }: HttpServerOptions,
): Promise<Response> {
  const unusable = (status: number, sentence: string, headers: Record<string, string> = {}) => {
    admission.note("handshake", addressKey(remote.hostname), sentence);
    return text(status, sentence, headers);
  };
  const protocol = protocols.find(({ paths }) => paths.includes(plainPath(pathname)));
  if (protocol === undefined) {
    const refusal = STREAMS_REFUSED[plainPath(pathname)];
    if (refusal !== undefined) return unusable(403, refusal);
    return unusable(404, `WebSockets connect to ${protocols.flatMap(({ paths }) => paths).join(" or ")}`);
  }
  // The runtime shakes anyone's hand.
  if (request.headers.get("sec-websocket-version") !== "13") {
    return unusable(426, "WebSockets of version 13 are spoken here", { "sec-websocket-version": "13" });
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(request.headers.get("sec-websocket-key") ?? "")) {
    return unusable(400, "Not a WebSocket handshake: Sec-WebSocket-Key is not 16 bytes in Base64");
  }
  const handshake = { query: searchParams, headers: request.headers };
  const refuse = (refusal: Refusal) =>
    refused({ ...refusal, headers: { ...refusal.headers, ...protocol.refusalHeaders?.(refusal.status) } });
  const opening = protocol.open(handshake);
  if (typeof opening === "string") return unusable(400, opening);
  const full = admission.checkCapacity(remote.hostname);
  if (full !== undefined) return refuse(full);
  // The place is taken now, or a hundred handshakes that wait for their tokens would all find one.
  const release = admission.acquire(remote.hostname);
  try {
    const token = protocol.tokenOf === undefined
      ? tokenOf(request.headers, searchParams)
      : protocol.tokenOf(handshake);
    if (admission.guarded && token === undefined && opening.authentication === undefined) {
      release();
      return refuse(admission.unauthorised(false, remote.hostname));
    }
    let entitlement: Entitlement | undefined = admission.guarded ? undefined : ANYONE;
    if (admission.guarded && token !== undefined) {
      entitlement = await admission.entitlementOf(token, remote.hostname);
      if (entitlement === undefined) {
        release();
        return refuse(admission.unauthorised(true, remote.hostname));
      }
    }
    const entry: ClientEntry = {
      from: `${remote.hostname}:${remote.port}`,
      peer: addressKey(remote.hostname),
      protocol: protocol.name,
      isOwner: !admission.guarded && isLoopback(remote.hostname) && !isForwarded(request.headers),
      opening,
      ...entitlement === undefined ? {} : { entitlement },
      authenticate: async (token) => {
        const entitlement = await admission.entitlementOf(token, remote.hostname);
        if (entitlement === undefined) admission.unauthorised(true, remote.hostname);
        return entitlement;
      },
    };
    const response = upgrade(
      request,
      (socket) => connect(socket, entry),
      release,
      limits.deadAfterMs,
      upgradeWebSocket,
    );
    if (!(response instanceof Error)) return response;
    release();
    return unusable(400, `Not a WebSocket handshake: ${response.message}`);
  } catch (error) {
    release();
    throw error;
  }
}
