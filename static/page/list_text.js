/** A list as text: TradingView's, CSV, and what a spreadsheet takes from the clipboard. Pure. */

import { istTime } from "./format.js";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** How TradingView and the exchanges write the month of a future. */
const MONTH_CODES = "FGHJKMNQUVXZ";

const PREFIXES = { nse: "NSE", nfo: "NSE", bse: "BSE", bfo: "BSE", mcx: "MCX", cds: "NSE", ncx: "NCDEX" };

/** Indices have other names there. */
const INDICES = [
  ["nse:Nifty 50", "NSE:NIFTY"],
  ["nse:Nifty Bank", "NSE:BANKNIFTY"],
  ["nse:Nifty Fin Service", "NSE:CNXFINANCE"],
  ["nse:Nifty Next 50", "NSE:NIFTYJR"],
  ["nse:India VIX", "NSE:INDIAVIX"],
  ["bse:SENSEX", "BSE:SENSEX"],
  ["bse:BANKEX", "BSE:BANKEX"],
];

const OURS = /^([A-Z0-9&-]+?)(\d\d)([A-Z]{3})(\d\d)(?:FUT|(\d+(?:\.\d+)?)(CE|PE))$/;
const THEIR_FUTURE = /^([A-Z0-9&_-]+?)([FGHJKMNQUVXZ])(20\d\d)$/;
const THEIR_OPTION = /^([A-Z0-9&_-]+?)(\d\d)(\d\d)(\d\d)([CP])(\d+(?:\.\d+)?)$/;

/** @returns An instrument as TradingView calls it: `NSE:SBIN`. */
export function toTradingView(exchange, symbol) {
  const index = INDICES.find(([name]) => name === `${exchange}:${symbol}`);
  if (index !== undefined) return index[1];
  const prefix = PREFIXES[exchange] ?? exchange.toUpperCase();
  const [, name, day, month, year, strike, type] = OURS.exec(symbol) ?? [];
  const at = MONTHS.indexOf(month);
  if (at < 0) return `${prefix}:${symbol.replace(/-(EQ|BE|BZ|SM|ST)$/, "").replaceAll(/[&-]/g, "_")}`;
  const their = name.replaceAll(/[&-]/g, "_");
  if (strike === undefined) return `${prefix}:${their}${MONTH_CODES[at]}20${year}`;
  return `${prefix}:${their}${year}${String(at + 1).padStart(2, "0")}${day}${type[0]}${strike}`;
}

/** @returns A name that the proxy finds, as far as it follows from TradingView's: `nse:SBIN-EQ`. */
export function fromTradingView(text) {
  const [, prefix, name] = /^([A-Z]+):(.+)$/i.exec(text) ?? [undefined, "", text];
  const known = INDICES.find(([, their]) => their === `${prefix}:${name}`.toUpperCase());
  if (known !== undefined) return known[0];
  const option = THEIR_OPTION.exec(name);
  if (option !== null) {
    const [, under, year, month, day, type, strike] = option;
    const ours = `${under}${day}${MONTHS[Number(month) - 1] ?? month}${year}${strike}${type}E`;
    return prefix === "NSE"
      ? `nfo:${ours}`
      : prefix === "BSE"
      ? `bfo:${ours}`
      : `${prefix.toLowerCase()}:${ours}`;
  }
  const future = THEIR_FUTURE.exec(name);
  // Its day is not in the name: the search finds it by the rest.
  if (future !== null) {
    return `${future[1]} ${MONTHS[MONTH_CODES.indexOf(future[2])]}${future[3].slice(2)} FUT`;
  }
  if (prefix.toUpperCase() === "NSE" && !name.includes("-")) return `nse:${name}-EQ`;
  return prefix === "" ? name : `${prefix.toLowerCase()}:${name}`;
}

/** @param items `[key, { symbol } | { section }]`. */
export function exportTradingView(items) {
  return items.map(([key, { section, symbol }]) =>
    section !== undefined
      ? `###${section.replaceAll(/[,\n]/g, " ")}`
      : toTradingView(key.slice(0, key.indexOf(":")), symbol ?? key.slice(key.indexOf(":") + 1))
  ).join(",\n") + "\n";
}

