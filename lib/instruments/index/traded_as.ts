import type { Traded } from "../../market/calendar.ts";
import { istDay } from "../../market/day.ts";
import type { Exchange } from "../../market/market.ts";
import { LOOK_ORDER } from "./columns.ts";
import { livingExpiries } from "./expiries.ts";
import type { TableIndex } from "./table_index.ts";

/** Where the derivatives of an exchange's shares are listed. */
const DERIVATIVES: Readonly<Partial<Record<Exchange, Exchange>>> = { nse: "nfo", bse: "bfo" };

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
  const { columns, segments } = index;
  const exchange = DERIVATIVES[columns.exchange(row)];
  if (exchange === undefined) return undefined;
  const { contracts } = segments[LOOK_ORDER.indexOf(exchange)]!;
  return contracts.size === 0 ? undefined : contracts.has(columns.name(row).toUpperCase());
}

function isNearest({ columns, segments }: TableIndex, row: number, at: number): boolean {
  const contracts = segments[columns.place(row)]!.contracts.get(columns.name(row).toUpperCase());
  if (contracts === undefined) return false;
  // In the order of their days.
  const first = livingExpiries(contracts, istDay(at)).find(({ type, day }) => type === "future" && day > 0);
  return first?.day === columns.expiryDay(row);
}
