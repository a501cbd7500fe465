/** What the list of instruments says of one: its full name, when it ends, its strike and lot. No DOM. */

import { day, number } from "./format.js";
import { known, textOf } from "./values.js";

/** Rows of the same words among which the one is looked for. */
const LIMIT = 20;

/** In words, one after the other; what is not known, or says nothing new, is left out. */
export function factWords({ symbol, name, type, expiry, strike, lot_size: lot }) {
  return [
    name !== symbol ? textOf(name, "") : type === "index" ? "index" : "",
    typeof expiry === "string" ? `expires ${day(expiry)}` : "",
    known(strike) === undefined ? "" : `strike ${number(strike, strike % 1 === 0 ? 0 : 2)}`,
    known(lot) > 1 ? `lot ${number(lot)}` : "",
  ].filter((text) => text !== "");
}

/** `options.ask`: See `createWire`. `options.changed`: Something has become known. */
export function createFacts({ ask, changed }) {
  /** By the key of a row: what is known, `{}` where that is nothing, and undefined while it is asked for. */
  const byKey = new Map();

  return {
    /** The row's words; empty while they are not known. */
    of: ({ key, symbol }) => factWords({ symbol, ...byKey.get(key) }).join(" · "),

    /** Asks once for each row. */
    async want({ key, exchange, token, symbol }) {
      // Without a symbol there is nothing to look for yet.
      if (byKey.has(key) || symbol === token) return;
      byKey.set(key, undefined);
      try {
        const { data } = await ask({ command: "search", query: symbol, exchange, limit: LIMIT });
        const row = Array.isArray(data)
          ? data.find((row) => row?.exchange === exchange && row.token === token)
          : undefined;
        byKey.set(key, row ?? {});
        changed();
      } catch {
        // It is asked again when somebody looks again.
        byKey.delete(key);
      }
    },
  };
}
