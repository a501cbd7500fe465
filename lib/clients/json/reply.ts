import type { RefusalCode } from "../instrument_selection.ts";

/** A client's own name for a request; it comes back in the answer. */
export type RequestId = string | number;

/** A command that was not understood, or not followed: what was wrong with it, and what would do. */
export interface CommandRefusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly id?: RequestId;
}

/** An answer that says no. */
export function refusal({ code, message, id }: CommandRefusal): Record<string, unknown> {
  return { status: "error", code, message, ...id === undefined ? {} : { id } };
}

export function isRefusal(read: object): read is CommandRefusal {
  return "code" in read;
}
