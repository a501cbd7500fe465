import fc from "fast-check";
import * as zlib from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { TickJson } from "../../lib/clients/json/tick_json.ts";
import { flatTick } from "../../lib/clients/http/quote_csv.ts";
import { exportDays, type ExportedDay, type ExportOptions } from "../../lib/export/export.ts";
import { MarketTick } from "../../lib/feed/market_tick.ts";
import type { InstrumentKey, Mode, Tick } from "../../lib/market/market.ts";
import { listRecordings } from "../../lib/recording/folder.ts";
import type { Recorder } from "../../lib/recording/recorder.ts";
import { createPacketDecoder } from "../../lib/smartapi/packet.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import type { Format } from "../../lib/export/table.ts";
import { FakeClock } from "../fakes.ts";
import { readAll, recorderIn } from "../recording/files.ts";
import { anyTick } from "../ticks.ts";

export const DATE = "2026-11-20";

/** A time of the recorded day, `10:00:00`, ms since the Unix epoch. */
export function at(time: string, date = DATE): number {
  return Date.parse(`${date}T${time}+05:30`);
}

/** Records a day: what is done with the recorder, at the times of a clock that the caller moves. */
export async function record(
  folder: string,
  act: (recorder: Recorder, clock: FakeClock) => void | Promise<void>,
  clock = new FakeClock(at("10:00:00")),
): Promise<void> {
  const recorder = recorderIn(folder, { clock, source: "live" });
  recorder.attach({
    symbolOf: (key) => `NAME${key.split(":")[1]}-EQ`,
    phases: () => [{ exchange: "nse", phase: "open" }],
    logins: () => ({}),
  });
  recorder.start();
  await act(recorder, clock);
  await recorder.stop();
}

/** Records ticks of instruments that are subscribed first. */
export function send(recorder: Recorder, clock: FakeClock, ticks: readonly Tick[]): void {
  recorder.subscribed(new Map<InstrumentKey, Mode>(ticks.map(({ key, mode }) => [key, mode])));
  for (const tick of ticks) recorder.tick(encodePacket(tick), clock.now(), tick.key, undefined);
}

/** Exports all recordings of a folder. */
export async function exportAll(
  folder: string,
  output: string,
  more: Partial<ExportOptions> = {},
): Promise<ExportedDay[]> {
  const all = await listRecordings(folder);
  const days: ExportedDay[] = [];
  const options: ExportOptions = {
    files: all,
    all,
    output,
    format: "parquet",
    signal: new AbortController().signal,
    progress() {},
    ...more,
  };
  for await (const day of exportDays(options)) days.push(day);
  return days;
}

export type Row = Record<string, unknown>;

const COMPRESSORS = { ZSTD: (input: Uint8Array) => new Uint8Array(zlib.zstdDecompressSync(input)) };

/** The rows of a Parquet file by a reader that has nothing of ours; moments as ms, what is null left out. */
export async function readParquet(path: string): Promise<Row[]> {
  const rows = await parquetReadObjects({ file: bytesOf(path), compressors: COMPRESSORS });
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).filter(([, value]) => value !== null && value !== undefined).map((
        [name, value],
      ) => [
        name,
        value instanceof Date ? value.getTime() : typeof value === "bigint" ? Number(value) : value,
      ]),
    )
  );
}

export function metadataOf(path: string) {
  return parquetMetadata(bytesOf(path));
}

function bytesOf(path: string): ArrayBuffer {
  return Deno.readFileSync(path).buffer;
}

const IST_MS = 5.5 * 3_600_000;

/** What the recording says, read by its own reader and written as the clients' wire does: an exchange's rows in their order. */
export async function recordedRows(path: string, exchange: string): Promise<Row[]> {
  const decode = createPacketDecoder();
  const { records } = await readAll(path);
  const symbols = new Map(
    records.flatMap((each) =>
      each.kind === "event" && each.event.kind === "subscribed" ? each.event.instruments : []
    )
      .map(({ key, symbol }) => [key, symbol]),
  );
  const json = new TickJson((key) => symbols.get(key) ?? "");
  return records.flatMap((each): Row[] => {
    if (each.kind !== "tick") return [];
    const tick = decode(each.packet, each.at) as Tick;
    if (tick.exchange !== exchange) return [];
    const fields = json.fieldsIn(tick.mode, new MarketTick(tick, new Uint8Array(0)));
    const { exchange: _exchange, exchange_type: _type, timestamp: _timestamp, ...flat } = flatTick(fields);
    const moments = { received_at: each.at, ...flat } as Row;
    for (const name of ["received_at", "exchange_timestamp", "last_traded_timestamp"]) {
      if (moments[name] !== undefined) moments[`${name}_ist`] = moments[name] as number + IST_MS;
    }
    return [{
      source: "live",
      ...Object.fromEntries(Object.entries(moments).filter(([, value]) => value !== undefined)),
    }];
  });
}

/** Ticks of every exchange and mode, with every field there is and without. */
export const TICKS = fc.sample(anyTick(), { numRuns: 600, seed: 7 });

export const FILE = `${DATE}-live.rec`;

export const ticksOf = (output: string, exchange: string, format: Format, date = DATE) =>
  `${output}/ticks/date=${date}/exchange=${exchange}/ticks.${format}`;

export const gapsOf = (output: string, format: Format = "parquet", date = DATE) =>
  `${output}/gaps/date=${date}/gaps.${format}`;

export async function recordTicks(folder: string): Promise<void> {
  await record(folder, async (recorder, clock) => {
    for (let i = 0; i < TICKS.length; i += 50) {
      send(recorder, clock, TICKS.slice(i, i + 50));
      clock.advance(137);
      await recorder.flush();
    }
  });
}
