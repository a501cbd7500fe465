import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { tickColumns } from "../../lib/clients/http/quote_csv.ts";
import { TICK_COLUMNS } from "../../lib/export/columns.ts";
import { DayTables } from "../../lib/export/day_tables.ts";
import { ParquetEncoder } from "../../lib/export/parquet_encoder.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { ltpTick, snapQuoteTick } from "../ticks.ts";
import {
  at,
  DATE,
  exportAll,
  FILE,
  metadataOf,
  readParquet,
  record,
  recordedRows,
  recordTicks,
  type Row,
  send,
  TICKS,
  ticksOf,
} from "./recorded.ts";

Deno.test("the columns have the names of the clients' wire", () => {
  const own = [
    "source",
    "received_at",
    "received_at_ist",
    "exchange_timestamp_ist",
    "last_traded_timestamp_ist",
  ];
  const names = TICK_COLUMNS.map(({ name }) => name).filter((name) => !own.includes(name));
  const wire = tickColumns("snapquote").filter((name) =>
    !["exchange", "exchange_type", "timestamp"].includes(name)
  );
  deepEqual(names.toSorted(), wire.toSorted());
});

Deno.test("what Parquet says is what the recording holds, value by value, read back by an independent reader", async () => {
  using folder = new TemporaryFolder();
  await recordTicks(folder.path);
  const output = `${folder.path}/out`;
  const [day] = await exportAll(folder.path, output);
  const exchanges = [...new Set(TICKS.map(({ exchange }) => exchange))];
  equal(exchanges.length, 7);
  for (const exchange of exchanges) {
    const path = ticksOf(output, exchange, "parquet");
    const expected = await recordedRows(`${folder.path}/${FILE}`, exchange);
    deepEqual(await readParquet(path), expected);
    const { rows } = day!.tables.find((table) => table.path === path)!;
    equal(rows, expected.length);
    const { key_value_metadata: notes } = metadataOf(path);
    deepEqual(notes?.map(({ key, value }) => [key, value]), [["source", "live"]]);
  }
  equal(day!.tables.reduce((sum, { what, rows }) => sum + (what === "ticks" ? rows : 0), 0), TICKS.length);
  deepEqual(day!.bad, []);
});

Deno.test("CSV and JSONL say the same, with moments as text in UTC and in India's time", async () => {
  using folder = new TemporaryFolder();
  await recordTicks(folder.path);
  await exportAll(folder.path, `${folder.path}/csv`, { format: "csv" });
  await exportAll(folder.path, `${folder.path}/jsonl`, { format: "jsonl" });
  const expected = (await recordedRows(`${folder.path}/${FILE}`, "mcx")).map(asText);
  const lines = Deno.readTextFileSync(ticksOf(`${folder.path}/jsonl`, "mcx", "jsonl")).trimEnd().split("\n");
  deepEqual(lines.map((line) => JSON.parse(line)), expected);
  const [head, ...cells] = Deno.readTextFileSync(ticksOf(`${folder.path}/csv`, "mcx", "csv")).trimEnd().split(
    "\r\n",
  )
    .map((line) => line.split(","));
  deepEqual(head, TICK_COLUMNS.map(({ name }) => name));
  deepEqual(
    cells,
    expected.map((row) => head!.map((name) => row[name] === undefined ? "" : String(row[name]))),
  );
  equal(expected[0]!.received_at, "2026-11-20T04:30:00.000Z");
  equal(expected[0]!.received_at_ist, "2026-11-20 10:00:00.000");
});

function asText(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (!/_(at|timestamp)(_ist)?$/.test(name)) return [name, value];
      const text = new Date(value as number).toISOString();
      return [name, name.endsWith("_ist") ? text.slice(0, -1).replace("T", " ") : text];
    }),
  );
}

Deno.test("a range of times, and instruments by any of their names, each by that day's symbol", async () => {
  using folder = new TemporaryFolder();
  await record(folder.path, async (recorder, clock) => {
    for (let i = 0; i < 6; i++) {
      send(recorder, clock, [
        ltpTick("nse:1", 100 + i),
        ltpTick("nse:2", 200 + i),
        ltpTick("nfo:1", 300 + i),
      ]);
      clock.advance(60_000);
      await recorder.flush();
    }
  });
  const prices = async (name: string, exchange: string, more: Parameters<typeof exportAll>[2]) => {
    await exportAll(folder.path, `${folder.path}/${name}`, more);
    const path = ticksOf(`${folder.path}/${name}`, exchange, "parquet");
    return (await readParquet(path)).map((row) => row.last_traded_price);
  };
  const [from, to] = [at("10:01:00") - at("00:00:00"), at("10:03:00") - at("00:00:00")];
  deepEqual(await prices("range", "nse", { from, to }), [101, 201, 102, 202]);
  for (const [i, word] of ["name1", "NAME1-eq", "NSE:NAME1", "nse:1", "NSE_CM:NAME1-EQ"].entries()) {
    deepEqual(await prices(`w${i}`, "nse", { symbols: [word], from, to }), [101, 102], word);
  }
  // Without an exchange, it is every instrument of that name.
  deepEqual(await prices("both", "nfo", { symbols: ["NAME1", "NAME2"], to }), [300, 301, 302]);
  await rejects(
    exportAll(folder.path, `${folder.path}/none`, { symbols: ["NAME1", "NAEM2-EQ", "bse:1"] }),
    /"NAEM2-EQ" is the name of no recorded instrument; did you mean NAME2-EQ\?\n"bse:1" is the name of no/,
  );
  equal(exists(`${folder.path}/none`), false);
});

Deno.test("a day that is there already is not written over, and nothing of another is begun", async () => {
  using folder = new TemporaryFolder();
  await recordTicks(folder.path);
  const output = `${folder.path}/out`;
  await exportAll(folder.path, output);
  const before = Deno.readFileSync(ticksOf(output, "nse", "parquet"));
  await rejects(exportAll(folder.path, output, { format: "csv" }), /date=2026-11-20 is there already/);
  deepEqual(Deno.readFileSync(ticksOf(output, "nse", "parquet")), before);
});

Deno.test("an export that is broken off leaves nothing of its day", async () => {
  using folder = new TemporaryFolder();
  await recordTicks(folder.path);
  const ending = new AbortController();
  const output = `${folder.path}/out`;
  await rejects(exportAll(folder.path, output, { signal: ending.signal, progress: () => ending.abort() }));
  equal(exists(`${output}/ticks/date=${DATE}`), false);
  equal((await exportAll(folder.path, output)).length, 1);
});

Deno.test("rows in memory are bounded: the fullest table is written when all together hold too many", async () => {
  using folder = new TemporaryFolder();
  const tables = new DayTables({
    output: folder.path,
    date: DATE,
    source: "live",
    format: "parquet",
    encoderOf: (...shape) => Promise.resolve(new ParquetEncoder(...shape)),
    maxHeldRows: 100,
  });
  const row = (key: "nse:1" | "mcx:1") =>
    ({ source: "live", tick: snapQuoteTick(key, 1), symbol: "A" }) as const;
  for (let i = 0; i < 50; i++) {
    await tables.addTicks([...Array.from({ length: 20 }, () => row("nse:1")), row("mcx:1")]);
  }
  await tables.close();
  const groups = metadataOf(ticksOf(folder.path, "nse", "parquet")).row_groups.map(({ num_rows }) =>
    Number(num_rows)
  );
  equal(groups.reduce((sum, rows) => sum + rows), 1000);
  ok(Math.max(...groups) <= 120, groups.join());
  equal(metadataOf(ticksOf(folder.path, "mcx", "parquet")).row_groups.length, 1);
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
