import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { openLogFile } from "../../lib/log/file.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { EventLoopLag } from "../../lib/metrics/process_stats.ts";
import { World } from "../broker_answers/world.ts";
import { FakeClock } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { builtInCalendar } from "../hours.ts";

const SILENT: InstrumentKey = "nse:2885";

const HOUR = 3_600_000;

/** How a person, NTP or a battery that died may set the clock. */
const STEPS = [-24 * HOUR, -HOUR, -60_000, 60_000, HOUR, 24 * HOUR];

/** An index in continuous trading that ticks when it is told to. */
async function tradedByHand(): Promise<World> {
  const world = new World({
    watch: ["nse:99926000"],
    start: "2026-11-20T10:00:00+05:30",
    calendar: builtInCalendar(),
  });
  world.broker.ticks = world.broker.snapshots = () => false;
  await world.start();
  await world.pass(1_000);
  return world;
}

for (const step of STEPS) {
  const name = `${step > 0 ? "ahead" : "back"} by ${Math.abs(step) / 60_000} min`;

  Deno.test(`a clock set ${name} makes nothing due earlier or later`, async () => {
    const world = new World({ watch: ["nse:3045", SILENT] });
    world.broker.snapshots = world.broker.ticks = (key) => key !== SILENT;
    await world.start();
    const since = world.clock.now();
    await world.pass(10_000);
    world.clock.setWall(step);
    const state = async () => (await world.subscriptions()).find(({ instrument }) => instrument === SILENT)!;
    equal((await state()).state, "requested");
    await world.pass(18_000);
    equal((await state()).state, "requested");
    await world.pass(5_000);
    const { state: last, since: shown } = await state();
    equal(last, "no_data");
    ok(Math.abs(Number(shown) - since) <= 1_000, "shown as the wall time at which it was subscribed");
    await world.stop();
  });

  Deno.test(`a gap in which the clock was set ${name} does not end before it begins`, async () => {
    const world = new World();
    await world.start();
    await world.pass(5_000);
    world.broker.drop();
    world.clock.setWall(step);
    await world.pass(30_000);
    const ups = world.events.filter(({ status }) => status === "upstream_up");
    equal(ups.length, 1);
    ok(Number(ups[0]!.from) <= Number(ups[0]!.to), JSON.stringify(ups[0]));
    await world.stop();
  });

  Deno.test(`a clock set ${name} neither delays a log file's next try nor counts as a late event loop`, () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/proxy.log`;
    Deno.mkdirSync(path);
    const clock = new FakeClock();
    const file = openLogFile({ path, maxBytes: 1_000, files: 1, clock, complain: () => {} });
    const lag = new EventLoopLag(clock);
    lag.start();
    file.write("lost\n");
    Deno.removeSync(path);
    clock.setWall(step);
    clock.advance(29_000);
    file.write("too early\n");
    clock.advance(2_000);
    file.write("again\n");
    file.close();
    lag.stop();
    deepEqual(Deno.readTextFileSync(path).split("\n").at(-2), "again");
    equal(lag.seconds.sum, 0);
  });
}

for (const step of [-24 * HOUR, -HOUR, -90_000, 90_000, HOUR, 24 * HOUR]) {
  Deno.test(`the machine's clock set ${step / 1000} s wrong, and right again, leaves no stale label and no silence`, async () => {
    const world = await tradedByHand();
    const { broker, clock } = world;
    // The exchange's clock goes on as it was.
    let wrong = 0;
    let price = 24_000;
    const tick = async () => {
      broker.tick("nse:99926000", ++price, { exchangeTime: clock.now() - wrong });
      await world.pass(1_000);
    };
    const set = (ms: number) => {
      clock.setWall(ms);
      wrong += ms;
    };
    for (let i = 0; i < 10; i++) await tick();
    set(step);
    const before = world.prices.length;
    for (let i = 0; i < 100; i++) await tick();
    equal(world.prices.length - before, 100);
    equal(world.freshness(), step === 24 * HOUR ? "closed" : "live", "by the calendar it is Saturday");
    deepEqual(world.told.filter((status) => status === "suspect"), []);
    // A day ahead, it is time for the next day's session; otherwise the connection is kept, for pings go on.
    equal(broker.dials.length, step === 24 * HOUR ? 2 : 1);
    set(-step);
    const right = world.prices.length;
    for (let i = 0; i < 10; i++) await tick();
    equal(world.prices.length - right, 10);
    equal(world.freshness(), "live");
    equal((await world.subscriptions())[0]!.market, "open");
    await world.stop();
  });
}

Deno.test("a clock that is set again and again, either way, costs no tick and no label while the exchange's goes on", async () => {
  const world = await tradedByHand();
  let wrong = 0;
  world.broker.tick("nse:99926000", 24_000);
  await world.pass(1_000);
  for (
    const step of [
      120_000,
      120_000,
      -240_000,
      299_000,
      -598_000,
      299_000,
      7_000,
      -7_000,
      HOUR,
      HOUR,
      -2 * HOUR,
    ]
  ) {
    world.clock.setWall(step);
    wrong += step;
    const before = world.prices.length;
    for (let i = 0; i < 20; i++) {
      world.broker.tick("nse:99926000", 24_000 + i, { exchangeTime: world.clock.now() - wrong });
      await world.pass(1_000);
    }
    deepEqual(
      [world.prices.length - before, world.freshness()],
      [20, "live"],
      `${step / 1_000} s, ${wrong / 1_000} s wrong`,
    );
    deepEqual(world.json.ticks().slice(-10).filter(({ freshness }) => freshness !== undefined), []);
  }
  deepEqual(world.told, []);
  await world.stop();
});
