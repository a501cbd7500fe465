import type { Rig } from "./rig.ts";

export interface RestCall {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A REST call at the proxy, while the clock is turned: some answers come after a while. */
export async function restCall(rig: Rig, path: string, { method, headers, body }: RestCall = {}) {
  let done = false;
  const answer = fetch(`http://127.0.0.1:${rig.proxy.port}${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { "content-type": "application/json", ...headers },
    ...body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) },
  }).then(async (response) => ({
    status: response.status,
    type: response.headers.get("content-type") ?? "",
    source: response.headers.get("x-smartapi-proxy-source"),
    text: await response.text(),
  })).finally(() => done = true);
  await rig.until(() => done);
  return await answer;
}

/** The same, of an answer in the broker's usual shape. */
export async function jsonCall(rig: Rig, path: string, call: RestCall = {}) {
  const { status, type, text } = await restCall(rig, path, call);
  if (status !== 200 || !type.startsWith("application/json")) throw new Error(`${status} ${type}: ${text}`);
  return JSON.parse(text);
}
