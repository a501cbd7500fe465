import { csvLine } from "../clients/http/csv.ts";
import { flatTick, tickColumns } from "../clients/http/quote_csv.ts";
import type { Mode } from "../market/market.ts";
import type { Json, ProxyEvent } from "./proxy_events.ts";

/** Makes lines for other programs of what is event. */
export interface LineFormat {
  /** What stands before everything else. */
  readonly head: string;
  linesOf(event: ProxyEvent): string;
}

/**
 * One JSON object a line, its `type` first: `tick`, and between ticks what a recording has to know: `info`, `system`,
 * `gap`, `conflated`, `lost`. Each tick says where it is from and what it is worth.
 */
export function ndjson(): LineFormat {
  let source: unknown;
  return {
    head: "",
    linesOf(event) {
      if (event.kind === "lost") {
        return line({ type: "lost", reason: event.reason, retry_in_ms: event.retryInMs });
      }
      const { name, data } = event;
      if (name === "info") source = data.source;
      if (name !== "message") return line(data);
      const { conflated } = data;
      const notice = conflated === undefined ? "" : line({ type: "conflated", conflated });
      return notice + ticksOf(data, source).map((tick) => line({ type: "tick", ...tick })).join("");
    },
  };
}

const CSV_COLUMNS = ["source", "freshness", "snapshot", "sent_at"];

/** Ticks as a table, with the same columns in the same mode; everything else has no place in it. */
export function csvTicks(mode: Mode): LineFormat {
  let source: unknown;
  const columns = [...CSV_COLUMNS, ...tickColumns(mode)];
  return {
    head: csvLine(columns),
    linesOf(event) {
      if (event.kind === "lost") return "";
      const { name, data } = event;
      if (name === "info") source = data.source;
      if (name !== "message") return "";
      return ticksOf(data, source).map((tick) => {
        const flat = flatTick(tick);
        return csvLine(columns.map((column) => flat[column]));
      }).join("");
    },
  };
}

/** The ticks of a message, with what it says of all of them. A last known value is marked, and no tick of now. */
function ticksOf({ data, snapshot, sent_at }: Json, source: unknown): Json[] {
  if (!Array.isArray(data)) return [];
  const marks = { source, sent_at, ...snapshot === undefined ? {} : { snapshot } };
  return data.map((tick: Json) => ({ ...marks, ...tick }));
}

function line(value: Json): string {
  return `${JSON.stringify(value)}\n`;
}
