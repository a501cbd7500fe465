/** Which rows are shown, and in which order. */

const collator = new Intl.Collator("en", { numeric: true });

export function createRowOrder(store) {
  /** All must be in a row's name or key. */
  let words = [];
  let sort;

  function compare(a, b) {
    const { column, sign } = sort;
    const x = column.value(a, store);
    const y = column.value(b, store);
    if (x === y) return a.order - b.order;
    // What is not known is last, whichever way round.
    if (x === undefined) return 1;
    if (y === undefined) return -1;
    return (column.text ? collator.compare(x, y) : x - y) * sign || a.order - b.order;
  }

  return {
    /** Whether it moves with the prices. */
    get sorted() {
      return sort !== undefined;
    },

    filter(text) {
      words = text.toLowerCase().split(/\s+/).filter(Boolean);
    },

    /** Once in the natural direction, then the other, then the order of the watch list again. */
    sortBy(column) {
      const natural = column.text ? 1 : -1;
      if (sort?.column !== column) sort = { column, sign: natural };
      else if (sort.sign === natural) sort = { column, sign: -natural };
      else sort = undefined;
    },

    /** As it is kept: `[column id, sign]`, or undefined. */
    get kept() {
      return sort && [sort.column.id, sort.sign];
    },

    /** @param column Undefined for the order of the list. */
    restore(column, sign) {
      sort = column?.value && (sign === 1 || sign === -1) ? { column, sign } : undefined;
    },

    /** 1 ascending, -1 descending, 0 where the list is not sorted by the column. */
    signOf: (column) => sort?.column === column ? sort.sign : 0,

    get filtered() {
      return words.length > 0;
    },

    /** The headings stand where all rows are, in their own order. */
    rows() {
      const rows = sort || words.length > 0 ? [] : [...store.sections];
      for (const row of store.rows.values()) {
        const text = words.length === 0 ? "" : `${row.symbol} ${row.key}`.toLowerCase();
        if (words.every((word) => text.includes(word))) rows.push(row);
      }
      return rows.sort(sort ? compare : (a, b) => a.order - b.order);
    },
  };
}
