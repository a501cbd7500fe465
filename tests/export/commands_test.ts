/** `recordings`, `verify` and `export` as a person runs them: the real program, with the permissions of its tasks. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { RecordedDay } from "../../lib/recording/reader.ts";
import { FakeClock } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { ltpTick } from "../ticks.ts";
import { at, DATE, readParquet, record, send } from "./recorded.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  folder: string,
  command: "recordings" | "verify" | "export",
  ...args: string[]
): Promise<Ran> {
  const words = denoJson.tasks[command].command.split(" ").slice(1);
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...words.map((word) => word === "main.ts" ? main : word), ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

/** A folder with a recording of two ticks, and one of the day after, in the usual place. */
async function recorded(): Promise<{ readonly path: string; readonly file: string } & Disposable> {
  const folder = new TemporaryFolder();
  const recordings = `${folder.path}/.smartapi-proxy/recordings`;
  for (const date of [DATE, "2026-11-21"]) {
    await record(recordings, async (recorder, clock) => {
      send(recorder, clock, [ltpTick("nse:1", 100)]);
      clock.advance(2_000);
      await recorder.flush();
      send(recorder, clock, [ltpTick("nse:1", 101)]);
    }, new FakeClock(at("10:00:00", date)));
  }
  return {
    path: folder.path,
    file: `${recordings}/${DATE}-live.rec`,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

async function hurt(file: string): Promise<void> {
  using day = await RecordedDay.open(file);
  const bytes = Deno.readFileSync(file);
  bytes[day.blocks[0]!.offset + 100]! ^= 1;
  Deno.writeFileSync(file, bytes);
}

Deno.test("recordings lists days, times, sizes, ticks and gaps; verify finds them good", async () => {
  using folder = await recorded();
  const list = await run(folder.path, "recordings");
  equal(list.code, 0, list.err);
  match(
    list.out,
    /^day +source +from +to +size +ticks +gaps\n2026-11-20 +live +10:00:00 +10:00:02 +0\.\d kB +2 +0\n/,
  );
  const all = await run(folder.path, "verify");
  equal(all.code, 0, all.err);
  deepEqual(all.out.match(/good, 2 ticks in 2 blocks/g)?.length, 2);
  equal((await run(folder.path, "verify", "2026-11-21")).out.split("\n").length, 2);
});

Deno.test("verify says where a recording is damaged, cut or none at all, and ends with 1", async () => {
  using folder = await recorded();
  await hurt(folder.file);
  const damaged = await run(folder.path, "verify", DATE);
  equal(damaged.code, 1);
  match(
    damaged.out,
    /2026-11-20-live\.rec: damaged, .*\n {2}bytes 16 to \d+, from 2026-11-20 10:00:00 to 2026-11-20 10:00:00: .*checksum/,
  );
  const next = folder.file.replace(DATE, "2026-11-21");
  Deno.truncateSync(next, Deno.statSync(next).size - 3);
  const cut = await run(folder.path, "verify", next);
  equal(cut.code, 1);
  match(cut.out, /bytes \d+ to \d+, from 2026-11-21 10:00:00 on: the last block is not whole/);
  Deno.writeTextFileSync(`${folder.path}/x.rec`, "something else entirely");
  const none = await run(folder.path, "verify", "x.rec");
  equal(none.code, 1);
  match(none.out, /x\.rec: it is no recording/);
});

Deno.test("export saves what it can of a damaged file, says what, and ends with 1; it writes nothing over", async () => {
  using folder = await recorded();
  await hurt(folder.file);
  const saved = await run(folder.path, "export", "--date", `${DATE}..2026-11-21`, "--output", "out");
  equal(saved.code, 1);
  match(saved.out, /^out\/ticks\/date=2026-11-20\/exchange=nse\/ticks\.parquet: 1 ticks\nout\/gaps/);
  match(saved.out, /date=2026-11-21\/exchange=nse\/ticks\.parquet: 2 ticks/);
  match(saved.err, /2026-11-20-live\.rec is damaged, and lacks bytes 16 to/);
  const rows = await readParquet(`${folder.path}/out/ticks/date=2026-11-20/exchange=nse/ticks.parquet`);
  deepEqual(rows.map((row) => row.last_traded_price), [101]);
  const again = await run(folder.path, "export", "--date", "2026-11-21", "--output", "out");
  equal(again.code, 2);
  match(again.err, /date=2026-11-21 is there already/);
});

Deno.test("export says what is there in place of what is not, and ends with 2", async () => {
  using folder = await recorded();
  const cases: [string[], RegExp][] = [
    [[], /EXPORT_DATE is missing/],
    [["--date", "2026-11-19"], /no recording of 2026-11-19 in .*; there are 2026-11-20, 2026-11-21/],
    [["--date", DATE, "--source", "simulated"], /live prices alone.*--source live/],
    [["--date", DATE, "--format", "parket"], /must be one of parquet, csv, jsonl; did you mean parquet\?/],
    [
      ["--date", "20.11.2026", "--from", "25:00"],
      /EXPORT_DATE .*must be a day[^]*EXPORT_FROM .*must be a time/,
    ],
    [["--date", DATE, "--from", "10:00", "--to", "09:15"], /not after/],
  ];
  for (const [args, why] of cases) {
    const { code, err, out } = await run(folder.path, "export", ...args);
    equal(code, 2, err);
    match(err, why);
    equal(out, "");
  }
  ok(!Array.from(Deno.readDirSync(folder.path)).some(({ name }) => name === "export"));
});
