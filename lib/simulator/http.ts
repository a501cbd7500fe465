import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readText } from "../util/read_text.ts";

/** The largest body that a request may have. */
const MAX_BODY_BYTES = 64 * 1024;

/** @returns The port. */
export function listen(server: Server, hostname: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(
        new Error(`The simulator cannot listen on ${hostname}:${port}: ${error.message}`, { cause: error }),
      );
    });
    server.listen(port, hostname, () => resolve((server.address() as AddressInfo).port));
  });
}

/** The body of a request, unless it is too long. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  // Deno 2.4 never ends the body of a request that has none.
  if (request.method === "GET" || request.method === "HEAD") return "";
  return await readText(request, MAX_BODY_BYTES);
}
