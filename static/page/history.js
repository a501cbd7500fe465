/** Has the candles of the row that is looked at from the proxy, and goes on asking for its newest. No DOM. */

import { createCandleHistory } from "./candle_history.js";
import { dateOf, INTERVALS } from "./intervals.js";
import { textOf } from "./values.js";

/** Volume, late ticks and what the broker mends come with the answer; prices come with the ticks. */
const EVERY_MS = 5_000;

/** What was refused is seldom given a moment later. */
const REFUSED_EVERY_MS = 30_000;

/**
 * `options.ask(command, { part })`: See `createWire`. `options.changed`: There is something new to draw.
 * `options.today`: A moment of the last day that there are prices of, ms: on a Sunday and in a replay it is not now.
 * `options.day`: The recorded day that is played, as 2026-11-20: all of it is shown, also what was not played yet.
 */
export function createHistory({ ask, changed, now = Date.now, today = now, day = undefined }) {
  /** What is looked at: `key`, `seconds`, its `candles`, and `state`: `loading`, `ready` or `failed`. */
  let view;

  async function load(mine) {
    const { key, seconds, candles } = mine;
    const at = key.indexOf(":");
    const { name, days } = INTERVALS.get(seconds);
    // Where there was nothing so far, there is something from today at most.
    const since = dateOf(today() / 1_000 - (mine.state === "ready" ? 0 : days * 86_400));
    const from = candles.again === undefined ? since : candles.again * 1_000;
    mine.askedAt = now();
    mine.pending = true;
    try {
      const answer = await ask({
        command: "candles",
        exchange: key.slice(0, at),
        tokens: [key.slice(at + 1)],
        interval: name,
        ...day === undefined ? { from } : { from: day, to: day, ahead: true },
      }, {
        part(message) {
          for (const row of message.type === "candle_data" ? message.data ?? [] : []) {
            if (row?.instrument === key) candles.put(row.candles);
          }
        },
      });
      mine.state = "ready";
      mine.refused = false;
      mine.why = textOf(answer.results?.[0]?.missing, undefined);
    } catch (error) {
      if (mine.state === "loading") mine.state = "failed";
      mine.refused = error.answer !== undefined;
      mine.why = error.answer?.results?.[0]?.message ?? error.message;
    }
    mine.pending = false;
    if (mine === view) changed();
  }

  return {
    /**
     * What is looked at; undefined for nothing that the proxy has candles of.
     *
     * @returns `candles` (see `createCandleHistory`), `state`, and in `why` what is missing, if anything is.
     */
    show(row, seconds) {
      if (row === undefined) return view = undefined;
      if (view?.key !== row.key || view.seconds !== seconds) {
        view = {
          key: row.key,
          seconds,
          candles: createCandleHistory({ exchange: row.exchange, seconds, index: row.index }),
          state: "loading",
          why: undefined,
          askedAt: undefined,
          pending: false,
          refused: false,
        };
      }
      return view;
    },

    /** Asks where it is time to. To be called about once a second while there is a connection. */
    beat() {
      // What was recorded does not change.
      if (view === undefined || view.pending || (day !== undefined && view.state === "ready")) return;
      const every = view.refused ? REFUSED_EVERY_MS : EVERY_MS;
      if (view.askedAt === undefined || now() - view.askedAt >= every) load(view);
    },

    /** A live tick. */
    ticked(row) {
      if (view?.key !== row.key || view.state !== "ready") return;
      view.candles.tick(row.exchangeTime ?? row.tickedAt, row.price);
    },
  };
}
