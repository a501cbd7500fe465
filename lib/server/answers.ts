import type { Refusal } from "./admission.ts";

export const PLAIN_HEADERS = { "x-content-type-options": "nosniff", "cache-control": "no-store" };

export function json(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: PLAIN_HEADERS });
}

export function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(`${body}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...PLAIN_HEADERS, ...headers },
  });
}

export function refused({ status, text: body, headers }: Refusal): Response {
  return text(status, body, headers);
}
