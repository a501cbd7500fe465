import { defined } from "../util/defined.ts";
import type { BrokerAnswer } from "./broker_error.ts";

/** What is known of an answer before its body has come. */
export type AnswerHead = Omit<BrokerAnswer, "text"> & { readonly type: string };

export function headOf({ headers, status }: Response, now: number): AnswerHead {
  const driftMs = driftOf(headers.get("date"), now);
  const retryAfterMs = retryAfterOf(headers.get("retry-after"), now + (driftMs ?? 0));
  return { status, type: headers.get("content-type") ?? "", ...defined({ driftMs, retryAfterMs }) };
}

/** The header has whole seconds, and the answer was under way for a while: good to about a second. */
function driftOf(date: string | null, now: number): number | undefined {
  const server = date === null ? NaN : Date.parse(date);
  return Number.isFinite(server) ? server + 500 - now : undefined;
}

/** The broker's wish to be left alone, ms: in seconds, or until a date. */
export function retryAfterOf(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  // Two headers come as one, with a comma: the longer wish counts. A date has a comma of its own.
  const parts = header.split(",");
  if (parts.every((part) => /^\s*\d{1,9}(?:\.\d+)?\s*$/.test(part))) {
    return Math.max(...parts.map(Number)) * 1000;
  }
  const until = Date.parse(header);
  return until > now ? until - now : undefined;
}
