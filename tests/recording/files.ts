import { BlockBuilder, type SealedBlock } from "../../lib/recording/block_builder.ts";
import { encodeFileHead } from "../../lib/recording/format.ts";
import { KIND } from "../../lib/recording/records.ts";
import type { Recorded } from "../../lib/recording/records.ts";
import { Recorder, type RecorderOptions } from "../../lib/recording/recorder.ts";
import { RecordedDay, type RecordedRange } from "../../lib/recording/reader.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { ltpTick, TEN_O_CLOCK } from "../ticks.ts";

/** A recorder of whatever it is told. */
export function recorderIn(folder: string, more: Partial<RecorderOptions> & Pick<RecorderOptions, "clock">) {
  return new Recorder({
    folder,
    source: "simulated",
    version: "1.2.3",
    bounds: { bytes: 1e9, days: 30 },
    ...more,
  });
}

/** A packet of an instrument that no other packet of a test is like. */
export function packetOf(token: number, price: number): Uint8Array<ArrayBuffer> {
  return encodePacket(ltpTick(`nse:${token}`, price)).slice();
}

/** A block of so many ticks, a ms apart; the prices go on from `first`. */
export function blockOf(first: number, count: number, token = 1): SealedBlock {
  const builder = new BlockBuilder();
  for (let i = first; i < first + count; i++) builder.add(KIND.tick, TEN_O_CLOCK + i, packetOf(token, i + 1));
  return builder.seal();
}

/** A whole file. */
export function fileOfBlocks(blocks: readonly SealedBlock[]): Uint8Array<ArrayBuffer> {
  const parts = [encodeFileHead("live"), ...blocks.map(({ bytes }) => bytes)];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export interface Read {
  readonly records: Recorded[];
  readonly damages: number;
  readonly tornBytes: number;
}

/** All that can be read of a file. */
export async function readAll(path: string, range: RecordedRange = {}): Promise<Read> {
  using day = await RecordedDay.open(path);
  const records: Recorded[] = [];
  let damages = 0;
  for await (const piece of day.read(range)) {
    if (piece.kind === "records") records.push(...piece.records);
    else damages++;
  }
  return { records, damages, tornBytes: day.tornBytes };
}
