import {
  type InstrumentSelection,
  isWatchlist,
  type RefusalCode,
  type Row,
  selectInTurns,
} from "../instrument_selection.ts";
import type { Turn } from "./http_call.ts";
import type { HttpError } from "./http_error.ts";
import type { HttpSources } from "./sources.ts";

/** An instrument, with the words in which it was asked for. */
export interface Selected {
  readonly asked: readonly string[];
  readonly rows: readonly Row[];
}

/** The instruments that a request names, in its order: tokens, then names, or those of a watch list. Many are looked up in turns. */
export async function selected(
  selection: InstrumentSelection,
  { instruments, watchlist }: Pick<HttpSources, "instruments" | "watchlist">,
  turn: Turn,
): Promise<Selected | HttpError> {
  const { exchange } = selection;
  if (isWatchlist(selection) && !watchlist.has(exchange!)) {
    const lists = [...watchlist.keys()].join(", ") || "none";
    return {
      http: 404,
      code: "unknown_exchange",
      message:
        `No watch list for ${exchange}; available: ${lists} (see WATCHLIST), or name tokens or symbols`,
    };
  }
  const rows = await selectInTurns(selection, { watchlist, instruments, turn });
  const asked = rows.map((row) => row.status === "accepted" ? row.word ?? row.key : row.word);
  return { asked, rows };
}

/** HTTP's number for a request of which nothing could be had. */
const STATUS_OF: Readonly<Partial<Record<RefusalCode, number>>> = {
  unknown_instrument: 404,
  expired_instrument: 404,
  underlying_instrument: 404,
  no_options: 404,
  unknown_expiry: 404,
  ambiguous_instrument: 409,
  not_allowed: 403,
  too_many_instruments: 403,
  budget_exhausted: 503,
};

export function statusOfRefusal(code: RefusalCode): number {
  return STATUS_OF[code] ?? 400;
}

/** The error where nothing of what was asked for can be had; undefined where something can. */
export function nothingAccepted({ asked, rows }: Selected): HttpError | undefined {
  const [first] = rows;
  if (first?.status !== "refused" || rows.some(({ status }) => status === "accepted")) return undefined;
  return {
    http: statusOfRefusal(first.code),
    code: first.code,
    message: `${first.word}: ${first.message}`,
    more: { data: rows.map((row, i) => ({ asked: asked[i], ...refusedRow(row) })) },
  };
}

export function refusedRow(row: Row): Record<string, unknown> {
  if (row.status === "accepted") return {};
  const { status, code, message, suggestions } = row;
  return { status, code, message, suggestions };
}
