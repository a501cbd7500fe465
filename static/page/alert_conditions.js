/** What an alert waits for. Pure: each looks at one row and says whether it is so, or undefined where that is not known. */

import { number, signed } from "./format.js";
import { known } from "./values.js";

/** Known, and above zero: a limit or a level of nothing is none. */
const level = (value) => known(value) > 0 ? value : undefined;

const dayChange = ({ price, close }) =>
  level(close) === undefined || price === undefined ? undefined : (price / close - 1) * 100;

function atCircuit({ price, tick }) {
  const upper = level(tick?.upper_circuit);
  const lower = level(tick?.lower_circuit);
  if (price === undefined || (upper === undefined && lower === undefined)) return undefined;
  return price >= upper || price <= lower;
}

/**
 * By kind: `label` for the form; `unit` of its value, undefined where it has none; `mode`, in which the ticks carry what
 * it looks at; `is(row, value, side)`; `words(value, row)` when it has come. `side` is where the price was when the
 * alert was set: 1 above the level, -1 below it.
 */
export const CONDITIONS = {
  price: {
    label: "Price crosses",
    unit: "price",
    mode: "ltp",
    is: ({ price }, value, side) =>
      price === undefined ? undefined : side > 0 ? price <= value : price >= value,
    words: (value, { decimals }) => `price crosses ${number(value, decimals)}`,
  },
  percent: {
    label: "Day's change reaches %",
    unit: "%",
    mode: "quote",
    is(row, value) {
      const change = dayChange(row);
      return change === undefined ? undefined : value < 0 ? change <= value : change >= value;
    },
    words: (value) => `day's change reaches ${signed(value, 2)}%`,
  },
  volume: {
    label: "Volume reaches",
    unit: "volume",
    mode: "quote",
    is: ({ volume, index }, value) => index || volume === undefined ? undefined : volume >= value,
    words: (value) => `volume reaches ${number(value)}`,
  },
  circuit: {
    label: "Price at a circuit limit",
    unit: undefined,
    mode: "snapquote",
    is: atCircuit,
    words: () => "price at a circuit limit",
  },
};

/** @returns Why a value is none for this kind, or undefined. */
export function faultOf(kind, value) {
  if (!Object.hasOwn(CONDITIONS, kind)) return "There is no such alert";
  const { unit } = CONDITIONS[kind];
  if (unit === undefined) return undefined;
  if (known(value) === undefined) return "It needs a number";
  if (unit === "%") {
    return value === 0 || Math.abs(value) > 10_000 ? "It needs a % above or below 0" : undefined;
  }
  return value > 0 ? undefined : "It needs a number above 0";
}
