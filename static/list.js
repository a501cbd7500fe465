"use strict";
/**
 * The watch list: a grid of which only the visible rows exist. A row element is a slot; scrolling and sorting change
 * which instrument a slot shows, and a frame writes only the cells whose text has changed.
 */
(function (page) {
  const { NONE, number, signed, istTime, age } = page.format;

  /** Rows made beyond the edges, so that a scroll finds them there. */
  const OVERSCAN = 6;

  /** A list sorted by something that moves is put in order this often: oftener, and no row could be followed. */
  const SORT_EVERY_MS = 1_000;

  /** A flash that begins before the last one could be seen is only unrest. */
  const FLASH_EVERY_MS = 300;

  const ARROWS = { 1: "▲", 0: "", [-1]: "▼" };

  const WORTH = {
    waiting: "no tick yet",
    stale: "stale",
    closed: "closed",
    suspect: "suspect",
  };

  const SVG = "http://www.w3.org/2000/svg";
  const TREND_WIDTH = 100;
  const TREND_HEIGHT = 22;
  const TREND_LEAST = 12;

  /**
   * In the order of the screen. `width` is the least in px, `grow` takes a share of what is left, `rank` says who
   * leaves first when there is too little room (highest), `with` names the field of `store.seen` that must have
   * come. `value` is what it is sorted by. `cells` fill themselves in `PAINT`.
   */
  const COLUMNS = [
    { id: "symbol", label: "Symbol", width: 190, grow: 2, rank: 0, text: true, value: (row) => row.symbol },
    { id: "exchange", label: "Exch", width: 50, rank: 0, text: true, value: (row) => row.exchange },
    {
      id: "trend",
      label: "Trend",
      title: "The last three minutes at most, as this page saw them",
      width: 64,
      grow: 1,
      rank: 5,
    },
    { id: "price", label: "LTP", title: "Last traded price", width: 140, rank: 0, value: (row) => row.price },
    {
      id: "change",
      label: "Change",
      title: "Against the previous close, where the ticks carry it",
      width: 96,
      rank: 3,
      value: (row, store) => store.change(row)?.points,
    },
    {
      id: "percent",
      label: "%",
      title: "Against the previous close, where the ticks carry it",
      width: 72,
      rank: 1,
      value: (row, store) => store.change(row)?.percent,
    },
    { id: "bid", label: "Bid", width: 104, rank: 7, with: "book", value: (row) => row.bid },
    { id: "ask", label: "Ask", width: 104, rank: 7, with: "book", value: (row) => row.ask },
    { id: "volume", label: "Volume", width: 90, rank: 6, with: "volume", value: (row) => row.volume },
    {
      id: "range",
      label: "Day range",
      title: "Where the price stands between the day's low and high",
      width: 90,
      grow: 1,
      rank: 8,
      with: "range",
    },
    {
      id: "time",
      label: "Time IST",
      title: "The exchange's clock",
      width: 84,
      rank: 4,
      value: (row) => row.exchangeTime,
    },
    {
      id: "age",
      label: "Age",
      title: "Since the last tick",
      width: 88,
      rank: 2,
      value: (row) => row.tickedAt,
    },
  ];

  function element(tag, className, parent) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    parent?.append(made);
    return made;
  }

  function svg(tag, attributes, parent) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    parent?.append(made);
    return made;
  }

  /** A text that is only written when it differs: the DOM is what costs, not the comparison. */
  function textCell(parent, className) {
    const node = document.createTextNode("");
    const holder = className === undefined ? parent : element("span", className, parent);
    holder.append(node);
    let shown = "";
    return (text) => {
      if (text === shown) return;
      shown = text;
      node.data = text;
    };
  }

  function dataCell(target, name) {
    let shown;
    return (value) => {
      if (value === shown) return;
      shown = value;
      target.dataset[name] = value;
    };
  }

  /** Each makes the inside of one cell and answers with what fills it. `about` holds what a frame knows. */
  const PAINT = {
    symbol(cell) {
      const text = textCell(cell, "name");
      // An option's call and put differ in the last two letters: a long symbol gets two small lines, and no dots.
      const size = dataCell(cell, "size");
      return (row) => {
        text(row.symbol);
        size(row.symbol.length > 18 ? "small" : "");
        if (cell.title !== row.symbol) cell.title = row.symbol;
      };
    },
    exchange(cell) {
      const text = textCell(cell, "tag");
      return (row) => text(row.exchange.toUpperCase());
    },
    trend(cell) {
      const picture = svg("svg", {
        viewBox: `0 0 ${TREND_WIDTH} ${TREND_HEIGHT}`,
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      }, cell);
      const path = svg("path", { "vector-effect": "non-scaling-stroke" }, picture);
      let shown = "";
      return (row, about) => {
        const d = about.slow ? trendPath(about.store.trend(row)) : shown;
        if (d === shown) return;
        shown = d;
        path.setAttribute("d", d);
      };
    },
    price(cell) {
      const arrow = textCell(cell, "arrow");
      const rupee = textCell(cell, "rupee");
      const text = textCell(cell);
      const direction = dataCell(cell, "direction");
      // Crores, with their paise: a price is made smaller, and never cut off.
      const size = dataCell(cell, "size");
      return (row) => {
        arrow(ARROWS[row.direction]);
        direction(row.direction > 0 ? "up" : row.direction < 0 ? "down" : "none");
        rupee(row.index || row.price === undefined ? "" : "₹");
        const price = row.price === undefined ? NONE : number(row.price, row.decimals);
        text(price);
        size(price.length > 12 ? "small" : "");
      };
    },
    change(cell) {
      return changeCell(cell, (change, row) => signed(change.points, row.decimals));
    },
    percent(cell) {
      return changeCell(cell, (change) => `${signed(change.percent, 2)}%`);
    },
    bid: (cell) => numberCell(cell, (row) => row.bid),
    ask: (cell) => numberCell(cell, (row) => row.ask),
    volume(cell) {
      const text = textCell(cell);
      return (row) => text(row.index || row.volume === undefined ? NONE : number(row.volume));
    },
    range(cell) {
      const bar = element("span", "gauge", cell);
      const mark = element("i", "", bar);
      let shown = "";
      return (row) => {
        const { low, high, price } = row;
        const known = high > low && price !== undefined;
        const part = known ? Math.min(1, Math.max(0, (price - low) / (high - low))) : 0;
        const place = known ? `${(part * 100).toFixed(1)}%` : "";
        if (place === shown) return;
        shown = place;
        bar.hidden = !known;
        mark.style.left = place;
        cell.title = known ? `${number(low, row.decimals)} – ${number(high, row.decimals)}` : "";
      };
    },
    time(cell) {
      const text = textCell(cell);
      return (row, about) =>
        text(row.exchangeTime === undefined ? NONE : istTime(row.exchangeTime, about.now));
    },
    age(cell) {
      const text = textCell(cell);
      const worth = textCell(cell, "worth");
      return (row, about) => {
        const word = WORTH[about.worth] ?? "";
        text(row.tickedAt === undefined ? "" : age(about.now - row.tickedAt));
        worth(word);
      };
    },
  };

  function changeCell(cell, write) {
    const text = textCell(cell);
    const direction = dataCell(cell, "direction");
    return (row, about) => {
      const { change } = about;
      direction(
        change === undefined ? "none" : change.points > 0 ? "up" : change.points < 0 ? "down" : "none",
      );
      text(change === undefined ? NONE : write(change, row));
    };
  }

  function numberCell(cell, value) {
    const text = textCell(cell);
    return (row) => text(value(row) === undefined ? NONE : number(value(row), row.decimals));
  }

  /** A line through the known prices, broken where there was an outage. */
  function trendPath(all) {
    // A young line fills its place, but a few seconds are not drawn as if they were minutes.
    const begin = all.findIndex((point) => point !== undefined);
    const points = all.slice(Math.max(0, Math.min(begin, all.length - TREND_LEAST)));
    let low = Infinity;
    let high = -Infinity;
    for (const point of points) {
      if (point < low) low = point;
      if (point > high) high = point;
    }
    if (low === Infinity) return "";
    const span = high - low;
    const step = TREND_WIDTH / (points.length - 1);
    let path = "";
    let pen = "M";
    points.forEach((point, i) => {
      if (point === undefined) {
        pen = "M";
        return;
      }
      const part = span === 0 ? 0.5 : (point - low) / span;
      const y = 2 + (1 - part) * (TREND_HEIGHT - 4);
      path += `${pen}${(i * step).toFixed(1)} ${y.toFixed(1)}`;
      // A lone point would not be drawn at all.
      if (pen === "M") path += "h.1";
      pen = "L";
    });
    return path;
  }

  /** One row element. `show` fills it; it is cheap when nothing has changed. */
  function createSlot(body) {
    const line = element("div", "row", body);
    line.setAttribute("role", "row");
    const cells = COLUMNS.map((column) => {
      const cell = element("div", `cell ${column.id}`, line);
      cell.setAttribute("role", "gridcell");
      return { id: column.id, cell, paint: PAINT[column.id](cell) };
    });
    const priceCell = cells.find(({ id }) => id === "price").cell;
    const worth = dataCell(line, "worth");
    const slot = { line, row: undefined };
    let version = -1;
    let drawnAt = 0;
    let changes = 0;
    let flashedAt = 0;
    let flashed = 0;
    let odd = false;

    slot.columns = (visible) => {
      for (const { id, cell } of cells) cell.hidden = !visible.has(id);
    };

    /** @param about.beat Rises once a second, for what ages without a tick. */
    slot.show = (row, about) => {
      const other = slot.row !== row;
      if (!other && version === row.version && drawnAt === about.beat) return;
      if (other) {
        slot.row = row;
        line.id = `row-${row.key}`;
        delete priceCell.dataset.flash;
        changes = row.changes;
        flashedAt = 0;
      }
      about.slow = other || drawnAt !== about.beat;
      version = row.version;
      drawnAt = about.beat;
      about.worth = about.store.worth(row);
      about.change = about.store.change(row);
      worth(about.worth);
      for (const { cell, paint } of cells) if (!cell.hidden) paint(row, about);
      if (row.changes !== changes) {
        changes = row.changes;
        // One that says the opposite of the arrow must not stay.
        if (about.now - flashedAt >= FLASH_EVERY_MS || row.direction !== flashed) {
          flashedAt = about.now;
          flashed = row.direction;
          // Two names for one animation: a new name starts it again, without a forced layout.
          odd = !odd;
          priceCell.dataset.flash = `${row.direction > 0 ? "up" : "down"}-${odd ? 1 : 2}`;
        }
      }
    };
    return slot;
  }

  /**
   * @param options.grid, options.head, options.body The elements of the page.
   * @param options.changed Asks for a frame.
   * @param options.select Told the key of the row that was chosen.
   */
  function createList({ store, grid, head, body, changed, select = () => {} }) {
    const slots = [];
    let order = [];
    let words = [];
    let sort;
    let stale = true;
    let sortedAt = 0;
    let shape = -1;
    let width = 0;
    let height = 0;
    let rowHeight = 34;
    let columnsKey = "";
    let visible = new Set();
    let selected;
    let chosen;
    let first = -1;
    let scrollTop = 0;
    const about = { store, now: 0, beat: 0, slow: false, worth: "", change: undefined };

    const headers = COLUMNS.map((column) => {
      const cell = element("div", `cell ${column.id}`, head);
      cell.setAttribute("role", "columnheader");
      if (column.value === undefined) {
        cell.textContent = column.label;
        if (column.title) cell.title = column.title;
        return { column, cell };
      }
      const button = element("button", "", cell);
      button.type = "button";
      button.title = `${column.title ?? column.label}: click to sort`;
      button.textContent = column.label;
      const mark = element("span", "mark", button);
      mark.setAttribute("aria-hidden", "true");
      button.addEventListener("click", () => sortBy(column));
      return { column, cell, mark };
    });

    /** Once in the natural direction, then the other, then the order of the watch list again. */
    function sortBy(column) {
      const natural = column.text ? 1 : -1;
      if (sort?.column !== column) sort = { column, sign: natural };
      else if (sort.sign === natural) sort = { column, sign: -natural };
      else sort = undefined;
      for (const header of headers) {
        if (header.mark === undefined) continue;
        const sign = sort?.column === header.column ? sort.sign : 0;
        header.mark.textContent = sign > 0 ? " ↑" : sign < 0 ? " ↓" : "";
        if (sign === 0) header.cell.removeAttribute("aria-sort");
        else header.cell.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      }
      stale = true;
      changed();
    }

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
    const collator = new Intl.Collator("en", { numeric: true });

    function putInOrder() {
      order = [];
      for (const row of store.rows.values()) {
        const text = words.length === 0 ? "" : `${row.symbol} ${row.key}`.toLowerCase();
        if (words.every((word) => text.includes(word))) order.push(row);
      }
      if (sort) order.sort(compare);
      else order.sort((a, b) => a.order - b.order);
    }

    /** As many columns as have something to say and fit. */
    function chooseColumns() {
      const compact = width < 560;
      grid.classList.toggle("compact", compact);
      let chosenColumns = COLUMNS.filter((column) => column.with === undefined || store.seen[column.with]);
      if (compact) {
        const known = store.seen.close ? "percent" : "time";
        const ids = new Set(["symbol", "exchange", "trend", "price", "age", known]);
        chosenColumns = chosenColumns.filter(({ id }) => ids.has(id));
      } else {
        const room = width - 24;
        const needed = () => chosenColumns.reduce((sum, column) => sum + column.width, 0);
        while (needed() > room) {
          const worst = Math.max(...chosenColumns.map(({ rank }) => rank));
          if (worst === 0) break;
          chosenColumns = chosenColumns.filter(({ rank }) => rank !== worst);
        }
      }
      const key = `${compact} ${chosenColumns.map(({ id }) => id)}`;
      if (key === columnsKey) return;
      columnsKey = key;
      visible = new Set(chosenColumns.map(({ id }) => id));
      grid.style.setProperty(
        "--columns",
        chosenColumns.map((column) => `minmax(${column.width}px, ${column.grow ?? 0.6}fr)`).join(" "),
      );
      for (const { column, cell } of headers) cell.hidden = !visible.has(column.id);
      for (const slot of slots) {
        slot.columns(visible);
        slot.row = undefined;
      }
    }

    function measure() {
      width = grid.clientWidth;
      height = grid.clientHeight;
      rowHeight = parseFloat(getComputedStyle(grid).getPropertyValue("--row")) || 34;
      chooseColumns();
      // The height of a row may depend on the choice.
      rowHeight = parseFloat(getComputedStyle(grid).getPropertyValue("--row")) || 34;
      first = -1;
      changed();
    }

    function showSelection() {
      const element = selected === undefined ? null : document.getElementById(`row-${selected}`);
      if (chosen !== element) {
        chosen?.removeAttribute("aria-selected");
        element?.setAttribute("aria-selected", "true");
        chosen = element;
      }
      if (element) grid.setAttribute("aria-activedescendant", element.id);
      else grid.removeAttribute("aria-activedescendant");
    }

    function choose(index) {
      const row = order[Math.max(0, Math.min(order.length - 1, index))];
      if (row === undefined) return;
      selected = row.key;
      const top = order.indexOf(row) * rowHeight;
      const headHeight = head.offsetHeight;
      if (top < grid.scrollTop) grid.scrollTop = top;
      else if (top + rowHeight > grid.scrollTop + height - headHeight) {
        grid.scrollTop = top + rowHeight - height + headHeight;
      }
      scrollTop = grid.scrollTop;
      first = -1;
      select(selected);
      changed();
    }

    grid.addEventListener("scroll", () => {
      scrollTop = grid.scrollTop;
      changed();
    }, { passive: true });

    grid.addEventListener("keydown", (event) => {
      if (event.target !== grid || event.altKey || event.ctrlKey || event.metaKey) return;
      const at = order.findIndex(({ key }) => key === selected);
      const leap = Math.max(1, Math.floor(height / rowHeight) - 2);
      const to = {
        ArrowDown: at + 1,
        ArrowUp: at < 0 ? 0 : at - 1,
        PageDown: at + leap,
        PageUp: at - leap,
        Home: 0,
        End: order.length - 1,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(to);
    });

    body.addEventListener("click", (event) => {
      const line = event.target.closest(".row");
      const slot = slots.find((slot) => slot.line === line);
      if (slot?.row) choose(order.indexOf(slot.row));
    });

    new ResizeObserver(measure).observe(grid);

    return {
      get shown() {
        return order.length;
      },

      filter(text) {
        words = text.toLowerCase().split(/\s+/).filter(Boolean);
        stale = true;
        grid.scrollTop = 0;
        changed();
      },

      /** Once per animation frame at most. */
      render(now, beat) {
        const live = sort !== undefined && now - sortedAt >= SORT_EVERY_MS;
        if (stale || live || shape !== store.shape) {
          stale = false;
          sortedAt = now;
          shape = store.shape;
          const before = order.length;
          putInOrder();
          if (order.length !== before || first === -1) {
            body.style.height = `${order.length * rowHeight}px`;
            grid.setAttribute("aria-rowcount", String(order.length + 1));
          }
          first = -1;
        }
        chooseColumns();
        const from = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight) - OVERSCAN, order.length - 1));
        const count = Math.min(order.length - from, Math.ceil(height / rowHeight) + 2 * OVERSCAN);
        const moved = from !== first || first === -1;
        while (slots.length < count) {
          const slot = createSlot(body);
          slot.columns(visible);
          slots.push(slot);
        }
        about.now = now;
        about.beat = beat;
        for (let i = 0; i < slots.length; i++) {
          // By index, so that a scroll by a few rows refills those few, and not all of them.
          const index = from + ((i - from) % slots.length + slots.length) % slots.length;
          const slot = slots[i];
          const row = index < from + count ? order[index] : undefined;
          if (row === undefined) {
            if (!slot.line.hidden) {
              slot.line.hidden = true;
              slot.line.removeAttribute("id");
              slot.row = undefined;
            }
            continue;
          }
          if (moved) {
            slot.line.hidden = false;
            slot.line.style.transform = `translateY(${index * rowHeight}px)`;
            slot.line.setAttribute("aria-rowindex", String(index + 2));
            slot.line.classList.toggle("even", index % 2 === 0);
          }
          slot.show(row, about);
        }
        if (moved) {
          first = from;
          showSelection();
        }
      },
    };
  }

  page.createList = createList;
})(globalThis.smartapiPage ??= {});
