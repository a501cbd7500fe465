/** The chart of one row: candles with their volume below, and a shade where there was no feed. */

import { createAverages } from "./averages.js";
import { number } from "./format.js";
import { isDark } from "./theme.js";
import { createVwap } from "./vwap.js";
import { keepTimeLabelsWhole } from "./whole_labels.js";

/** The library knows no time zones: it is told India's clock as if it were universal time. */
const IST_OFFSET_S = 5.5 * 3_600;

/** Free beside the newest candle, px: for the names of the levels, and half of the widest label of the time axis. */
const FREE_PX = 48;

/** The volume takes the lowest fifth. */
const VOLUME_FROM = 0.8;

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** `options.place`: The element that the chart fills. */
function createChart({ place, hovered }) {
  const { createChart, CandlestickSeries, HistogramSeries, LineSeries, ColorType, CrosshairMode } =
    globalThis.LightweightCharts;
  let decimals = 2;
  let colours;
  let drawn = { candles: undefined, seconds: 0, until: 0 };

  const chart = createChart(place, {
    autoSize: true,
    // The page names the makers in words: their own mark brings a style of its own, which the page's policy forbids.
    layout: { attributionLogo: false },
    localization: { locale: "en-IN", priceFormatter: (price) => number(price, decimals) },
    rightPriceScale: {
      borderVisible: false,
      entireTextOnly: true,
      scaleMargins: { top: 0.08, bottom: 1 - VOLUME_FROM + 0.04 },
    },
    timeScale: { borderVisible: false, rightOffsetPixels: FREE_PX, barSpacing: 7, minBarSpacing: 2 },
    crosshair: { mode: CrosshairMode.Normal },
    handleScroll: { vertTouchDrag: false },
    handleScale: { axisPressedMouseMove: { price: false } },
  });
  keepTimeLabelsWhole(place);
  const shade = chart.addSeries(HistogramSeries, overlay("shade"));
  shade.priceScale().applyOptions({ scaleMargins: { top: 0, bottom: 0 } });
  const volume = chart.addSeries(HistogramSeries, overlay("volume"));
  volume.priceScale().applyOptions({ scaleMargins: { top: VOLUME_FROM, bottom: 0 } });
  const candles = chart.addSeries(CandlestickSeries, { priceLineVisible: false, lastValueVisible: false });
  // The library would label a hollow candle in the colour of its inside.
  const last = candles.createPriceLine({
    price: 0,
    lineWidth: 1,
    lineStyle: 1,
    lineVisible: false,
    axisLabelVisible: false,
  });

  const timeOf = (place) => place.time + IST_OFFSET_S;
  const curve = (options) =>
    chart.addSeries(LineSeries, {
      lastValueVisible: false,
      priceLineVisible: false,
      crosshairMarkerVisible: false,
      ...options,
    });
  const means = createAverages({ add: curve, timeOf });
  const vwap = createVwap({ add: curve, timeOf });
  /** What the library was told last: whatever it is told, it draws anew. */
  const visible = { averages: undefined, vwap: undefined };

  /** By title: the line of a level, and what it was drawn with. */
  const lines = new Map();

  /** @param levels See `levelsOf`. */
  function showLevels(levels) {
    const titles = new Set(levels.map(({ title }) => title));
    for (const [title, line] of lines) {
      if (titles.has(title)) continue;
      candles.removePriceLine(line);
      lines.delete(title);
    }
    for (const { title, price, colour } of levels) {
      const options = {
        title,
        price,
        color: colours[colour],
        lineWidth: 1,
        lineStyle: 2,
        // The library keeps the labels apart, and draws the title beside its own.
        axisLabelVisible: true,
        axisLabelColor: colours.panel,
        axisLabelTextColor: colours[colour],
      };
      const line = lines.get(title);
      if (line === undefined) lines.set(title, candles.createPriceLine(options));
      else if (line.options().price !== price) line.applyOptions({ price });
    }
  }

  function overlay(id) {
    return {
      priceScaleId: id,
      lastValueVisible: false,
      priceLineVisible: false,
      priceFormat: { type: "volume" },
    };
  }

  function paint() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    colours = {
      up: colour("up"),
      down: colour("down"),
      quiet: colour("quiet"),
      panel: colour("panel"),
      accent: colour("accent"),
      warn: colour("warn"),
      line: colour("line"),
      upVolume: colour("up-tint"),
      downVolume: colour("down-tint"),
      outage: isDark() ? "rgba(150, 165, 180, 0.16)" : "rgba(80, 95, 110, 0.12)",
    };
    const { panel } = colours;
    chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: panel },
        textColor: colours.quiet,
        fontFamily: getComputedStyle(place).fontFamily,
        fontSize: 11,
      },
      grid: { vertLines: { visible: false }, horzLines: { color: colours.line } },
      crosshair: { vertLine: { color: colours.quiet }, horzLine: { color: colours.quiet } },
    });
    candles.applyOptions({
      // Hollow for up and filled for down: the direction is not told by colour alone.
      upColor: panel,
      downColor: colours.down,
      borderUpColor: colours.up,
      borderDownColor: colours.down,
      wickUpColor: colours.up,
      wickDownColor: colours.down,
    });
    means.colour(colours.accent);
    vwap.colour(colours.warn);
    last.applyOptions({ color: colours.quiet, axisLabelColor: colours.quiet, axisLabelTextColor: panel });
    for (const line of lines.values()) candles.removePriceLine(line);
    lines.clear();
    drawn.candles = undefined;
  }
  DARK.addEventListener("change", paint);
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  paint();

  function candleItem(item) {
    const { open, high, low, close, holed } = item;
    const time = timeOf(item);
    if (close === undefined) return { time };
    // What was not seen whole is not shown as if it were.
    const grey = holed ? { color: colours.line, borderColor: colours.quiet, wickColor: colours.quiet } : {};
    return { time, open, high, low, close, ...grey };
  }

  function volumeItem(item) {
    const time = timeOf(item);
    if (item.volume === undefined) return { time };
    return {
      time,
      value: item.volume,
      color: item.close >= item.open ? colours.upVolume : colours.downVolume,
    };
  }

  function shadeItem(item) {
    const time = timeOf(item);
    return item.outage ? { time, value: 1, color: colours.outage } : { time };
  }

  chart.subscribeCrosshairMove(({ time }) => hovered(time === undefined ? undefined : time - IST_OFFSET_S));

  return {
    /**
     * `shown.candles`: See `createCandles` and `createCandleHistory`.
     * `shown.seconds`: Of one candle.
     * `shown.levels`: See `levelsOf`.
     * `shown.averages`: Whether the moving averages are drawn.
     * `shown.vwap`: Whether the day's curve is; it is right only from the beginning of a day on.
     */
    show(shown) {
      const { seconds } = shown;
      showLevels(shown.levels);
      if (visible.averages !== shown.averages) means.visible(visible.averages = shown.averages);
      if (visible.vwap !== shown.vwap) vwap.visible(visible.vwap = shown.vwap);
      const other = drawn.candles !== shown.candles || drawn.seconds !== seconds;
      if (!other && drawn.version === shown.candles.version) return;
      if (other && decimals !== shown.decimals) {
        decimals = shown.decimals;
        candles.applyOptions({
          priceFormat: { type: "price", precision: decimals, minMove: 10 ** -decimals },
        });
      }
      // Who has scrolled back to look at something is left there.
      const following = other || chart.timeScale().scrollPosition() >= 0;
      const places = shown.candles.places(seconds, other ? undefined : drawn.until);
      // After a long silence the places before the new ones are not drawn one by one, so all begin anew.
      const far = !other && places.length > 0 && places[0].time > drawn.until + seconds;
      const mended = drawn.mended !== shown.candles.mended;
      if (other || far || mended || drawn.until === undefined) {
        const all = other ? places : shown.candles.places(seconds);
        candles.setData(all.map(candleItem));
        volume.setData(all.map(volumeItem));
        shade.setData(all.map(shadeItem));
        means.set(all);
        vwap.set(all);
        if (other) {
          chart.timeScale().applyOptions({ secondsVisible: seconds < 60, timeVisible: seconds < 86_400 });
        }
      } else {
        for (const item of places) {
          candles.update(candleItem(item));
          volume.update(volumeItem(item));
          shade.update(shadeItem(item));
          means.update(item, shown.candles, seconds);
          vwap.update(item);
        }
      }
      // By itself the library goes along with candles, and not with places that have none.
      if (following) {
        const timeScale = chart.timeScale();
        timeScale.scrollToPosition(FREE_PX / timeScale.options().barSpacing, false);
      }
      const price = shown.candles.last(seconds)?.close;
      const known = price !== undefined;
      last.applyOptions({ price: price ?? 0, lineVisible: known, axisLabelVisible: known });
      drawn = {
        candles: shown.candles,
        seconds,
        version: shown.candles.version,
        mended: shown.candles.mended,
        until: shown.candles.last(seconds)?.time,
      };
    },
  };
}

export { createChart };
