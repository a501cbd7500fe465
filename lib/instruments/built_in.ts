import { isIndexToken } from "../market/market.ts";
import type { InstrumentType } from "./instrument.ts";
import { tableOf } from "./master_file.ts";
import type { NamedInstrument } from "./symbols.ts";
import type { InstrumentTable } from "./index/table.ts";

/** A table of what is known without any master: numbers and names, and what they tell. */
export function builtInTable(instruments: readonly NamedInstrument[]): InstrumentTable {
  return tableOf(instruments.map((instrument) => ({
    ...instrument,
    name: instrument.symbol.replace(/-EQ$/, ""),
    type: typeOf(instrument),
    expiryDay: 0,
    strike: 0,
    lotSize: 1,
    tickSize: 0,
  })));
}

function typeOf({ exchange, token, symbol }: NamedInstrument): InstrumentType {
  if (isIndexToken(token)) return "index";
  if (exchange === "nse" || exchange === "bse") return "equity";
  return /FUT$/.test(symbol) ? "future" : /[0-9](CE|PE)$/.test(symbol) ? "option" : "other";
}
