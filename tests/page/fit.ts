/** What tests of "no figure is cut" look at, in every browser. */

const NOW = Date.UTC(2026, 10, 27, 5, 0);
const DAY_MS = 86_400_000;

const level = (price: number, quantity: number) =>
  Array.from({ length: 5 }, (_, i) => ({ price: price - i, quantity: quantity - i, orders: 1_234 + i }));

/** As large, as old and as far from yesterday as a market gets. */
export const TICKS = [
  { price: 1_234_567.85, close: 123_456_789.5, volume: 1_234_567_890, symbol: "SENSEX26DEC1234567.85CE" },
  { price: 99_999_999.95, close: 99_999.95, volume: 88_888_888_888, symbol: "WIDE-EQ" },
  { price: 0.05, close: 0.01, volume: 0, symbol: "SMALL-EQ" },
  { price: 250, close: 250, volume: 88, symbol: "NARROW-EQ" },
].map(({ price, close, volume, symbol }, i) => ({
  exchange: "nse",
  token: String(100 + i),
  symbol,
  last_traded_price: price,
  close,
  volume,
  open: price,
  high: price * 1.1,
  low: price * 0.9,
  average_traded_price: price,
  open_interest: volume,
  last_traded_quantity: volume,
  upper_circuit: price * 1.2,
  lower_circuit: price * 0.8,
  week52_high: price * 1.2,
  week52_low: price * 0.5,
  total_buy_quantity: volume,
  total_sell_quantity: volume,
  bids: level(price, 88_888_888),
  asks: level(price, 8_888_888),
  exchange_timestamp: NOW - i * 9 * DAY_MS,
  freshness: ["stale", "suspect", "quiet", "closed"][i],
})).concat({ exchange: "nse", token: "200", symbol: "NOTHING-EQ" } as never);

/** The cells and figures in which something is cut off; the columns of a row take no room from each other. */
export const CUT = `[...document.querySelectorAll(
  "#body .row:not(.ruler, [hidden]) .cell:not([hidden], .symbol, .refusal), .head .cell:not([hidden]), .figures dd," +
  " #depth td, .day dd, .totals span, .now span, .feed-figures dd"
)].filter((each) => each.offsetWidth > 0 && getComputedStyle(each).display !== "inline" &&
  each.scrollWidth > each.clientWidth && !each.matches(".mode, .remove, .head .mode, .head .remove")
).map((each) => each.className + " " + each.id + " " + each.textContent + " " + each.scrollWidth + ">" + each.clientWidth)`;

/** The cells that stand beyond the edge of the list. */
export const OUTSIDE = `(() => {
  const edge = document.getElementById("list").getBoundingClientRect().right + 0.5;
  return [...document.querySelectorAll("#body .row:not(.ruler, [hidden]) .cell:not([hidden])")]
    .filter((cell) => cell.offsetWidth > 0 && cell.getBoundingClientRect().right > edge)
    .map((cell) => cell.className + " " + cell.textContent);
})()`;

/** Two frames of the display have passed. */
export const FRAMES =
  `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`;
