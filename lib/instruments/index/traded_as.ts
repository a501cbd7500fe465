import type { Traded } from "../../market/calendar.ts";
import { istMidnight } from "../../market/ist.ts";
import type { Exchange } from "../../market/market.ts";
import { LOOK_ORDER } from "./columns.ts";
import type { TableIndex } from "./table_index.ts";

/** Where the derivatives of an exchange's shares are listed. */
const DERIVATIVES: Readonly<Partial<Record<Exchange, Exchange>>> = { nse: "nfo", bse: "bfo" };

const DAY_MS = 86_400_000;

/** Indian time is ahead of the day's number by this much. */
const IST_MS = 5.5 * 3_600_000;

/**
 * What decides the hours of the instrument of a row, as far as a list tells it.
 *
 * A stock takes part in the closing auction when the list says so, else when it has derivatives; a list without any
 * contracts does not tell. The near future is the first of its underlying that has not expired.
 *
 * @param at ms since the Unix epoch.
 */
export function tradedAs(index: TableIndex, row: number, at: number): Traded {
  const { columns } = index;
  const name = columns.name(row);
  switch (columns.type(row)) {
    case "index":
      return { kind: "index", name };
    case "option":
      return { kind: "option", name };
    case "future":
      return { kind: isNearest(index, row, at) ? "near_future" : "far_future", name };
    case "equity": {
      const auction = columns.closingAuction(row) ?? hasDerivatives(index, row);
      if (auction === undefined) return { name };
      return { kind: auction ? "closing_auction_stock" : "stock", name };
    }
    default:
      return { name };
  }
}

function hasDerivatives(index: TableIndex, row: number): boolean | undefined {
  const { columns } = index;
  const exchange = DERIVATIVES[columns.exchange(row)];
  if (exchange === undefined || columns.count(LOOK_ORDER.indexOf(exchange)) === 0) return undefined;
  return rowsNamed(index, columns.name(row)).some((other) => columns.exchange(other) === exchange);
}

function isNearest(index: TableIndex, row: number, at: number): boolean {
  const { columns } = index;
  const today = Math.floor((istMidnight(at) + IST_MS) / DAY_MS);
  const own = columns.expiryDay(row);
  return own >= today && !rowsNamed(index, columns.name(row)).some((other) => {
    const expiry = columns.expiryDay(other);
    return columns.exchange(other) === columns.exchange(row) && columns.type(other) === "future" &&
      expiry >= today && expiry < own;
  });
}

function rowsNamed({ byName, order }: TableIndex, name: string): number[] {
  return (byName.get(name.toUpperCase()) ?? []).map((rank) => order[rank]!);
}
