/** Tables as CSV (RFC 4180), so that Excel, LibreOffice and programs read them without settings. */

/** A text of a cell that begins like this is a formula to a spreadsheet, wide forms of the signs included. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * Writes a table. Texts that a spreadsheet would take for a formula get an apostrophe in front; numbers stay numbers.
 * The mark for UTF-8 stands in front only where something is not ASCII: Excel needs it then, and no program minds its
 * absence.
 *
 * @param rows What a row does not have is an empty cell.
 */
export function csv(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  return csvTable(columns, rows.map((row) => csvLine(columns.map((column) => row[column]))));
}

/** The same of lines that are written. */
export function csvTable(columns: readonly string[], lines: readonly string[]): string {
  const text = `${csvLine(columns)}${lines.join("")}`;
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? text : `\ufeff${text}`;
}

/** One line of a table, with its end. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = String(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
