/** The columns of the watch list: what they are called, how wide they are, and what they are sorted by. */

/**
 * In the order of the screen. `width` is the least in px (`fit.js` knows when a text needs more), `grow` takes a share
 * of what is left, `rank` says who leaves first when there is too little room (highest), `with` names the field of
 * `store.seen` that must have come. `value` is what it is sorted by. `cells.js` fills the cells.
 */
export const COLUMNS = [
  { id: "symbol", label: "Symbol", width: 158, grow: 2, rank: 0, text: true, value: (row) => row.symbol },
  { id: "exchange", label: "Exch", width: 48, rank: 0, text: true, value: (row) => row.exchange },
  {
    id: "trend",
    label: "Trend",
    title: "The last three minutes at most, as this page saw them",
    width: 56,
    grow: 1,
    rank: 6,
  },
  { id: "price", label: "LTP", title: "Last traded price", width: 136, rank: 0, value: (row) => row.price },
  {
    id: "change",
    label: "Change",
    title: "Against the previous close, where the ticks carry it",
    width: 88,
    rank: 5,
    value: (row, store) => store.change(row)?.points,
  },
  {
    id: "percent",
    label: "%",
    title: "Against the previous close, where the ticks carry it",
    width: 68,
    rank: 1,
    value: (row, store) => store.change(row)?.percent,
  },
  { id: "bid", label: "Bid", width: 88, rank: 3, with: "book", value: (row) => row.bid },
  { id: "ask", label: "Ask", width: 88, rank: 3, with: "book", value: (row) => row.ask },
  { id: "volume", label: "Volume", width: 84, rank: 7, with: "volume", value: (row) => row.volume },
  {
    id: "range",
    label: "Day range",
    title: "Where the price stands between the day's low and high",
    width: 80,
    grow: 1,
    rank: 8,
    with: "range",
  },
  {
    id: "time",
    label: "Time IST",
    title: "The exchange's clock",
    width: 78,
    rank: 9,
    value: (row) => row.exchangeTime,
  },
  {
    id: "age",
    label: "Age",
    title: "Since the last tick",
    width: 74,
    rank: 2,
    value: (row) => row.tickedAt,
  },
  { id: "mode", label: "Mode", width: 72, rank: 4, text: true, value: (row) => row.mode },
  { id: "remove", label: "Remove", width: 28, grow: 0, rank: 4, unseen: true },
];

/** Below this width, px, a row has two lines. */
const COMPACT_WIDTH = 560;

/** Room that the columns do not have: the grid's padding, px. */
const PADDING = 24;

/** A symbol in two lines, or its exchange and age, need so much of a narrow screen, px. */
const COMPACT_SYMBOL = 96;

/** Texts for which there is room before they come, so that the columns need not move when they do. */
export const USUAL_TEXTS = {
  price: ["▲₹12,345.67"],
  change: ["−123.45"],
  percent: ["−12.34%"],
  bid: ["12,345.67"],
  ask: ["12,345.67"],
  volume: ["12,34,567"],
  time: ["00:00:00"],
  age: ["00 min"],
};

/**
 * As many columns as have something to say and fit.
 *
 * @param width Of the grid, px.
 * @param seen Which optional fields have come at all.
 * @param needed `(id)` to the px that the texts of a column need.
 * @param hidden Ids of columns that the user does not want.
 * @returns `compact`: whether a row has two lines; `columns`; `template`: their widths, for the style.
 */
export function columnsFor(width, seen, needed = (_id) => 0, hidden = new Set()) {
  const compact = width < COMPACT_WIDTH;
  const useful = COLUMNS.filter((column) =>
    (column.rank === 0 || !hidden.has(column.id)) && (column.with === undefined || seen[column.with])
  );
  return compact ? compactColumns(width - PADDING, useful, seen, needed) : wideColumns(width, useful, needed);
}

function wideColumns(width, useful, needed) {
  const least = (column) => Math.max(column.width, needed(column.id));
  let columns = useful;
  while (columns.reduce((sum, column) => sum + least(column), 0) > width - PADDING) {
    const worst = Math.max(...columns.map(({ rank }) => rank));
    if (worst === 0) break;
    columns = columns.filter(({ rank }) => rank !== worst);
  }
  const template = columns.map((column) => `minmax(${least(column)}px, ${column.grow ?? 0.6}fr)`).join(" ");
  return { compact: false, columns, template };
}

/** Two lines: the exchange and the age below the symbol, the change below the price; the trend between if it fits. */
function compactColumns(width, useful, seen, needed) {
  const below = seen.close ? "percent" : "time";
  const exchange = Math.max(46, needed("exchange"));
  const age = Math.max(COMPACT_SYMBOL - exchange, needed("age"));
  const right = Math.max(100, needed("price"), needed(below));
  const trend = Math.min(76, width - exchange - age - right);
  const ids = new Set(["symbol", "exchange", "price", "age", below]);
  if (trend >= 40) ids.add("trend");
  const columns = useful.filter(({ id }) => ids.has(id));
  const middle = trend >= 40 ? trend : 0;
  return { compact: true, columns, template: `${exchange}px minmax(${age}px, 1fr) ${middle}px ${right}px` };
}
