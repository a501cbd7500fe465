import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { plainPath } from "../smartapi/rest_path.ts";
import type { Account } from "./account.ts";
import type { Faults } from "./faults.ts";
import { headerOf } from "./rest.ts";

/** Why a handshake is refused: a status, and what `x-error-message` says. */
export interface HandshakeRefusal {
  readonly status: number;
  readonly message?: string;
}

/** What the connection limit is refused with. */
export const TOO_MANY: HandshakeRefusal = {
  status: 429,
  message: "Invalid Request. Connection Limit Exceeded.",
};

const STATUS_TEXT: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
};

/**
 * Checks path and credentials, from the headers or, as browsers must, from the query. The feed token alone is enough:
 * some SDKs send nothing else. Whatever else is sent has to be right.
 */
export function refusalOfHandshake(
  request: IncomingMessage,
  account: Account,
  faults: Faults,
): HandshakeRefusal | undefined {
  const url = URL.parse(`http://simulator${request.url ?? ""}`);
  if (url === null || plainPath(url.pathname) !== "/smart-stream") return { status: 404 };
  const query = url.searchParams;
  const inQuery = query.has("feedToken");
  const given = (header: string, parameter: string) =>
    inQuery ? query.get(parameter) ?? undefined : headerOf(request, header);
  const invalid = (what: string): HandshakeRefusal => ({
    status: 401,
    message: `Invalid Header - Invalid ${what}`,
  });
  if (faults.checks === "strict") {
    const { clientCode, apiKey } = account.credentials;
    const jwt = headerOf(request, "authorization")?.replace(/^Bearer /i, "");
    if (!inQuery && jwt !== undefined && !account.isGood("jwtToken", jwt)) return invalid("Auth token");
    if ((given("x-client-code", "clientCode") ?? clientCode) !== clientCode) return invalid("Client Code");
    if ((given("x-api-key", "apiKey") ?? apiKey) !== apiKey) return invalid("API Key");
  }
  if (!account.isGood("feedToken", given("x-feed-token", "feedToken"))) return invalid("Feed Token");
  return undefined;
}

/** What a fault refuses a handshake with, as the broker would word it. */
export function faultyRefusal(status: number): HandshakeRefusal {
  if (status === 429) return TOO_MANY;
  if (status === 401) return { status, message: "Invalid Header - Invalid Auth token" };
  return { status };
}

/** Answers without an upgrade, and ends the connection. */
export function refuse(socket: Duplex, { status, message }: HandshakeRefusal): void {
  const text = STATUS_TEXT[status] ?? "Error";
  const body =
    `<html><head><title>Error ${status} ${text}</title></head><body><h2>HTTP ERROR ${status}</h2></body></html>`;
  socket.end([
    `HTTP/1.1 ${status} ${text}`,
    ...message === undefined ? [] : [`x-error-message: ${message}`],
    "Content-Type: text/html;charset=iso-8859-1",
    "Cache-Control: must-revalidate,no-cache,no-store",
    `Content-Length: ${body.length}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n"));
}
