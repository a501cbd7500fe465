import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import type { InstrumentKey } from "../../lib/market/market.ts";
import type { Recorder, RecorderOptions } from "../../lib/recording/recorder.ts";
import type { RecordedEvent } from "../../lib/recording/recorded_event.ts";
import type { Recorded } from "../../lib/recording/records.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { FakeClock } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { anyTick, ltpTick, TEN_O_CLOCK } from "../ticks.ts";
import { readAll, recorderIn as newRecorder } from "./files.ts";

const DAY_MS = 86_400_000;

function recorderIn(folder: string, more: Partial<RecorderOptions> = {}) {
  const clock = new FakeClock();
  return { clock, recorder: newRecorder(folder, { clock, source: "live", ...more }) };
}

/** A tick of now, as the pipeline hands it over. */
function record(recorder: Recorder, clock: FakeClock, key: InstrumentKey, price: number, refusal?: string) {
  recorder.tick(encodePacket(ltpTick(key, price)), clock.now(), key, refusal);
}

function eventsOf(records: readonly Recorded[]): RecordedEvent[] {
  return records.flatMap((each) => each.kind === "event" ? [each.event] : []);
}

const ofDay = (folder: string, date = "2026-11-20", source = "live") => `${folder}/${date}-${source}.rec`;

Deno.test("what is handed over is what is read: bytes, times, reasons, order", async () => {
  using folder = new TemporaryFolder();
  const { clock, recorder } = recorderIn(folder.path);
  recorder.attach({
    symbolOf: (key) => `name of ${key}`,
    phases: () => [{ exchange: "nse", phase: "open" }],
    logins: () => ({ ok: 1, bad_pin: 2 }),
  });
  recorder.start();
  recorder.subscribed(new Map([["nse:1", "ltp"], ["mcx:2", "snapquote"]]));
  recorder.subscribed(new Map([["nse:1", "quote"]]));
  recorder.subscribed(new Map([["nse:1", "quote"]]));
  record(recorder, clock, "nse:1", 5);
  clock.advance(7);
  record(recorder, clock, "nse:1", 6, "time_backwards");
  recorder.refused("wrong_length", Uint8Array.of(1, 2, 3), undefined);
  recorder.event({ kind: "down", since: 5, cause: { kind: "network", message: "gone" }, keys: ["nse:1"] });
  recorder.event({ kind: "up", from: 5, to: 6, keys: ["nse:1"] });
  recorder.phase("nse", "closed", "a holiday");
  await recorder.stop();
  record(recorder, clock, "nse:1", 7);
  await recorder.flush();
  const { records, damages, tornBytes } = await readAll(ofDay(folder.path));
  deepEqual([damages, tornBytes], [0, 0]);
  deepEqual(
    records.map((each) => each.kind === "event" ? { ...each } : { ...each, packet: [...each.packet] }),
    [
      event(0, { kind: "phase", exchange: "nse", phase: "open" }),
      event(0, { kind: "start", version: "1.2.3" }),
      event(0, {
        kind: "subscribed",
        instruments: [
          { key: "nse:1", symbol: "name of nse:1", mode: "ltp" },
          { key: "mcx:2", symbol: "name of mcx:2", mode: "snapquote" },
        ],
        ended: [],
      }),
      event(0, {
        kind: "subscribed",
        instruments: [{ key: "nse:1", symbol: "name of nse:1", mode: "quote" }],
        ended: ["mcx:2"],
      }),
      { kind: "tick", at: TEN_O_CLOCK, packet: [...encodePacket(ltpTick("nse:1", 5))] },
      {
        kind: "refused",
        at: TEN_O_CLOCK + 7,
        packet: [...encodePacket(ltpTick("nse:1", 6))],
        reason: "time_backwards",
        key: "nse:1",
      },
      { kind: "refused", at: TEN_O_CLOCK + 7, packet: [1, 2, 3], reason: "wrong_length" },
      event(7, { kind: "login", outcome: "ok" }),
      event(7, { kind: "login", outcome: "bad_pin" }),
      event(7, { kind: "login", outcome: "bad_pin" }),
      event(7, { kind: "down", since: 5, cause: { kind: "network", message: "gone" }, keys: ["nse:1"] }),
      event(7, { kind: "up", from: 5, to: 6, keys: ["nse:1"] }),
      event(7, { kind: "phase", exchange: "nse", phase: "closed", day: "a holiday" }),
      event(7, { kind: "stop" }),
    ],
  );
  equal(clock.pending, 0);
});

function event(delta: number, event: RecordedEvent): Recorded {
  return { kind: "event", at: TEN_O_CLOCK + delta, event };
}

