import type { Entitlement } from "../../access/entitlement.ts";
import type { Turn } from "../http/http_call.ts";
import type { Row } from "../instrument_selection.ts";

/** What a call is answered; `http` is 200 where it is left out. */
export interface Answer {
  readonly http?: number;
  readonly data?: unknown;
  readonly message?: string;
}

/** One call that may be made. */
export interface Call {
  readonly body: Readonly<Record<string, unknown>>;
  readonly entitlement: Entitlement;
  readonly peer: string;
  /** Does a piece of the answer when it is this address's turn again. */
  readonly turn: Turn;
}

/** Why an instrument cannot be had, with names that would do. */
export function refusedAnswer(word: string, row: Row | undefined): Answer {
  const { message = "unknown", suggestions = [] } = row?.status === "refused" ? row : {};
  const hint = suggestions.length === 0 ? "" : `; did you mean ${suggestions.join(", ")}?`;
  return { http: 404, message: `${word}: ${message}${hint}` };
}
