import { ANYONE, type Entitlement } from "../../../lib/access/entitlement.ts";
import type { HttpCall } from "../../../lib/clients/http/http_call.ts";
import type { Stage } from "../stage.ts";

// deno-lint-ignore no-explicit-any
export type Body = Record<string, any>;

export interface AskOptions extends Partial<Pick<HttpCall, "method" | "peer" | "acquirePlace">> {
  readonly entitlement?: Entitlement;
  readonly headers?: HeadersInit;
}

/** Asks a route as the server does for a request that it let in. */
export function ask(stage: Stage, address: string, options: AskOptions = {}): Promise<Response> {
  const url = new URL(address, "http://localhost");
  return stage.pipeline.api.answer({
    method: "GET",
    entitlement: ANYONE,
    peer: "127.0.0.1",
    from: "127.0.0.1:1",
    acquirePlace: () => () => {},
    ...options,
    headers: new Headers(options.headers),
    path: url.pathname,
    query: url.searchParams,
  });
}

/** The same, with the answer read. */
export async function askJson(stage: Stage, address: string, options: AskOptions = {}): Promise<Body> {
  const response = await ask(stage, address, options);
  return { http: response.status, ...await response.json() };
}