/** A cell that no spreadsheet takes for a formula. */
function safe(text) {
  return /^[=+\-@\t]/.test(text) ? `'${text}` : text;
}

function csvCell(text) {
  const cell = safe(text);
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

export function exportCsv(items) {
  const lines = items.map(([key, { section, symbol, mode }]) => {
    if (section !== undefined) return ["", "", "", "", section];
    const at = key.indexOf(":");
    return [key.slice(0, at), key.slice(at + 1), symbol ?? "", mode, ""];
  });
  return [["exchange", "token", "symbol", "mode", "section"], ...lines]
    .map((cells) => cells.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function csvRows(text) {
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    const row = rows.at(-1);
    if (quoted && sign === '"' && text[i + 1] === '"') row[row.length - 1] += text[++i];
    else if (sign === '"') quoted = !quoted;
    else if (sign === "," && !quoted) row.push("");
    else if (sign === "\n" && !quoted) rows.push([""]);
    else if (sign !== "\r" || quoted) row[row.length - 1] += sign;
  }
  return rows.map((row) => row.map((cell) => cell.trim().replace(/^'(?=[=+\-@])/, "")));
}

function importCsv(rows) {
  const head = rows[0].map((name) => name.toLowerCase());
  const at = (row, name) => row[head.indexOf(name)] ?? "";
  return rows.slice(1).flatMap((row) => {
    const [exchange, token, symbol] = ["exchange", "token", "symbol"].map((name) => at(row, name));
    if (at(row, "section") !== "") return [{ section: at(row, "section") }];
    const mode = at(row, "mode");
    if (/^[A-Za-z]{2,8}$/.test(exchange) && /^\d{1,25}$/.test(token)) {
      return [{ key: `${exchange.toLowerCase()}:${token}`, symbol: symbol || undefined, mode }];
    }
    return symbol === ""
      ? []
      : [{ name: exchange === "" ? symbol : `${exchange.toLowerCase()}:${symbol}`, mode }];
  });
}

/**
 * Reads a list: TradingView's, or CSV with a head that names `symbol` or `token`.
 *
 * @returns In order: `{ section }`, `{ key, symbol, mode }` for what is known by its number, `{ name, mode }` for
 *   what the proxy has to find.
 */
export function importList(text) {
  const rows = csvRows(text.replace(/^\uFEFF/, ""));
  if (rows[0].some((name) => /^(symbol|token)$/i.test(name))) return importCsv(rows);
  return rows.flat().filter(Boolean).map((word) =>
    word.startsWith("###") ? { section: word.slice(3).trim() } : { name: fromTradingView(word) }
  );
}

/** Head and figures of `copyRows`: plain numbers, for a program to read. */
/** @type {[string, (row: any, change: any, decimals: number) => any][]} */
const COPIED = [
  ["Symbol", (row) => safe(row.symbol)],
  ["Exchange", (row) => row.exchange.toUpperCase()],
  ["LTP", (row) => row.price],
  ["Change", (_row, change, decimals) => change && Number(change.points.toFixed(decimals))],
  ["Change %", (_row, change) => change && Number(change.percent.toFixed(2))],
  ["Bid", (row) => row.bid],
  ["Ask", (row) => row.ask],
  ["Volume", (row) => row.index ? undefined : row.volume],
  ["Time IST", (row) => row.exchangeTime && istTime(row.exchangeTime)],
];

/** Rows for a spreadsheet's clipboard, with a head. What is not known is an empty cell. */
export function copyRows(rows, store) {
  const lines = rows.filter(({ section }) => section === undefined).map((row) =>
    COPIED.map(([, value]) => value(row, store.change(row), row.decimals) ?? "").join("\t")
  );
  return [COPIED.map(([name]) => name).join("\t"), ...lines].join("\n") + "\n";
}
