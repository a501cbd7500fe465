import { atOnce } from "../../lib/util/pace.ts";
import type { InstrumentTable } from "../../lib/instruments/index/table.ts";
import { TableBuilder } from "../../lib/instruments/index/table_builder.ts";
import { ListReport } from "../../lib/instruments/list_report.ts";
import { isBad, readMasterRow } from "../../lib/instruments/master_row.ts";
import { madeUpRow } from "../../lib/simulator/master_rows.ts";
import { contractRow, fileRow, indexRows } from "./master.ts";

type FileRow = Readonly<Record<string, unknown>>;

/** `token|symbol|name`, a share or a bond of one exchange. */
function cash(exch_seg: string, ...rows: readonly string[]): FileRow[] {
  return rows.map((row) => {
    const [token, symbol, name] = row.split("|");
    return fileRow({ token, symbol, name, exch_seg, freeze_qty: "100000", is_cas_enabled: true });
  });
}

/** `token|symbol|name|expiry|strike|type`; the strike in rupees. */
function contracts(exch_seg: string, ...rows: readonly string[]): FileRow[] {
  const units = exch_seg === "CDS" ? 10_000_000 : 100;
  return rows.map((row) => {
    const [token, symbol, name, expiry, strike, instrumenttype] = row.split("|");
    return contractRow({
      token,
      symbol,
      name,
      expiry,
      strike: strike === "" ? "-1.000000" : (Number(strike) * units).toFixed(6),
      instrumenttype,
      exch_seg,
    });
  });
}

/** Calls and puts at some strikes; the symbol is built by what stands before the strike. */
function options(
  exch_seg: string,
  [first, start, name, expiry, type]: readonly [number, string, string, string, string],
  strikes: readonly number[],
): FileRow[] {
  return contracts(
    exch_seg,
    ...strikes.flatMap((strike, i) =>
      ["CE", "PE"].map((side, j) =>
        `${first + 2 * i + j}|${start}${strike}${side}|${name}|${expiry}|${strike}|${type}`
      )
    ),
  );
}

const NIFTY_STRIKES = [24_700, 24_750, 24_800, 24_850, 25_000];
const SENSEX_STRIKES = [80_500, 81_000, 81_500];

