import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { openLogFile } from "../../lib/log/file.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { EventLoopLag } from "../../lib/metrics/process_stats.ts";
import { World } from "../broker_answers/world.ts";
import { FakeClock } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";

const SILENT: InstrumentKey = "nse:2885";

const HOUR = 3_600_000;

/** How a person, NTP or a battery that died may set the clock. */
const STEPS = [-24 * HOUR, -HOUR, -60_000, 60_000, HOUR, 24 * HOUR];

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
