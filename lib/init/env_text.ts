/** The text of a file of NAME=value lines, with other values in it. */
import { parse } from "dotenv";

/** What is put at the head of a new file. */
const HEAD = [
  "# Made by `smartapi-proxy init`. It holds the secrets of your account: show it to nobody.",
  "# `smartapi-proxy --help` has every other setting.",
  "",
].join("\n");

/**
 * Puts values into the text of a `.env`. Its other lines stay as they are; a name that it does not have is added.
 *
 * @param text Undefined where there is no file yet.
 * @throws {Error} A value cannot be quoted, or the file is written so that its lines cannot be changed one by one.
 */
export function withValues(text: string | undefined, values: Readonly<Record<string, string>>): string {
  // Editors of Windows put a byte order mark first, which would be part of the first name.
  const own = text?.replace(/^\uFEFF/, "") ?? "";
  const before = own.trim() === "" ? HEAD : own;
  const lineEnd = before.includes("\r\n") ? "\r\n" : "\n";
  let after = before;
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quoted(name, value)}`;
    const present = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*[=:].*$`, "gm");
    if (present.test(after)) after = after.replace(present, () => line);
    else after += `${after.endsWith("\n") ? "" : lineEnd}${line}${lineEnd}`;
  }
  // A value that goes over several lines may hold what looks like a line of its own.
  const wanted: Record<string, string> = { ...parse(before), ...values };
  const found: Record<string, string> = parse(after);
  const isAsWanted = Object.keys({ ...wanted, ...found }).every((name) => wanted[name] === found[name]);
  if (!isAsWanted) throw new Error("it is written in a way that cannot be changed line by line");
  return after;
}

/** As `dotenv` reads it back. */
function quoted(name: string, value: string): string {
  if (/^[\w.:/=+@%-]+$/.test(value)) return value;
  const quote = ["'", '"', "`"].find((each) =>
    !value.includes(each) && (each !== '"' || !value.includes("\\"))
  );
  if (quote === undefined) throw new Error(`${name} has every kind of quotation mark, and cannot be written`);
  return `${quote}${value}${quote}`;
}
