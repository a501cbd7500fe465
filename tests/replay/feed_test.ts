import {
  deepStrictEqual as deepEqual,
  match,
  ok,
  rejects,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import { openRecordedDay } from "../../lib/commands/recorded_day.ts";
import { readConfig } from "../../lib/config/config.ts";
import { startProxy } from "../../lib/proxy.ts";
import { ReplayFeed } from "../../lib/replay/replay_feed.ts";
import { builtInCatalog } from "../instruments/catalog_of.ts";
import { FakeClock } from "../fakes.ts";
import { send } from "../export/recorded.ts";
import { proxyOptions } from "../proxy/rig.ts";
import { connectClient } from "../proxy/test_client.ts";
import { ltpTick } from "../ticks.ts";
import { at, DATE, ReplayStage } from "./stage.ts";

/** Lets sockets work, and time pass, until something is so. */
async function until(isSo: () => boolean, clock: FakeClock): Promise<void> {
  for (let round = 0; !isSo(); round++) {
    if (round > 2_000) throw new Error(`it does not come to be so: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    clock.advance(20);
  }
}

Deno.test("a whole proxy runs on a recorded day, and says so everywhere", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => {
    for (let price = 1; price <= 200; price++) {
      send(recorder, clock, [ltpTick("nse:3045", price, { exchangeTime: clock.now() })]);
      clock.advance(50);
    }
  });
  const config = readConfig({ REPLAY: DATE, DATA_FOLDER: `${stage.folder.path}/data` }, "serve");
  await Deno.mkdir(`${stage.folder.path}/data`);
  await Deno.symlink(stage.folder.path, `${stage.folder.path}/data/recordings`);
  const played = await openRecordedDay("REPLAY", config.replay.day!, config);
  const clock = new FakeClock(at("18:00:00", "2026-12-25"));
  const feed = await ReplayFeed.open({ ...played, speed: 1, clock, instruments: builtInCatalog([]) });
  const proxy = startProxy({
    ...proxyOptions(feed, clock),
    marketClock: feed.market,
    replayed: () => feed.report(),
    instruments: feed.instruments,
    watchlist: feed.instruments.watchlist,
    source: "replay",
  });
  const client = await connectClient(`ws://127.0.0.1:${proxy.port}/?encoding=json`);
  client.send({ command: "subscribe", exchange: "nse" });
  await until(() => client.ticks.length > 30, clock);
  equal(client.messages[0]!.source, "replay");
  equal(client.messages[0]!.replay.date, DATE);
  ok(client.messages.every((message) => message.source === "replay"));
  const prices = client.ticks.map(({ last_traded_price }) => last_traded_price);
  deepEqual(prices, prices.map((_, i) => prices[0] + i));
  equal(client.ticks[0]!.symbol, "NAME3045-EQ");
  client.send({ command: "list_subscriptions" });
  await until(() => client.answers.length > 1, clock);
  equal(client.answers[1]!.data[0].freshness, "live", "as it was in its hours");
  const health = await (await fetch(`http://127.0.0.1:${proxy.port}/healthz`)).json();
  equal(health.source, "replay");
  await until(() => client.news.some(({ status }) => status === "upstream_down"), clock);
  let stopped = false;
  const stopping = proxy.stop().finally(() => stopped = true);
  await until(() => stopped, clock);
  await stopping;
  await client.gone;
});

Deno.test("a day that is not there, and a demo of a recorded day, are problems of the configuration", async () => {
  await using stage = new ReplayStage();
  const config = readConfig({ REPLAY: DATE, DATA_FOLDER: stage.folder.path }, "serve");
  await rejects(
    openRecordedDay("REPLAY", "2026-11-21", config),
    /REPLAY "2026-11-21": there is no recording of this day/,
  );
  await rejects(openRecordedDay("REPLAY", `${stage.folder.path}/none.rec`, config), /REPLAY/);
  throws(() => readConfig({ REPLAY: DATE, DEMO: "1" }, "serve"), /cannot both be set/);
  throws(
    () => readConfig({ REPLAY: DATE, REPLAY_SPEED: "0" }, "serve"),
    /REPLAY_SPEED "0": must be a number/,
  );
  match(String(readConfig({ REPLAY: DATE, REPLAY_FROM: "09:15" }, "serve").replay.from), /^33300000$/);
});
