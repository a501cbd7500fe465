/** The list of instruments that the storms meet. */
import { tokens } from "./world.ts";

/** Writes a list as long as the broker's: shares, and options on a hundred of them and on the first one that ticks. */
export function writeMaster(path: string): void {
  const row = (token: number, symbol: string, name: string, more: Record<string, string>) => ({
    token: String(token),
    symbol,
    name,
    expiry: "",
    strike: "-1.000000",
    lotsize: "1",
    instrumenttype: "",
    exch_seg: "NSE",
    tick_size: "5.000000",
    ...more,
  });
  const rows = tokens(3_000).map((token, i) => row(Number(token), `SIM${i}-EQ`, `SIM${i}`, {}));
  const letters = (n: number) =>
    String.fromCharCode(65 + n % 26, 65 + Math.floor(n / 26) % 26, 65 + Math.floor(n / 676) % 26);
  for (let i = 0; i < 9_000; i++) {
    rows.push(row(200_000 + i, `${letters(i * 7)}${letters(i)}-EQ`, `${letters(i * 7)}${letters(i)}`, {}));
  }
  const option = (token: number, name: string, strike: number, side: "CE" | "PE") =>
    row(token, `${name}29DEC26${strike}${side}`, name, {
      expiry: "29DEC2026",
      strike: `${strike * 100}.000000`,
      instrumenttype: "OPTSTK",
      exch_seg: "NFO",
      lotsize: "50",
    });
  for (let i = 0; i < 500; i++) {
    rows.push(option(500_000 + i, "SIM0", 1 + Math.floor(i / 2), i % 2 === 0 ? "CE" : "PE"));
  }
  for (let i = 0; rows.length < 150_000; i++) {
    const name = `${letters(i % 100 * 7)}${letters(i % 100)}`;
    const strike = 100 + Math.floor(i / 200) * 5;
    rows.push(option(300_000 + i, name, strike, i % 2 === 0 ? "CE" : "PE"));
  }
  Deno.writeTextFileSync(path, JSON.stringify(rows));
}
