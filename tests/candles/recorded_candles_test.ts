import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { Candle } from "../../lib/candles/candle.ts";
import { CandleService } from "../../lib/candles/candle_service.ts";
import type { Interval } from "../../lib/candles/interval.ts";
import { RecordedCandles } from "../../lib/candles/recorded_candles.ts";
import { keyOf, type QuoteTick } from "../../lib/market/market.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { FakeClock, seededRandom } from "../fakes.ts";
import { hoursOfPhase } from "../hours.ts";
import { listRecordings } from "../../lib/recording/folder.ts";
import { recorderIn } from "../recording/files.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { quoteTick, TEN_O_CLOCK } from "../ticks.ts";

const KEY = keyOf("nse", "3045");

/** A quarter of an hour of trades of two instruments, a second or so apart. */
function* trades(clock: FakeClock): Generator<QuoteTick> {
  const random = seededRandom(5);
  let volume = 1_000;
  while (clock.now() < TEN_O_CLOCK + 900_000) {
    clock.advance(200 + Math.floor(random() * 2_000));
    const exchangeTime = Math.floor(clock.now() / 1000) * 1000;
    const price = 800 + Math.floor(random() * 100) / 20;
    volume += 1 + Math.floor(random() * 50);
    const key = random() < 0.3 ? keyOf("nse", "2885") : KEY;
    const more = { exchangeTime, receivedAt: clock.now(), volume, lastQuantity: 1 };
    yield quoteTick(key, price, more);
  }
}

async function read(service: CandleService, interval: Interval): Promise<Candle[]> {
  const candles: Candle[] = [];
  const query = { key: KEY, interval, from: TEN_O_CLOCK, to: TEN_O_CLOCK + 3_600_000, broker: true };
  for await (const part of service.read(query)) candles.push(...part.candles);
  return candles;
}

Deno.test("after a restart, candles of what was recorded before are those that were seen, to the last digit", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  const hours = () => hoursOfPhase("open");
  const recorder = recorderIn(folder.path, { clock });
  const before = new CandleService({ clock, hours });
  before.seen.keepSeconds(KEY);
  recorder.start();
  recorder.subscribed(new Map([[KEY, "quote"]]));
  for (const tick of trades(clock)) {
    // The book alone is doubtful of every tenth: its price is as good as any.
    const doubt = tick.volume! % 10 === 0 ? "crossed_book" : undefined;
    recorder.tick(encodePacket(tick), tick.receivedAt, tick.key, doubt);
    before.seen.tick(tick, false);
  }
  await recorder.stop();
  clock.advance(10_000);
  const recorded = new RecordedCandles({
    files: () => listRecordings(folder.path),
    clock,
    hours,
  });
  const after = new CandleService({ clock, hours, recorded });
  for (const interval of ["1m", "5m", "1s", "5s"] as const) {
    const [seen, again] = [await read(before, interval), await read(after, interval)];
    ok(seen.length > 2, interval);
    deepEqual(again.map(({ origin }) => origin), again.map(() => "recording"));
    const plain = (candles: readonly Candle[]) => candles.map(({ origin: _, complete: __, ...bar }) => bar);
    deepEqual(plain(again), plain(seen), interval);
    // The first holds what was before the first tick, the last ones the stop; all others were seen whole.
    ok(again.slice(1, -2).every(({ complete }) => complete), interval);
    equal(again[0]!.complete, false);
  }
});

Deno.test("what is not recorded, or cannot be read, is no candle and no failure", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  const hours = () => hoursOfPhase("open");
  const options = { clock, hours } as const;
  const none = new RecordedCandles({ ...options, files: () => listRecordings(`${folder.path}/nowhere`) });
  deepEqual(await read(new CandleService({ clock, hours, recorded: none }), "1m"), []);
  await Deno.writeTextFile(`${folder.path}/2026-11-20-simulated.rec`, "no recording");
  const broken = new RecordedCandles({ ...options, files: () => listRecordings(folder.path) });
  deepEqual(await read(new CandleService({ clock, hours, recorded: broken }), "1m"), []);
});
