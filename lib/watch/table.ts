import { printable } from "../util/printable.ts";
import type { BoardRow, Worth } from "./price_board.ts";
import type { Json } from "./proxy_events.ts";

/** What the table shows beside its rows. */
export interface Heading {
  readonly source: string | undefined;
  /** Why there is no connection. */
  readonly lost: string | undefined;
  /** The last thing that was told. */
  readonly news: string | undefined;
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

/** What is not known. */
const NONE = "-";

/** What a price is worth stands before it: on a narrow screen the end of a line is cut off. */
const TITLES = ["", "", "price", "change %", "bid", "ask", "volume", "time", "age", ""];

/** Texts; numbers end on the right. */
const TEXTS: ReadonlySet<number> = new Set([0, 1, TITLES.length - 1]);

/** What stands out: numbers of SGR. A price that is live has none. */
const COLOURS: Readonly<Record<Worth, number>> = {
  live: 0,
  quiet: 2,
  closed: 2,
  stale: 31,
  suspect: 33,
  unknown: 2,
};

const BOLD_REVERSE = "1;7";

/** The table as lines that fit the screen; what does not fit is counted. */
export function tableLines(rows: readonly BoardRow[], heading: Heading, screen: Screen): string[] {
  const cells = [TITLES, ...rows.map(cellsOf)];
  const used = TITLES.map((_, column) => cells.slice(1).some((row) => ![NONE, ""].includes(row[column]!)));
  const widths = TITLES.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lineOf = (row: readonly string[]) =>
    row.map((cell, column) => used[column] ? pad(cell, widths[column]!, column) : undefined)
      .filter((cell) => cell !== undefined).join("  ");
  const top = topLines(heading, screen);
  const room = Math.max(1, screen.rows - top.length - 3);
  const shown = rows.slice(0, room);
  const lines = [
    ...top,
    fit(lineOf(TITLES), screen),
    ...shown.map((row, i) => paint(fit(lineOf(cells[i + 1]!), screen), COLOURS[row.worth], screen)),
  ];
  if (shown.length < rows.length) lines.push(`and ${rows.length - shown.length} more`);
  return lines;
}

function topLines({ source, lost, news }: Heading, screen: Screen): string[] {
  const lines = [];
  if (source === "simulated") {
    lines.push(paint(fit("SIMULATED: every price is made up", screen), BOLD_REVERSE, screen));
  }
  if (source === "replay") {
    lines.push(paint(fit("REPLAY: every price is of a recorded day", screen), BOLD_REVERSE, screen));
  }
  if (lost !== undefined) lines.push(paint(fit(`NOT CONNECTED: ${lost}`, screen), COLOURS.stale, screen));
  if (news !== undefined) lines.push(fit(news, screen));
  return lines;
}

function cellsOf({ symbol, tick, worth, ageMs, reason }: BoardRow): string[] {
  const name = printable(symbol);
  if (tick === undefined) return [name, worth, ...Array(7).fill(NONE), printable(reason ?? "")];
  return [
    name,
    worth,
    price(tick.last_traded_price, tick),
    change(tick),
    price(best(tick.bids), tick),
    price(best(tick.asks), tick),
    typeof tick.volume === "number" ? tick.volume.toLocaleString("en-IN") : NONE,
    typeof tick.timestamp === "string" ? printable(tick.timestamp).slice(11) : NONE,
    ageMs === undefined ? NONE : age(ageMs),
    "",
  ];
}

function best(levels: unknown): unknown {
  return Array.isArray(levels) ? levels[0]?.price : undefined;
}

function price(value: unknown, { exchange }: Json): string {
  return typeof value === "number" ? value.toFixed(exchange === "cds" ? 4 : 2) : NONE;
}

/** Since the close of the previous session, in percent. */
function change({ last_traded_price: now, close }: Json): string {
  if (typeof now !== "number" || typeof close !== "number" || close === 0) return NONE;
  const percent = (now / close - 1) * 100;
  return `${percent > 0 ? "+" : ""}${percent.toFixed(2)}`;
}

function age(ms: number): string {
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  return ms < 86_400_000 ? `${Math.floor(ms / 3_600_000)} h` : `${Math.floor(ms / 86_400_000)} d`;
}

function pad(cell: string, width: number, column: number): string {
  return TEXTS.has(column) ? cell.padEnd(width) : cell.padStart(width);
}

function fit(line: string, { columns }: Screen): string {
  const text = printable(line).trimEnd();
  return text.length <= columns ? text : text.slice(0, Math.max(0, columns));
}

function paint(line: string, colour: number | string, { colour: wanted }: Screen): string {
  return wanted && colour !== 0 ? `\x1b[${colour}m${line}\x1b[0m` : line;
}
