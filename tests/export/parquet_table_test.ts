import { deepEqual, equal } from "node:assert/strict";
import type { Column } from "../../lib/export/columns.ts";
import { ParquetEncoder } from "../../lib/export/parquet_encoder.ts";
import { ParquetTable } from "../../lib/export/parquet_table.ts";
import { PartFile } from "../../lib/export/part_file.ts";
import { BLOCK_ROWS, BlockPool } from "../../lib/export/row_group.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { metadataOf, readParquet, type Row } from "./recorded.ts";

interface Numbered {
  readonly i: number;
}

const DAY = 86_400_000;

/** What a column holds of a row, by what is odd about it. */
const COLUMNS: readonly Column<Numbered>[] = [
  { name: "often_missing", type: "decimal", value: ({ i }) => i % 3 === 0 ? undefined : i / 100 },
  { name: "missing_in_a_block", type: "whole", value: ({ i }) => i < BLOCK_ROWS ? undefined : i },
  { name: "never", type: "decimal", value: () => undefined },
  { name: "never_text", type: "text", value: () => undefined },
  { name: "one_word", type: "text", value: () => "same" },
  { name: "words", type: "text", value: ({ i }) => i % 7 === 0 ? undefined : `word ${i % 1000}é` },
  { name: "wide", type: "whole", value: ({ i }) => (i % 2 === 0 ? 1 : -1) * (2 ** 53 - 1 - i) },
  { name: "halves", type: "whole", value: ({ i }) => 2 ** 32 * (i % 3 - 1) - i },
  { name: "count", type: "count", value: ({ i }) => i - 5_000 },
  { name: "steady", type: "time", value: ({ i }) => 1_795_149_000_000 + 7 * i },
  { name: "steady_ist", type: "ist", value: ({ i }) => 1_795_149_000_000 + 7 * i },
  { name: "set_back", type: "time", value: ({ i }) => 1_795_149_000_000 + i * (i % 5 - 2) },
  { name: "years", type: "time", value: ({ i }) => 1_000_000_000_000 + i * DAY },
  { name: "some_times", type: "time", value: ({ i }) => i % 11 === 0 ? 1_795_149_000_000 + i : undefined },
];

const IST_MS = 5.5 * 3_600_000;

function rowOf(i: number): Row {
  const row = COLUMNS.map(({ name, type, value }) => {
    const each = value({ i });
    return [name, type === "ist" ? each as number + IST_MS : each] as const;
  });
  return Object.fromEntries(row.filter(([, value]) => value !== undefined));
}

Deno.test("columns of every type, with and without values, over blocks and groups, are read back as they were", async () => {
  using folder = new TemporaryFolder();
  const file = await PartFile.create(`${folder.path}/table.parquet`);
  const pool = new BlockPool();
  const encoder = new ParquetEncoder(COLUMNS, { source: "live" });
  const table = new ParquetTable(file, COLUMNS, encoder, pool);
  // The first group ends within a block, the second takes that block again, the third has a single row.
  const groups = [BLOCK_ROWS + 1000, 3 * BLOCK_ROWS, 1];
  let i = 0;
  for (const rows of groups) {
    for (let added = 0; added < rows;) {
      const some = Math.min(777, rows - added);
      table.add(Array.from({ length: some }, () => ({ i: i++ })));
      added += some;
    }
    await table.writeHeld();
  }
  await table.close();
  await file.finish();
  equal(table.rows, i);
  deepEqual(metadataOf(file.path).row_groups.map(({ num_rows }) => Number(num_rows)), groups);
  deepEqual(await readParquet(file.path), Array.from({ length: i }, (_, each) => rowOf(each)));
  const [first] = metadataOf(file.path).row_groups;
  const statistics = first!.columns.map(({ meta_data }) => meta_data!.statistics);
  const steady = COLUMNS.findIndex(({ name }) => name === "steady");
  equal(new Date(statistics[steady]!.min_value as Date).getTime(), 1_795_149_000_000);
  equal(
    new Date(statistics[steady]!.max_value as Date).getTime(),
    1_795_149_000_000 + 7 * (groups[0]! - 1),
  );
  equal(statistics[0], undefined);
});
