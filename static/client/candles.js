// @ts-check
/** The answer to `candles`, which comes in parts. */

/** @typedef {import("../client.d.ts").Message} Message */

/** @type {import("./parts.d.ts").CandleAnswerOf} */
export const candleAnswer = (progress) => {
  /** @type {Map<string, import("../client.d.ts").CandleRow>} */
  const rows = new Map();
  return {
    part({ type, done, total, data }) {
      if (type === "progress") return progress?.({ done, total });
      for (const { candles, ...row } of data) {
        const own = rows.get(row.instrument) ?? { ...row, candles: [] };
        rows.set(row.instrument, own);
        own.candles.push(...candles);
      }
    },

    again: () => rows.clear(),

    read: ({ results }) =>
      results.map((/** @type {Message} */ { candles: _, ...row }) => ({
        candles: [],
        ...rows.get(row.instrument),
        ...row,
      })),
  };
};