Deno.test("any ticks at any times are read back as they came, over runs and days", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(anyTick(), fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.constant(DAY_MS)), fc.boolean()),
        { maxLength: 30 },
      ),
      async (list) => {
        using folder = new TemporaryFolder();
        const clock = new FakeClock();
        const expected: [number, string][] = [];
        let { recorder } = recorderIn(folder.path, { clock });
        recorder.start();
        for (const [tick, wait, restart] of list) {
          await clock.advanceAsync(wait);
          if (restart) {
            await recorder.stop();
            ({ recorder } = recorderIn(folder.path, { clock }));
            recorder.start();
          }
          const packet = encodePacket(tick);
          recorder.tick(packet, clock.now(), tick.key, undefined);
          expected.push([clock.now(), packet.join()]);
        }
        await recorder.stop();
        const found: [number, string][] = [];
        for (const { name } of [...Deno.readDirSync(folder.path)].sort((a, b) => a.name < b.name ? -1 : 1)) {
          for (const each of (await readAll(`${folder.path}/${name}`)).records) {
            if (each.kind === "tick") found.push([each.at, each.packet.join()]);
          }
        }
        deepEqual(found, expected);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("what came is in the file after a second, without any more ticks", async () => {
  using folder = new TemporaryFolder();
  const { clock, recorder } = recorderIn(folder.path);
  recorder.start();
  record(recorder, clock, "nse:1", 1);
  clock.advance(999);
  equal(recorder.status().waitingBytes, 0);
  clock.advance(1);
  ok(recorder.status().waitingBytes > 0, "the block is on its way");
  // Nothing of the recorder is asked: flush() would seal a block by itself.
  while (recorder.status().waitingBytes > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  equal((await readAll(ofDay(folder.path))).records.filter(({ kind }) => kind === "tick").length, 1);
  await recorder.stop();
});

Deno.test("a new day in India has a file of its own, which begins with what holds there", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock(Date.parse("2026-11-20T23:59:59.500+05:30"));
  const { recorder } = recorderIn(folder.path, { clock });
  recorder.attach({
    symbolOf: (key) => key,
    phases: () => [{ exchange: "mcx", phase: "closed", day: undefined }],
    logins: () => ({}),
  });
  recorder.start();
  recorder.subscribed(new Map([["nse:1", "ltp"]]));
  record(recorder, clock, "nse:1", 1);
  clock.advance(600);
  record(recorder, clock, "nse:1", 2);
  await recorder.stop();
  const first = (await readAll(ofDay(folder.path))).records;
  const second = (await readAll(ofDay(folder.path, "2026-11-21"))).records;
  equal(first.filter(({ kind }) => kind === "tick").length, 1);
  equal(second.filter(({ kind }) => kind === "tick").length, 1);
  deepEqual(eventsOf(second), [
    { kind: "phase", exchange: "mcx", phase: "closed" },
    { kind: "subscribed", instruments: [{ key: "nse:1", symbol: "nse:1", mode: "ltp" }], ended: [] },
    { kind: "stop" },
  ]);
});

Deno.test("only the exchanges that were named are recorded", async () => {
  using folder = new TemporaryFolder();
  const { clock, recorder } = recorderIn(folder.path, { exchanges: ["mcx"] });
  recorder.start();
  recorder.subscribed(new Map([["nse:1", "ltp"], ["mcx:2", "ltp"]]));
  record(recorder, clock, "nse:1", 1);
  record(recorder, clock, "mcx:2", 2);
  record(recorder, clock, "nse:1", 3, "time_ahead");
  await recorder.stop();
  const { records } = await readAll(ofDay(folder.path));
  equal(records.filter(({ kind }) => kind === "tick").length, 1);
  equal(records.filter(({ kind }) => kind === "refused").length, 0);
  const subscribed = eventsOf(records).find(({ kind }) => kind === "subscribed");
  ok(subscribed?.kind === "subscribed");
  deepEqual(subscribed.instruments.map(({ key }) => key), ["mcx:2"]);
});

Deno.test("made-up prices never share a file with real ones", async () => {
  using folder = new TemporaryFolder();
  for (const source of ["live", "simulated"] as const) {
    const { clock, recorder } = recorderIn(folder.path, { source });
    recorder.start();
    record(recorder, clock, "nse:1", 1);
    await recorder.stop();
  }
  deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
    "2026-11-20-live.rec",
    "2026-11-20-simulated.rec",
  ]);
});

Deno.test("files are for the owner alone", { ignore: Deno.build.os === "windows" }, async () => {
  using folder = new TemporaryFolder();
  const { recorder } = recorderIn(`${folder.path}/recordings`);
  recorder.start();
  await recorder.stop();
  equal(Deno.statSync(`${folder.path}/recordings`).mode! & 0o777, 0o700);
  equal(Deno.statSync(ofDay(`${folder.path}/recordings`)).mode! & 0o777, 0o600);
});
