import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { manyInstruments } from "../../lib/simulator/instruments.ts";
import { RawClient, ticksOf } from "./raw_client.ts";
import { Rig } from "./rig.ts";
import type { Message } from "./test_client.ts";

const INSTRUMENTS = manyInstruments(200);

/** Twenty good clients beside so many that do not read; answers what the good ones saw of so many seconds. */
async function run(bad: number) {
  const rig = await Rig.start({
    simulator: { instruments: INSTRUMENTS, rate: 3_000 },
    proxy: { batchMs: 50, watchlist: new Map([["nse", INSTRUMENTS.map(({ token }) => token)]]) },
  });
  const good = await Promise.all(Array.from({ length: 20 }, () => rig.connect()));
  for (const client of good) client.send({ command: "subscribe", exchange: "nse" });
  const frozen: RawClient[] = [];
  for (let i = 0; i < bad; i++) {
    // The richest ticks, so that the operating system's own buffers are full soon.
    const { client } = await RawClient.connect(rig.proxy.port, "/?encoding=json");
    await client.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
    frozen.push(client);
  }
  await rig.until(() => good.every((client) => client.ticks.length > 500));
  return { rig, good, frozen };
}

Deno.test("clients that do not read cost the others nothing; one that reads again has the right last prices", async () => {
  const { rig, good, frozen } = await run(2);
  await using _ = rig;
  const [slow, stuck] = frozen;
  await rig.pass(15_000, 50);
  const status = async () => {
    const health = await rig.health();
    return health.clients;
  };
  equal(await status(), 22);
  // The good ones miss nothing: they all have the same, in order, without holes and without conflation.
  for (const client of good) {
    deepEqual(client.batches.map(({ seq }) => seq), client.batches.map((_, i) => i + 1));
    ok(client.batches.every(({ conflated }) => conflated === undefined));
    ok(Math.abs(client.ticks.length - good[0].ticks.length) <= 600);
  }
  const perSecond = good[0].ticks.length / 15;
  ok(perSecond > 2_500, `${perSecond} ticks a second`);

  // The slow one begins to read: everything that was handed to it, then one message that says what it missed.
  let caughtUp = false;
  const reading = slow.readUntil((message) => message.conflated > 0).then((messages) => {
    caughtUp = true;
    return messages;
  });
  await rig.until(() => caughtUp, 30_000);
  const messages = await reading;
  const batches = messages.filter(({ type }) => type === "market_data");
  deepEqual(batches.map(({ seq }) => seq), batches.map((_, i) => i + 1));
  ok(batches.at(-1)!.conflated > 1_000);
  ok(ticksOf(batches.at(-1)!).length <= INSTRUMENTS.length, "one value for each instrument");
  rig.control.set({ mute: true });
  let ended = false;
  const rest: Message[] = [];
  const tail = slow.readUntil(() => ended).then((more) => rest.push(...more));
  await rig.pass(1_000, 20);
  ended = true;
  await slow.send({ command: "ping" });
  await rig.pass(200, 20);
  await tail;
  const last = new Map<string, number>();
  for (const message of [...batches, ...rest.filter(({ type }) => type === "market_data")]) {
    for (const tick of ticksOf(message)) last.set(tick.token, tick.last_traded_price);
  }
  const expected = new Map(good[0].ticks.map((tick) => [tick.token, tick.last_traded_price]));
  deepEqual(last, expected);

  // The stuck one is given up after half a minute, and is heard of no more.
  await rig.pass(31_000, 200);
  equal(await status(), 21);
  slow.close();
  stuck.close();
});
