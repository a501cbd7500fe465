import { getLogger } from "@logtape/logtape";
import type { Config } from "../config/config.ts";
import { startProxy } from "../proxy.ts";
import { ReplayFeed } from "../replay/replay_feed.ts";
import { systemClock } from "../util/clock.ts";
import type { Context, Running } from "./bootstrap.ts";
import { openFront, openList } from "./front.ts";
import { openRecordedDay } from "./recorded_day.ts";

const log = getLogger(["proxy"]);

/** The proxy on a recorded day, in place of an account. @param word The day, or a file. */
export async function serveReplay(word: string, config: Config, context: Context): Promise<Running> {
  const played = await openRecordedDay("REPLAY", word, config);
  const { source: recordedFrom } = played.day;
  log.warn("REPLAY: the prices are those of {date}, recorded from a {recorded} feed", {
    date: played.date,
    recorded: recordedFrom,
  });
  const catalog = await openList(config, { source: recordedFrom });
  const feed = await ReplayFeed.open({
    ...played,
    speed: config.replay.speed,
    clock: systemClock,
    instruments: catalog.instruments,
  });
  const front = await openFront(config, context, {
    source: "replay",
    calendarOf: recordedFrom,
    catalog,
    instruments: feed.instruments,
    watchlist: feed.instruments.watchlist,
  });
  const proxy = startProxy({
    ...front.options,
    upstream: feed,
    marketClock: feed.market,
    candleRecordings: () => Promise.resolve([{ path: played.day.path, date: played.date }]),
    replayed: () => feed.report(),
  });
  const leave = front.attend(proxy);
  return {
    async stop() {
      leave();
      await catalog.stop();
      await proxy.stop();
    },
  };
}
