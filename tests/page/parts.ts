import * as conditions from "../../static/page/alert_conditions.js";
import * as averages from "../../static/page/averages.js";
import * as candleHistory from "../../static/page/candle_history.js";
import * as heat from "../../static/page/heat.js";
import * as history from "../../static/page/history.js";
import * as intervals from "../../static/page/intervals.js";
import * as alerts from "../../static/page/alerts.js";
import * as bell from "../../static/page/bell.js";
import * as candles from "../../static/page/candles.js";
import * as chainFeed from "../../static/page/chain_feed.js";
import * as chainLadder from "../../static/page/chain_ladder.js";
import * as facts from "../../static/page/facts.js";
import * as feedAlarm from "../../static/page/feed_alarm.js";
import * as format from "../../static/page/format.js";
import * as gaps from "../../static/page/gaps.js";
import * as latency from "../../static/page/latency.js";
import * as settings from "../../static/page/settings.js";
import * as store from "../../static/page/store.js";
import * as subscriptions from "../../static/page/subscriptions.js";
import * as vwap from "../../static/page/vwap.js";
import * as watchlist from "../../static/page/watchlist_store.js";

/** The modules of the page that need no DOM. Their own check is `scripts/page.check.json`; here they have no types. */
// deno-lint-ignore no-explicit-any
export const parts: any = {
  ...conditions,
  ...alerts,
  ...averages,
  ...candleHistory,
  ...heat,
  ...history,
  ...intervals,
  ...bell,
  ...candles,
  ...chainFeed,
  ...chainLadder,
  ...facts,
  ...feedAlarm,
  ...settings,
  ...gaps,
  ...latency,
  ...store,
  ...subscriptions,
  ...vwap,
  ...watchlist,
  format,
};
