/** The chart of the row that is looked at, how long its candles are, and what is said about them in words. */

import { averageOf, AVERAGES } from "./averages.js";
import { createCandleHistory } from "./candle_history.js";
import { createChart } from "./chart.js";
import { byId, element, put } from "./dom.js";
import { istTime, number } from "./format.js";
import { createHistory } from "./history.js";
import { INTERVALS, PROXY_FROM_S } from "./intervals.js";
import { levelsOf } from "./levels.js";
import { recordedDay } from "./recorded_day.js";

const DAY_S = 86_400;

const WORDS = {
  page: "From ticks that this page saw; shaded: no feed.",
  proxy: "From the proxy; grey: not seen whole, shaded: not seen.",
  day:
    "The whole recorded day, also what the replay has yet to reach; grey: not seen whole, shaded: not seen.",
  loading: "Asking the proxy for candles…",
  empty: "The first tick begins the first candle.",
};

/** Candles of what nobody has asked for yet. */
const NOTHING = createCandleHistory({ exchange: "", seconds: PROXY_FROM_S, index: false });

function createChoice({ kind, value, label, checked, chosen }) {
  const holder = element("label", "", byId("seconds"));
  const input = element("input", "", holder);
  input.type = kind;
  if (kind === "radio") input.name = "seconds";
  input.value = String(value);
  input.checked = checked;
  element("span", "", holder).textContent = label;
  input.addEventListener("change", () => chosen(input));
}

/** What the chart is made of, in words; `why` is what the proxy says of candles that may be missing. */
export function sourceWords({ own, state, why, day = false }) {
  if (state === "loading" && why === undefined) return WORDS.loading;
  return [own ? WORDS.page : day ? WORDS.day : WORDS.proxy, why].filter((text) => text !== undefined).join(
    " ",
  );
}

/** The candle in words; of a day only its day. */
export function legendWords(candle, { seconds, decimals, averages }) {
  const { open, high, low, close, volume, holed } = candle;
  const when = istTime(candle.time * 1_000);
  const words = [["O", open], ["H", high], ["L", low], ["C", close]]
    .map(([letter, value]) => `${letter} ${number(value, decimals)}`);
  const more = volume === undefined ? "" : `  V ${number(volume)}`;
  const means = averages.filter(({ value }) => value !== undefined)
    .map(({ count, value }) => `  MA${count} ${number(value, decimals)}`).join("");
  const day = seconds < DAY_S ? when : when.replace(/ ?\d\d:\d\d(:\d\d)?$/, "") || "Today";
  return `${day}  ${words.join("  ")}${more}${means}${holed ? "  (not seen whole)" : ""}`;
}

/** `options.ask`: See `createWire`. `options.changed`: Draws anew. */
export function createChartPanel({ settings, store, ask, changed }) {
  const played = recordedDay(location.search);
  const history = createHistory({
    ask,
    changed: again,
    today: () => store.feed.exchangeTime ?? Date.now(),
    day: played?.date,
  });
  let seconds = INTERVALS.has(settings.get("seconds")) ? settings.get("seconds") : 60;
  const shown = { averages: settings.get("averages") !== false, vwap: settings.get("vwap") !== false };
  let chart;
  let pointed;
  let version = 0;

  for (const [value, { label }] of INTERVALS) {
    createChoice({
      kind: "radio",
      value,
      label,
      checked: value === seconds,
      chosen() {
        seconds = value;
        settings.set("seconds", value);
        pointed = undefined;
        again();
      },
    });
  }
  for (const [value, label] of [["averages", "MA"], ["vwap", "VWAP"]]) {
    createChoice({
      kind: "checkbox",
      value,
      label,
      checked: shown[value],
      chosen(input) {
        shown[value] = input.checked;
        settings.set(value, input.checked);
        again();
      },
    });
  }

  function again() {
    version++;
    changed();
  }

  function hovered(time) {
    if (time === pointed) return;
    pointed = time;
    again();
  }

  function legend(candles, decimals) {
    const candle = (pointed === undefined ? undefined : candles.at(seconds, pointed)) ??
      candles.last(seconds);
    if (candle === undefined) return "";
    const means = AVERAGES.map(({ count }) => ({
      count,
      value: shown.averages ? averageOf(candles.closes(seconds, candle.time, count), count) : undefined,
    }));
    return legendWords(candle, { seconds, decimals, averages: means });
  }

  return {
    /** Rises with what is to be drawn anew though no tick has come. */
    get version() {
      return version;
    },

    /** A live tick of any row. */
    ticked: history.ticked,

    /** Another row is looked at, or none. */
    forget() {
      pointed = undefined;
      history.show(undefined, seconds);
    },

    /** @param settled Somebody stays with this row: the proxy is asked for its candles. */
    render(row, settled) {
      chart ??= createChart({ place: byId("chart"), hovered });
      const asks = settled && seconds >= PROXY_FROM_S;
      const view = history.show(asks ? row : undefined, seconds);
      if (store.feed.link.kind === "open") history.beat();
      // Until the proxy's are there, the minutes that the page itself has seen are better than nothing.
      const own = seconds < PROXY_FROM_S || (view?.state !== "ready" && seconds === PROXY_FROM_S);
      const candles = own ? row.candles : view?.candles ?? NOTHING;
      const { said } = INTERVALS.get(seconds);
      byId("chart").setAttribute("aria-label", `Candles of ${row.symbol}, ${said} each`);
      const state = view?.state ?? (own ? "ready" : "loading");
      const source = sourceWords({ own, state, why: view?.why, day: played !== undefined });
      put(byId("chart-source"), source);
      const empty = candles.count(seconds) === 0;
      byId("chart-empty").hidden = !empty;
      put(byId("chart-empty"), view?.state === "loading" ? WORDS.loading : WORDS.empty);
      chart.show({
        candles,
        decimals: row.decimals,
        seconds,
        levels: levelsOf(row, shown.vwap),
        averages: shown.averages,
        // Candles of the page begin with the page, and one of a day has no curve within it.
        vwap: shown.vwap && !own && seconds < DAY_S,
      });
      put(byId("detail-legend"), legend(candles, row.decimals));
    },
  };
}
