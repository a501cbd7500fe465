/**
 * Series of the NSE in which a share, or a unit of a trust, trades when it is not in EQ: trade for trade (BE), companies
 * that do not comply (BZ), small companies (SM, ST, SZ), REITs (RR, RT), InvITs (IV, ID).
 */
const LESSER_SHARE_SERIES: ReadonlySet<string> = new Set([
  "BE",
  "BZ",
  "SM",
  "ST",
  "SZ",
  "RR",
  "RT",
  "IV",
  "ID",
]);

/** The two signs behind the hyphen of a symbol of the NSE, in capitals: `EQ` of `SBIN-EQ`; undefined where there are none. */
export function seriesOf(symbol: string): string | undefined {
  return /-([A-Z0-9]{2})$/i.exec(symbol)?.[1]?.toUpperCase();
}

/** The symbol without its series. */
export function withoutSeries(symbol: string): string {
  return symbol.replace(/-[A-Z0-9]{2}$/i, "");
}

/** Whether shares trade in a series; in the others, bonds, funds, gold, rights, blocks. */
export function isShareSeries(series: string | undefined): boolean {
  return series === "EQ" || isLesserShareSeries(series);
}

export function isLesserShareSeries(series: string | undefined): boolean {
  return series !== undefined && LESSER_SHARE_SERIES.has(series);
}
