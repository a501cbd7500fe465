import type { Mode } from "../../market/market.ts";
import { LEVELS } from "../../smartapi/packet_layout.ts";
import { FIELDS_OF_MODE } from "../json/tick_json.ts";

/** Levels of the book that have columns. */
const LEVEL_COLUMNS = ["bid", "ask"].flatMap((side) =>
  Array.from({ length: LEVELS }, (_, i) => i + 1).flatMap((level) =>
    ["price", "quantity", "orders"].map((what) => `${side}${level}_${what}`)
  )
);

const BEFORE = [
  "asked",
  "status",
  "instrument",
  "freshness",
  "last_tick_age_ms",
  "price_age_ms",
  "source",
];

/** Of a row without a price: why. */
const AFTER = ["state", "code", "message"];

/** The columns of a mode: always the same, whatever was found. */
export function quoteColumns(mode: Mode): string[] {
  return [...BEFORE, ...tickColumns(mode), ...AFTER];
}

/** The columns that a tick of a mode has, levels in columns of their own. */
export function tickColumns(mode: Mode): string[] {
  const fields = FIELDS_OF_MODE[mode].filter((field) => field !== "bids" && field !== "asks");
  return [...fields, ...mode === "snapquote" ? LEVEL_COLUMNS : []];
}

/** A row of the JSON answer as one of the table: levels in columns of their own, the reason as its message. */
export function quoteCsvRow(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { reason, suggestions, ...plain } = row;
  const flat: Record<string, unknown> = { ...flatTick(plain), message: plain.message ?? reason };
  if (Array.isArray(suggestions)) flat.message = `${flat.message}; did you mean ${suggestions.join(", ")}?`;
  return flat;
}

/** A tick of the JSON wire with its levels as fields of their own, for the columns. */
export function flatTick(tick: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { bids, asks, ...plain } = tick;
  const flat: Record<string, unknown> = plain;
  for (const [side, levels] of [["bid", bids], ["ask", asks]] as const) {
    if (!Array.isArray(levels)) continue;
    levels.forEach((level, i) => {
      for (const [what, value] of Object.entries(level)) flat[`${side}${i + 1}_${what}`] = value;
    });
  }
  return flat;
}
