/** The ladder as a table: calls on the left, puts on the right, a bar for each open interest. Its prices are buttons. */

import { dataCell, element, textCell } from "./dom.js";

/** Arrow keys go from price to price: rows down, and call or put. */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function interestCell(line) {
  const cell = element("td", "interest", line);
  const bar = element("i", "", cell);
  bar.setAttribute("aria-hidden", "true");
  const text = textCell(cell, "number");
  let width;
  return (side) => {
    text(side?.interest ?? "");
    const share = `${(side?.share ?? 0).toFixed(1)}%`;
    if (share !== width) bar.style.width = width = share;
  };
}

function volatilityCell(line) {
  const cell = element("td", "volatility", line);
  const text = textCell(cell);
  const kind = dataCell(cell, "valued");
  return (side) => {
    text(side?.volatility.text ?? "");
    kind(side?.volatility.why ? "no" : "yes");
    cell.title = side?.volatility.why ?? "";
  };
}

function priceCell(line, name, chosen) {
  const cell = element("td", "price", line);
  const button = element("button", "", cell);
  button.type = "button";
  const text = textCell(button);
  const old = dataCell(cell, "old");
  const place = { button, side: undefined };
  button.addEventListener("click", () => place.side !== undefined && chosen(place.side));
  return Object.assign(place, {
    show(side, strike) {
      place.side = side;
      button.hidden = side === undefined;
      if (side === undefined) return;
      text(side.price);
      old(side.old);
      const label = [`${strike} ${name}`, side.price, side.old, "add to the list"].filter(Boolean).join(", ");
      if (button.title === label) return;
      button.title = label;
      button.setAttribute("aria-label", label);
    },
  });
}

function createLine(body, chosen) {
  const line = element("tr", "", body);
  const money = dataCell(line, "money");
  const callInterest = interestCell(line);
  const callVolatility = volatilityCell(line);
  const call = priceCell(line, "call", chosen);
  const head = element("th", "", line);
  head.scope = "row";
  const strike = textCell(head);
  const put = priceCell(line, "put", chosen);
  const putVolatility = volatilityCell(line);
  const putInterest = interestCell(line);
  return {
    line,
    places: [call, put],
    show(row) {
      money(row.atTheMoney ? "at" : "");
      strike(row.strike);
      callInterest(row.call);
      callVolatility(row.call);
      call.show(row.call, row.strike);
      put.show(row.put, row.strike);
      putVolatility(row.put);
      putInterest(row.put);
    },
  };
}

/** `options.body`: Of the table. `options.chosen`: Told the side whose price was pressed. */
export function createChainTable({ body, chosen }) {
  const lines = [];
  let shown = 0;
  /** Of the one price that Tab comes to. */
  let at = [0, 0];
  let atTheMoney = 0;

  function reach(row, side, focus) {
    const place = lines[row]?.places[side];
    if (row >= shown || place === undefined || place.side === undefined) return;
    for (const { places } of lines) for (const { button } of places) button.tabIndex = -1;
    at = [row, side];
    place.button.tabIndex = 0;
    if (focus) place.button.focus();
  }

  body.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step === undefined && event.key !== "Home") return;
    event.preventDefault();
    if (step === undefined) reach(atTheMoney, at[1], true);
    else reach(at[0] + step[0], at[1] + step[1], true);
  });
  body.addEventListener("focusin", ({ target }) => {
    lines.forEach(({ places }, row) =>
      places.forEach(({ button }, side) => button === target && reach(row, side, false))
    );
  });

  return (ladder) => {
    while (lines.length < ladder.length) lines.push(createLine(body, chosen));
    lines.forEach(({ line, show }, i) => {
      line.hidden = i >= ladder.length;
      if (!line.hidden) show(ladder[i]);
    });
    const other = shown !== ladder.length;
    shown = ladder.length;
    atTheMoney = Math.max(0, ladder.findIndex((row) => row.atTheMoney));
    if (other) reach(atTheMoney, ladder[atTheMoney]?.call === undefined ? 1 : 0, false);
  };
}
