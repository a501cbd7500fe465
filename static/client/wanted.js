// @ts-check
/** What a program is subscribed to, told by the answers it got, so that it can be asked for again. */

/** @typedef {import("../client.d.ts").Message} Message */
/** @typedef {import("../client.d.ts").Mode} Mode */
/** @typedef {import("../client.d.ts").Row} Row */

/** The broker's numbers, with which answers name the exchanges. */
const EXCHANGES = /** @type {Record<number, string>} */ ({
  1: "nse",
  2: "nfo",
  3: "bse",
  4: "bfo",
  5: "mcx",
  7: "ncdex",
  13: "cds",
});

/** So that a command stays below the proxy's 64 KiB. */
const TOKENS_PER_COMMAND = 1_000;

/** What the proxy gives where no mode was ever named. */
const DEFAULT_MODE = "ltp";

/** The instruments that an answer grants or takes away. @param {Message} answer @returns {string[]} */
function keysOf({ data }) {
  return data.flatMap((/** @type {Message} */ { exchangeType, tokens }) =>
    tokens.map((/** @type {string} */ token) => `${EXCHANGES[exchangeType]}:${token}`)
  );
}

/** @type {import("./parts.d.ts").CreateWanted} */
export const createWanted = () => {
  /** @type {Map<string, Mode>} */
  const modes = new Map();
  /** @type {Map<string, string>} The symbol that an instrument had when it was asked for. */
  const symbols = new Map();
  /** @type {Map<string, Message>} Option chains by their ids, as they were asked for; their instruments are the proxy's. */
  const chains = new Map();
  return {
    modes,

    addChain({ chain: { id, mode } }, chain) {
      chains.set(id, { command: "subscribe", chain, mode });
    },

    isEmpty: () => modes.size === 0 && chains.size === 0,

    keepChains(kept) {
      for (const id of chains.keys()) if (!kept(id)) chains.delete(id);
    },

    add(answer, mode) {
      for (const { instrument, symbol } of answer.results ?? []) if (symbol) symbols.set(instrument, symbol);
      // Without a mode the proxy leaves what it has as it is.
      for (const key of keysOf(answer)) modes.set(key, mode ?? modes.get(key) ?? DEFAULT_MODE);
    },

    remove(answer) {
      this.forget(keysOf(answer));
    },

    forget(keys) {
      for (const key of keys) {
        modes.delete(key);
        symbols.delete(key);
      }
    },

    replaced({ results = [] }) {
      return results.flatMap((/** @type {Message} */ { status, instrument, symbol: to }) => {
        const from = symbols.get(instrument);
        // Shares keep their numbers for ever, also where their names change.
        const isOther = status === "accepted" && from !== undefined && from !== to &&
          !/^[nb]se:/.test(instrument);
        return isOther ? [{ instrument, from, to }] : [];
      });
    },

    commands() {
      /** @type {Map<string, Message & { tokens: string[] }>} */
      const open = new Map();
      const commands = [...chains.values()];
      for (const [key, mode] of modes) {
        const [exchange, token = ""] = key.split(":");
        const group = `${exchange} ${mode}`;
        let command = open.get(group);
        if (!command || command.tokens.length >= TOKENS_PER_COMMAND) {
          command = { command: "subscribe", exchange, tokens: [], mode };
          open.set(group, command);
          commands.push(command);
        }
        command.tokens.push(token);
      }
      return commands;
    },
  };
};

/**
 * A row for each instrument, also where the proxy answers with none: for a watch list without a mode.
 *
 * @type {import("./parts.d.ts").RowsOf}
 */
export const rowsOf = (answer, modes) =>
  answer.results ??
    keysOf(answer).map((key) => ({ status: "accepted", instrument: key, mode: modes.get(key) }));