/** What is odd in the real list, one of each kind and segment; the day is 27 November 2026. */
export const ODD_LIST: readonly FileRow[] = [
  ...cash(
    "NSE",
    "2885|RELIANCE-EQ|RELIANCE",
    "500|RELIANCE-BL|RELIANCE",
    "3045|SBIN-EQ|SBIN",
    "11536|TCS-EQ|TCS",
    "5358|PENINLAND-BE|PENINLAND",
    "7001|ZOMBIE-BZ|ZOMBIE",
    "7002|TINY-SM|TINY",
    "7003|SMALLT-ST|SMALLT",
    "7004|WEE-SZ|WEE",
    "7005|EMBASSY-RR|EMBASSY",
    "7006|PGINVIT-IV|PGINVIT",
    "7007|TWOFOLD-BE|TWOFOLD",
    "7008|TWOFOLD-BZ|TWOFOLD",
    "7010|NHAI-N1|NHAI",
    "7011|NHAI-N2|NHAI",
    "7012|SGBJUN29-GB|SGBJUN29",
    "7013|BONDCO-N5|BONDCO",
    "7014|WARR-EQ|WARR",
    "7015|WARR-W1|WARR",
    "7016|WARR-D1|WARR",
    "7017|LONEBOND-YL|LONEBOND",
    "2031|M&M-EQ|M&M",
    "13285|M&MFIN-EQ|M&MFIN",
    "16669|BAJAJ-AUTO-EQ|BAJAJ-AUTO",
    "5633|J&KBANK-EQ|J&KBANK",
    "357|NAM-INDIA-EQ|NAM-INDIA",
    "10447|MCDOWELL-N-EQ|MCDOWELL-N",
    "13061|360ONE-EQ|360ONE",
    "474|3MINDIA-EQ|3MINDIA",
    "777|FMCG-EQ|FMCG",
    "10576|NIFTYBEES-EQ|NIFTYBEES",
    // The number that an index once had, now that of a share.
    "26013|ODDNUM-EQ|ODDNUM",
  ),
  ...indexRows("99926000", "Nifty 50", "NIFTY"),
  ...indexRows("99926009", "Nifty Bank", "BANKNIFTY"),
  ...indexRows("99926037", "Nifty Fin Service", "FINNIFTY"),
  indexRows("99926013", "Nifty Next 50", "NIFTYNXT50")[1]!,
  ...indexRows("99926074", "NIFTY MID SELECT", "MIDCPNIFTY"),
  ...indexRows("99926017", "India VIX", "INDIA VIX"),
  ...indexRows("99926008", "Nifty IT", "NIFTY IT"),
  ...indexRows("99926021", "Nifty FMCG", "FMCG"),
  ...indexRows("99926019", "Nifty Infra", "INFRA"),
  ...indexRows("99926004", "Nifty 500", "NIFTY 500"),
  ...indexRows("99919000", "SENSEX", "SENSEX", "BSE"),
  ...indexRows("99919012", "BANKEX", "BANKEX", "BSE"),
  ...cash(
    "bse_cm",
    "500325|RELIANCE|RELIANCE",
    "500112|SBIN|SBIN",
    "503031|PENINLAND|PENINLAND",
    "540001|ZOMBIE|ZOMBIE",
    "542602|EMBASSY|EMBASSY",
    "543290|PGINVIT|PGINVIT",
    "540777|BONDCO|BONDCO",
    "937001|CHOLAFIN|CHOLAFIN",
    "511243|CHOLAFIN|CHOLAFIN",
    "512345|ONLYBSE|ONLYBSE",
    "540002|INFRA|INFRA",
    "500520|M&M|M&M",
    "3045|ZSBIN|ZSBIN",
  ),
  ...contracts(
    "NFO",
    "68000|NIFTY24NOV26FUT|NIFTY|24NOV2026||FUTIDX",
    "68392|NIFTY29DEC26FUT|NIFTY|29DEC2026||FUTIDX",
    "68393|NIFTY26JAN27FUT|NIFTY|26JAN2027||FUTIDX",
    "70001|BANKNIFTY29DEC26FUT|BANKNIFTY|2026-12-29||FUTIDX",
    "70002|BANKNIFTY31FEB27FUT|BANKNIFTY|31FEB2027||FUTIDX",
    "70003|NIFTYNXT5029DEC26FUT|NIFTYNXT50|29-Dec-2026||futidx",
    "35001|SBIN29DEC26FUT|SBIN|29DEC2026||FUTSTK",
    "35002|M&M29DEC26FUT|M&M|29DEC2026||FUTSTK",
    "35003|BAJAJ-AUTO29DEC26FUT|BAJAJ-AUTO|29DEC2026||FUTSTK",
    "35004|VEDL29DEC26292.5CE|VEDL|29DEC2026|292.5|OPTSTK",
    "35005|360ONE29DEC26FUT|360ONE|29DEC2026||FUTSTK",
    // The number of an expired contract, used again; whichever comes first in the file.
    "71000|RELIANCE24NOV26FUT|RELIANCE|24NOV2026||FUTSTK",
    "71000|RELIANCE29DEC26FUT|RELIANCE|29DEC2026||FUTSTK",
    "71001|TCS29DEC26FUT|TCS|29DEC2026||FUTSTK",
    "71001|TCS24NOV26FUT|TCS|24NOV2026||FUTSTK",
  ),
  ...options("NFO", [60_000, "NIFTY24NOV26", "NIFTY", "24NOV2026", "OPTIDX"], NIFTY_STRIKES),
  ...options("NFO", [60_100, "NIFTY01DEC26", "NIFTY", "01DEC2026", "OPTIDX"], NIFTY_STRIKES),
  ...options("NFO", [60_200, "NIFTY29DEC26", "NIFTY", "29DEC2026", "OPTIDX"], NIFTY_STRIKES),
  ...options("NFO", [60_300, "NIFTY26JAN27", "NIFTY", "26JAN2027", "OPTIDX"], NIFTY_STRIKES),
  ...contracts(
    "BFO",
    "860000|SENSEX26NOVFUT|SENSEX|26NOV2026||FUTIDX",
    "860001|SENSEX26DECFUT|SENSEX|31DEC2026||FUTIDX",
    "860002|SENSEX26D03FUT|SENSEX|03DEC2026||FUTIDX",
    "860003|BANKEX26DECFUT|BANKEX|31DEC2026||FUTIDX",
  ),
  ...options("BFO", [861_000, "SENSEX26NOV", "SENSEX", "26NOV2026", "OPTIDX"], SENSEX_STRIKES),
  ...options("BFO", [861_100, "SENSEX26D03", "SENSEX", "03DEC2026", "OPTIDX"], SENSEX_STRIKES),
  ...options("BFO", [861_200, "SENSEX26DEC", "SENSEX", "31DEC2026", "OPTIDX"], SENSEX_STRIKES),
  ...contracts(
    "CDS",
    "1|USDINR|USDINR|||UNDCUR",
    "2|Nifty 50|NIFTY|||AMXIDX",
    "1284|USDINR26DECFUT|USDINR|29DEC2026||FUTCUR",
    "1285|USDINR26D04FUT|USDINR|04DEC2026||FUTCUR",
    "1286|USDINR26N27FUT|USDINR|27NOV2026||FUTCUR",
    "1287|USDINR26N20FUT|USDINR|20NOV2026||FUTCUR",
    "1288|EURINR26DECFUT|EURINR|29DEC2026||FUTCUR",
  ),
  ...options("CDS", [1_300, "USDINR26DEC", "USDINR", "29DEC2026", "OPTCUR"], [84.25, 84.5]),
  ...options("CDS", [1_310, "USDINR26D04", "USDINR", "04DEC2026", "OPTCUR"], [84.25, 84.5]),
  ...contracts(
    "MCX",
    "120|CRUDEOIL|CRUDEOIL|||COMDTY",
    "121|GOLD|GOLD|||COMDTY",
    "458304|CRUDEOIL19NOV26FUT|CRUDEOIL|19NOV2026||FUTCOM",
    "458305|CRUDEOIL18DEC26FUT|CRUDEOIL|18DEC2026||FUTCOM",
    "458306|CRUDEOIL19JAN27FUT|CRUDEOIL|19JAN2027||FUTCOM",
    "574841|GOLDPETAL30NOV26FUT|GOLDPETAL|30NOV2026||FUTCOM",
    "440939|GOLD05FEB27FUT|GOLD|05FEB2027||FUTCOM",
    "440940|GOLDM05JAN27FUT|GOLDM|05JAN2027||FUTCOM",
    "440941|MCXBULLDEX|MCXBULLDEX|||AMXIDX",
  ),
  ...options("MCX", [441_000, "GOLD28JAN27", "GOLD", "28JAN2027", "OPTFUT"], [125_000, 126_000]),
  ...contracts(
    "ncx_fo",
    "300|DHANIYA|DHANIYA|||COMDTY",
    "301|DHANIYA18DEC26FUT|DHANIYA|18/12/2026||FUTCOM",
    "302|GUARSEED26DECFUT|GUARSEED|2026-12-18T00:00:00||FUTCOM",
    "303|DHANIYA20NOV26FUT|DHANIYA|20NOV2026||FUTCOM",
  ),
  fileRow({ token: "9999", symbol: "GONE-EQ", name: "GONE", exch_seg: "NCO" }),
  fileRow({ token: "n/a", symbol: "NONUMBER-EQ", name: "NONUMBER" }),
];

/** A table of rows as the file has them, and what was reported of them. */
export function tableAndReport(rows: Iterable<unknown>): { table: InstrumentTable; report: ListReport } {
  const report = new ListReport();
  const builder = new TableBuilder(report);
  for (const each of rows) {
    const row = readMasterRow(each);
    if (isBad(row)) report.leaveOut(row.reason, () => "");
    else builder.add(row);
  }
  return { table: atOnce(builder.finish()), report };
}

/** The odd rows, and as many others as the real list has. */
export function* largeList(rows = 150_000): Generator<FileRow> {
  yield* ODD_LIST;
  for (let number = 0; number < rows - ODD_LIST.length; number++) yield madeUpRow(number);
}
