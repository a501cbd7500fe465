import { type InstrumentKey, type Level, splitKey, type Tick } from "../market/market.ts";
import type { RecordedSource } from "../recording/format.ts";
import { LEVELS } from "../smartapi/packet_layout.ts";
import type { Gap } from "./gaps.ts";

/**
 * What a column holds. `time` and `ist` are given in ms since the Unix epoch: the one is a moment in UTC, the other the
 * same moment as a clock in India shows it. `decimal` is a double, `whole` an integer of 64 bits, `count` one of 32.
 */
export type ColumnType = "text" | "time" | "ist" | "decimal" | "whole" | "count";

/** A column of a table: how it is made of a row. What a row does not have is undefined, and null in the table. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (row: Row) => string | number | undefined;
  /**
   * Where a side of the book begins: price, quantity and orders of each of its levels are this column and those behind it.
   * They are half of all columns, and one look at a level gives three of them.
   */
  readonly side?: (row: Row) => readonly Level[];
}

/** A recorded tick with what the packet alone does not say. */
export interface TickRow {
  readonly source: RecordedSource;
  readonly tick: Tick;
  /** Its name of that day; undefined where the recording has none. */
  readonly symbol: string | undefined;
}

/** A gap, of one instrument where it has some. */
export interface GapRow {
  readonly source: RecordedSource;
  readonly gap: Gap;
  readonly key: InstrumentKey | undefined;
  readonly symbol: string | undefined;
}

/** A moment has two columns: UTC for programs, and beside it India's clock for people. */
function moment<Row>(name: string, value: (row: Row) => number | undefined): Column<Row>[] {
  return [{ name, type: "time", value }, { name: `${name}_ist`, type: "ist", value }];
}

function column<Row>(name: string, type: ColumnType, value: Column<Row>["value"]): Column<Row> {
  return { name, type, value };
}

type QuoteField =
  | "lastQuantity"
  | "averagePrice"
  | "volume"
  | "totalBuyQuantity"
  | "totalSellQuantity"
  | "open"
  | "high"
  | "low"
  | "close";

type SnapQuoteField = "openInterest" | "upperCircuit" | "lowerCircuit" | "week52High" | "week52Low";

function quote(name: string, type: ColumnType, field: QuoteField): Column<TickRow> {
  return column(name, type, ({ tick }) => tick.mode === "ltp" ? undefined : tick[field]);
}

function snapQuote(name: string, type: ColumnType, field: SnapQuoteField): Column<TickRow> {
  return column(name, type, ({ tick }) => tick.mode === "snapquote" ? tick[field] : undefined);
}

/** A side of the book. */
type Side = (tick: Tick) => readonly Level[];

const NO_LEVELS: readonly Level[] = [];
const bids: Side = (tick) => tick.mode === "snapquote" ? tick.bids : NO_LEVELS;
const asks: Side = (tick) => tick.mode === "snapquote" ? tick.asks : NO_LEVELS;

function level(name: string, side: Side, at: number): Column<TickRow>[] {
  return [
    column(`${name}_price`, "decimal", ({ tick }) => side(tick)[at]?.price),
    column(`${name}_quantity`, "whole", ({ tick }) => side(tick)[at]?.quantity),
    column(`${name}_orders`, "count", ({ tick }) => side(tick)[at]?.orders),
  ];
}

function book(name: string, side: Side): Column<TickRow>[] {
  const [first, ...others] = Array.from({ length: LEVELS }, (_, at) => level(`${name}${at + 1}`, side, at))
    .flat();
  return [{ ...first!, side: ({ tick }) => side(tick) }, ...others];
}

/**
 * The table of ticks, with the names that the fields have on the clients' wire and in `GET /quotes` as CSV. Day and exchange
 * are in the names of the folders. Total quantities are doubles on the broker's wire, and stay such.
 */
export const TICK_COLUMNS: readonly Column<TickRow>[] = [
  column("source", "text", ({ source }) => source),
  ...moment<TickRow>("received_at", ({ tick }) => tick.receivedAt),
  ...moment<TickRow>(
    "exchange_timestamp",
    ({ tick }) => tick.exchangeTime > 0 ? tick.exchangeTime : undefined,
  ),
  column("token", "text", ({ tick }) => tick.token),
  column("symbol", "text", ({ symbol }) => symbol),
  column("mode", "text", ({ tick }) => tick.mode),
  column("last_traded_price", "decimal", ({ tick }) => tick.lastPrice),
  column("sequence_number", "whole", ({ tick }) => tick.sequence),
  quote("last_traded_quantity", "whole", "lastQuantity"),
  quote("average_traded_price", "decimal", "averagePrice"),
  quote("volume", "whole", "volume"),
  quote("total_buy_quantity", "decimal", "totalBuyQuantity"),
  quote("total_sell_quantity", "decimal", "totalSellQuantity"),
  quote("open", "decimal", "open"),
  quote("high", "decimal", "high"),
  quote("low", "decimal", "low"),
  quote("close", "decimal", "close"),
  ...moment<TickRow>(
    "last_traded_timestamp",
    ({ tick }) => tick.mode === "snapquote" ? tick.lastTradeTime : undefined,
  ),
  snapQuote("open_interest", "whole", "openInterest"),
  snapQuote("upper_circuit", "decimal", "upperCircuit"),
  snapQuote("lower_circuit", "decimal", "lowerCircuit"),
  snapQuote("week52_high", "decimal", "week52High"),
  snapQuote("week52_low", "decimal", "week52Low"),
  ...book("bid", bids),
  ...book("ask", asks),
];

/** The table of gaps: one row for each instrument of a gap, or one without an instrument where it concerns all. */
export const GAP_COLUMNS: readonly Column<GapRow>[] = [
  column("source", "text", ({ source }) => source),
  column("kind", "text", ({ gap }) => gap.kind),
  ...moment<GapRow>("from", ({ gap }) => gap.from),
  ...moment<GapRow>("to", ({ gap }) => gap.to),
  column("exchange", "text", ({ key }) => key === undefined ? undefined : splitKey(key).exchange),
  column("token", "text", ({ key }) => key === undefined ? undefined : splitKey(key).token),
  column("symbol", "text", ({ symbol }) => symbol),
  column("reason", "text", ({ gap }) => gap.reason),
];
