import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { DayFile } from "../../lib/recording/day_file.ts";
import { FILE_HEAD_BYTES } from "../../lib/recording/format.ts";
import { RecordedDay } from "../../lib/recording/reader.ts";
import { DamagedRecording } from "../../lib/recording/recorded_file.ts";
import { TEN_O_CLOCK } from "../ticks.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { blockOf, fileOfBlocks, readAll } from "./files.ts";

const BLOCKS = [blockOf(0, 5), blockOf(5, 3), blockOf(8, 4)];
const WHOLE = fileOfBlocks(BLOCKS);
/** Where each block begins, and the end. */
const BORDERS = BLOCKS.reduce(
  (borders, { bytes }) => [...borders, borders.at(-1)! + bytes.length],
  [FILE_HEAD_BYTES],
);
/** Ticks in so many whole blocks. */
const TICKS = [0, 5, 8, 12];

async function times(path: string): Promise<number[]> {
  return (await readAll(path)).records.map(({ at }) => at - TEN_O_CLOCK);
}

Deno.test("a file that is cut at any byte keeps its whole blocks, is mended, and goes on", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  for (let cut = 0; cut <= WHOLE.length; cut++) {
    await Deno.writeFile(path, WHOLE.subarray(0, cut));
    const whole = BORDERS.findLastIndex((border) => border <= cut);
    const kept = TICKS[Math.max(0, whole)]!;
    if (cut >= FILE_HEAD_BYTES) {
      const read = await readAll(path);
      equal(read.records.length, kept, `cut at ${cut}`);
      equal(read.tornBytes, cut - BORDERS[whole]!, `cut at ${cut}`);
    }
    const day = await DayFile.open(path, "live");
    equal(day.earlier.length, Math.max(0, whole), `cut at ${cut}`);
    await day.append(blockOf(20, 2));
    day.close();
    const expected = [...Array.from({ length: kept }, (_, i) => i), 20, 21];
    const read = await readAll(path);
    deepEqual(read.records.map(({ at }) => at - TEN_O_CLOCK), expected, `cut at ${cut}`);
    deepEqual([read.damages, read.tornBytes], [0, 0], `cut at ${cut}`);
  }
});

Deno.test("a flipped bit anywhere costs its own block and no other", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: FILE_HEAD_BYTES * 8, max: WHOLE.length * 8 - 1 }),
      async (bit) => {
        const spoilt = WHOLE.slice();
        spoilt[bit >> 3]! ^= 1 << (bit & 7);
        await Deno.writeFile(path, spoilt);
        const hit = BORDERS.findLastIndex((border) => border <= bit >> 3);
        const expected = Array.from({ length: 12 }, (_, i) => i)
          .filter((i) => i < TICKS[hit]! || i >= TICKS[hit + 1]!);
        const read = await readAll(path);
        deepEqual(read.records.map(({ at }) => at - TEN_O_CLOCK), expected);
        // A last block whose header is gone is no more than a torn tail.
        ok(read.damages === 1 || (hit === 2 && read.tornBytes > 0));
        const day = await DayFile.open(path, "live");
        await day.append(blockOf(20, 1));
        day.close();
        deepEqual(await times(path), [...expected, 20]);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("bytes of anything in the middle cost what they stand for, and nothing behind them", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 3_000 }),
      fc.constantFrom(0, 1, 2),
      async (rubbish, before) => {
        const border = BORDERS[before]!;
        const bytes = new Uint8Array(WHOLE.length + rubbish.length);
        bytes.set(WHOLE.subarray(0, border));
        bytes.set(rubbish, border);
        bytes.set(WHOLE.subarray(border), border + rubbish.length);
        await Deno.writeFile(path, bytes);
        const read = await readAll(path);
        equal(read.records.length, 12);
        equal(read.damages, 1);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("the next block is found behind a damage that is longer than one search", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  for (const length of [1_048_576, 1_048_577 - 40, 2_500_000]) {
    const bytes = new Uint8Array(WHOLE.length + length);
    bytes.set(WHOLE.subarray(0, BORDERS[1]));
    bytes.set(WHOLE.subarray(BORDERS[1]), BORDERS[1]! + length);
    await Deno.writeFile(path, bytes);
    equal((await readAll(path)).records.length, 12, `${length}`);
  }
});

Deno.test("blocks whose bytes never reached the disk are cut off: zeros after a cut of the power", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  const bytes = WHOLE.slice();
  // The last two headers are there, their payloads are not.
  bytes.fill(0, BORDERS[1]! + 100, BORDERS[2]);
  bytes.fill(0, BORDERS[2]! + 100, BORDERS[3]);
  await Deno.writeFile(path, bytes);
  const day = await DayFile.open(path, "live");
  equal(day.earlier.length, 1);
  equal(day.bytes, BORDERS[1]);
  day.close();
  equal(Deno.statSync(path).size, BORDERS[1]);
});

Deno.test("what is no recording, or of another source, is put aside and not written over", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  for (const content of ["my notes", "another file, longer than the head of a recording"]) {
    await Deno.writeTextFile(path, content);
    await rejects(RecordedDay.open(path), DamagedRecording);
    const day = await DayFile.open(path, "live");
    await day.append(blockOf(0, 1));
    day.close();
  }
  const simulated = await DayFile.open(path, "simulated");
  simulated.close();
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  deepEqual(names, [
    "2026-11-20-live.rec",
    "2026-11-20-live.rec.unreadable",
    "2026-11-20-live.rec.unreadable.1",
    "2026-11-20-live.rec.unreadable.2",
  ]);
  equal(Deno.readTextFileSync(`${path}.unreadable`), "my notes");
});

Deno.test("a range and instruments are read without the others", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  await Deno.writeFile(path, fileOfBlocks([blockOf(0, 100, 1), blockOf(100, 100, 2), blockOf(200, 100, 1)]));
  const from = TEN_O_CLOCK + 50;
  const inRange = await readAll(path, { from, to: TEN_O_CLOCK + 250 });
  deepEqual(
    [inRange.records.length, inRange.records[0]!.at, inRange.records.at(-1)!.at],
    [200, from, TEN_O_CLOCK + 249],
  );
  const of1 = await readAll(path, { from, keys: new Set(["nse:1"] as const) });
  deepEqual(of1.records.map(({ at }) => at - TEN_O_CLOCK), [
    ...Array.from({ length: 50 }, (_, i) => 50 + i),
    ...Array.from({ length: 100 }, (_, i) => 200 + i),
  ]);
  equal((await readAll(path, { keys: new Set(["nse:3"] as const) })).records.length, 0);
});

Deno.test("a file that is written meanwhile is read up to its last whole block", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  const day = await DayFile.open(path, "live");
  for (let i = 0; i < 20; i++) {
    const entry = await day.append(blockOf(i * 10, 10));
    equal(entry.offset + entry.header.storedBytes, day.bytes - 88);
    equal((await readAll(path)).records.length, (i + 1) * 10);
  }
  day.close();
});
