import { ok, strictEqual as equal } from "node:assert/strict";
import { MarketClock } from "../../lib/replay/market_clock.ts";
import { Player } from "../../lib/replay/player.ts";
import type { Replayed, ReplayReader } from "../../lib/replay/replay_reader.ts";
import { FakeClock, settle } from "../fakes.ts";

/** A day of so many ticks, one each ms, read like a recording. */
function dayOf(count: number) {
  let at = 0;
  let seeks = 0;
  const reader: Partial<ReplayReader> = {
    seek(from) {
      at = from;
      seeks++;
    },
    isLoaded: true,
    get next(): Replayed | undefined {
      return at < count ? { kind: "tick", at, packet: new Uint8Array(0) } : undefined;
    },
    skip: () => void at++,
  };
  return { reader: reader as ReplayReader, seeks: () => seeks };
}

Deno.test("hundreds of seeks at once are one, and no turn of the event loop tells more than some ticks", async () => {
  const { reader, seeks } = dayOf(20_000);
  let [turns, inTurn, most, told, sought] = [0, 0, 0, 0, 0];
  const end = Promise.withResolvers<void>();
  const player = new Player({
    clock: new FakeClock(),
    market: new MarketClock(0),
    reader,
    from: 0,
    to: 20_000,
    speed: 0,
    state: "playing",
    turn() {
      turns++;
      inTurn = 0;
      return new Promise((resolve) => setImmediate(resolve));
    },
    listener: {
      sought: () => Promise.resolve(void sought++),
      take() {
        told++;
        most = Math.max(most, ++inTurn);
      },
      ahead() {},
      clock() {},
      ended: () => end.resolve(),
      isRead: () => true,
      failed: (error) => end.reject(error),
    },
  });
  player.start();
  await settle();
  for (let i = 0; i < 500; i++) player.seek(1_000 * (i % 20));
  equal(player.time, 19_000);
  await settle();
  ok(seeks() <= 3, `${seeks()} times another place was read`);
  equal(seeks(), sought);
  await end.promise;
  await player.stop();
  ok(told >= 1_000 && told <= 1_400, `${told} were told`);
  ok(most <= 200, `${most} in a turn`);
  ok(turns >= told / 200, `${turns} turns`);
});
