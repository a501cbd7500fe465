import { deepEqual, equal, match } from "node:assert/strict";
import { decodeBlockHead } from "../../lib/recording/format.ts";
import { RecordedDay } from "../../lib/recording/reader.ts";
import type { BlockEntry } from "../../lib/recording/scan.ts";
import { FakeClock } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { ltpTick } from "../ticks.ts";
import {
  at,
  DATE,
  exportAll,
  FILE,
  gapsOf,
  readParquet,
  record,
  recordedRows,
  recordTicks,
  send,
  TICKS,
  ticksOf,
} from "./recorded.ts";

Deno.test("gaps are a table of their own", async () => {
  using folder = new TemporaryFolder();
  await record(folder.path, (recorder, clock) => {
    send(recorder, clock, [ltpTick("nse:1", 1), ltpTick("nse:2", 2)]);
    clock.advance(1_000);
    const cause = { kind: "network", message: "the line is cut" };
    recorder.event({ kind: "down", since: at("10:00:01"), cause, keys: ["nse:1", "nse:2"] });
    clock.advance(9_000);
    recorder.event({ kind: "up", from: at("10:00:01"), to: at("10:00:10"), keys: ["nse:1"] });
    recorder.event({
      kind: "silent",
      since: at("10:00:09"),
      cause: { kind: "mute", message: "mute" },
      keys: ["nse:1"],
    });
  });
  const clock = new FakeClock(at("11:00:00"));
  await record(folder.path, (recorder) => send(recorder, clock, [ltpTick("nse:1", 3)]), clock);
  const output = `${folder.path}/out`;
  await exportAll(folder.path, output, { format: "jsonl" });
  const rows = Deno.readTextFileSync(gapsOf(output, "jsonl")).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  const ist = ({ kind, from_ist, to_ist, symbol, reason }: Record<string, string>) => [
    kind,
    from_ist?.slice(11, 19),
    to_ist?.slice(11, 19),
    symbol,
    reason,
  ];
  deepEqual(rows.map(ist), [
    ["not_recorded", "00:00:00", "10:00:00", undefined, "the recording begins here"],
    ["feed_down", "10:00:01", "10:00:10", "NAME1-EQ", "the line is cut"],
    ["feed_down", "10:00:01", "10:00:10", "NAME2-EQ", "the line is cut"],
    ["feed_silent", "10:00:09", "10:00:10", "NAME1-EQ", "mute"],
    ["not_recorded", "10:00:10", "11:00:00", undefined, "the proxy was stopped"],
    ["not_recorded", "11:00:00", "00:00:00", undefined, "the proxy was stopped"],
  ]);
  equal(rows[1].from, "2026-11-20T04:30:01.000Z");
  // Those of one instrument and what concerns all, within the range; as Parquet.
  await exportAll(folder.path, `${folder.path}/two`, {
    symbols: ["NAME2"],
    from: at("10:00:05") - at("00:00:00"),
    to: at("10:30:00") - at("00:00:00"),
  });
  deepEqual((await readParquet(gapsOf(`${folder.path}/two`))).map(({ kind, token }) => [kind, token]), [
    ["feed_down", "2"],
    ["not_recorded", undefined],
  ]);
});

Deno.test("a recording that goes on over midnight has no gap there", async () => {
  using folder = new TemporaryFolder();
  await record(folder.path, (recorder, clock) => {
    send(recorder, clock, [ltpTick("nse:1", 1)]);
    clock.advance(14 * 3_600_000);
    send(recorder, clock, [ltpTick("nse:2", 2)]);
  });
  const output = `${folder.path}/out`;
  equal((await exportAll(folder.path, output)).length, 2);
  const kinds = async (date: string) =>
    (await readParquet(gapsOf(output, "parquet", date))).map(({ reason }) => reason);
  deepEqual(await kinds(DATE), ["the recording begins here"]);
  deepEqual(await kinds("2026-11-21"), ["the proxy was stopped"]);
  const [row] = await readParquet(ticksOf(output, "nse", "parquet", "2026-11-21"));
  deepEqual([row!.symbol, row!.last_traded_price], ["NAME2-EQ", 2]);
});

Deno.test("a damaged block costs its own ticks, is a gap, and is told with its place", async () => {
  using folder = new TemporaryFolder();
  await recordTicks(folder.path);
  const path = `${folder.path}/${FILE}`;
  const bytes = Deno.readFileSync(path);
  const hurt = await blockOf(path, 4);
  bytes[hurt.offset + 100]! ^= 1;
  Deno.writeFileSync(path, bytes);
  const header = decodeBlockHead(bytes, hurt.offset)!;
  const [day] = await exportAll(folder.path, `${folder.path}/out`);
  const saved = day!.tables.reduce((sum, { what, rows }) => sum + (what === "ticks" ? rows : 0), 0);
  equal(saved, TICKS.length - header.ticks);
  equal(day!.bad.length, 1);
  deepEqual(day!.bad[0]!.bytes, { from: hurt.offset, to: hurt.offset + 88 + header.storedBytes });
  match(day!.bad[0]!.reason, /checksum/);
  const gaps = (await readParquet(gapsOf(`${folder.path}/out`))).filter(({ kind }) => kind === "damaged");
  deepEqual(gaps.map(({ from, to }) => [from, to]), [[header.from, header.to]]);
  const later = { from: header.to + 1 - at("00:00:00") };
  deepEqual((await exportAll(folder.path, `${folder.path}/later`, later))[0]!.bad, []);
  for (const exchange of ["nse", "mcx"]) {
    deepEqual(
      await readParquet(ticksOf(`${folder.path}/out`, exchange, "parquet")),
      await recordedRows(path, exchange),
    );
  }
});

async function blockOf(path: string, index: number): Promise<BlockEntry> {
  using day = await RecordedDay.open(path);
  return day.blocks[index]!;
}
