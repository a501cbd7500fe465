/** The best five bids and asks of one row, with a bar for each quantity. */

import { element, textCell } from "./dom.js";
import { NONE, number } from "./format.js";

const LEVELS = 5;

function createDepth({ table, totals, body, note, buyers, sellers, balance }) {
  const lines = Array.from({ length: LEVELS }, () => {
    const line = element("tr", "", body);
    return { bid: side(line, "bid", [0, 1, 2]), ask: side(line, "ask", [2, 1, 0]) };
  });
  /** Of the table's place, px; 0 where it is not shown. */
  let room = 0;
  let shape = "";
  /** By shape of the texts: whether they need the small print in this room. */
  const tight = new Map();
  const put = { note: textCell(note), buyers: textCell(buyers), sellers: textCell(sellers) };

  /** Orders, quantity and price, from the outside to the middle. */
  function side(line, name, order) {
    const make = [
      () => ({ orders: textCell(element("td", "orders", line)) }),
      () => {
        const cell = element("td", `quantity ${name}`, line);
        const bar = element("i", "", cell);
        return { bar, quantity: textCell(cell, "number") };
      },
      () => ({ price: textCell(element("td", `level ${name}`, line)) }),
    ];
    return Object.assign({}, ...order.map((i) => make[i]()));
  }

  function fill(cells, level, most, decimals) {
    const { price, quantity, orders } = level ?? {};
    const texts = [shown(price, decimals), shown(quantity, 0), shown(orders, 0)];
    cells.price(texts[0]);
    cells.quantity(texts[1]);
    cells.orders(texts[2]);
    const width = quantity > 0 ? `${(100 * quantity / most).toFixed(1)}%` : "0";
    if (cells.bar.style.width !== width) cells.bar.style.width = width;
    return texts.map(({ length }) => length);
  }

  /** Measures once for texts of each length: to measure is to have the page laid out between two writings. */
  function fit() {
    if (room === 0 || shape === "") return;
    if (!tight.has(shape)) {
      table.classList.remove("tight");
      tight.set(shape, table.scrollWidth > room || table.offsetWidth > room);
    }
    table.classList.toggle("tight", tight.get(shape));
  }

  new ResizeObserver(([{ contentRect: { width } }]) => {
    if (width === room) return;
    room = width;
    tight.clear();
    fit();
  }).observe(table.parentElement);

  return (row) => {
    const { tick = {}, decimals } = row;
    const bids = Array.isArray(tick.bids) ? tick.bids : [];
    const asks = Array.isArray(tick.asks) ? tick.asks : [];
    const most = Math.max(1, ...[...bids, ...asks].map((level) => level?.quantity || 0));
    const lengths = lines.map(({ bid, ask }, i) => [
      ...fill(bid, bids[i], most, decimals),
      ...fill(ask, asks[i], most, decimals),
    ]);
    put.note(
      row.index
        ? "An index has no order book."
        : tick.bids === undefined
        ? "No order book has come yet."
        : bids.length === 0 && asks.length === 0
        ? "Nobody buys and nobody sells."
        : bids.length === 0
        ? "Nobody buys."
        : asks.length === 0
        ? "Nobody sells."
        : "",
    );
    note.hidden = note.textContent === "";
    table.hidden = totals.hidden = row.index;
    if (!row.index) {
      shape = lengths[0].map((_, column) => Math.max(...lengths.map((line) => line[column]))).join();
      fit();
    }
    const { total_buy_quantity: buy, total_sell_quantity: sell } = tick;
    const known = !row.index && buy >= 0 && sell >= 0 && buy + sell > 0;
    const part = known ? 100 * buy / (buy + sell) : 50;
    const percent = (value) => known ? ` · ${value.toFixed(0)}%` : "";
    put.buyers(row.index ? NONE : shown(buy, 0) + percent(part));
    put.sellers(row.index ? NONE : shown(sell, 0) + percent(100 - part));
    balance.hidden = !known;
    balance.firstElementChild.style.width = `${part.toFixed(1)}%`;
  };
}

function shown(value, decimals) {
  return typeof value === "number" && Number.isFinite(value) ? number(value, decimals) : NONE;
}

export { createDepth };
