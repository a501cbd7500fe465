import { Histogram } from "../util/histogram.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import type { Payload, Piece } from "./delivery/encoder.ts";

const NAMES: ReadonlyMap<Close, string> = new Map(
  Object.entries(CLOSE).map(([name, close]) => [close, name]),
);

/** Numbers by a batch's encoding; answers and events are of the kind `message`, whatever a client's encoding is. */
type PerKind = Record<string, number>;

/** What goes over the clients' side, counted since the start in plain fields: counting must cost next to nothing. */
export class Traffic {
  /** Frames handed to clients' sockets. */
  readonly frames: PerKind = { gzip: 0, json: 0, binary: 0, message: 0 };
  /** Their length; of text in UTF-16 units, which are bytes for everything but rare names. */
  readonly bytes: PerKind = { gzip: 0, json: 0, binary: 0, message: 0 };
  /** Ticks of each batch; a batch is made once for all clients of a group. */
  readonly batchTicks = new Histogram([1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000]);
  /** From a batch's oldest tick to its last hand-over to a socket, s; made of the clock's whole milliseconds. */
  readonly writeSeconds = new Histogram([
    0.001,
    0.002,
    0.005,
    0.01,
    0.015,
    0.02,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    5,
    60,
  ]);
  /** Of the batches that are to be compressed: bytes of JSON, and of what was sent in its place. */
  plainBytes = 0;
  packedBytes = 0;
  /** Ticks that newer ones of the same instrument replaced before a client got them. */
  conflated = 0;
  /** Clients that came. */
  connected = 0;
  /** How they went: the name of our {@linkcode CLOSE}, or `left` for those who closed or were lost. */
  readonly ends = new Map<string, number>();
  /** By the command's name and the answer's code or status, joined by a blank. */
  readonly commands = new Map<string, number>();

  frame(kind: string, frame: string | Uint8Array): void {
    this.frames[kind] = (this.frames[kind] ?? 0) + 1;
    this.bytes[kind] = (this.bytes[kind] ?? 0) + frame.length;
  }

  /** A batch has been made. */
  batch(encoding: string, payload: Payload, pieces: readonly Piece[]): void {
    this.batchTicks.observe(pieces.length);
    if (encoding !== "gzip") return;
    let plain = pieces.length + 1;
    for (const { length } of pieces) plain += length;
    this.plainBytes += plain;
    this.packedBytes += payload.size;
  }

  end(close: Close | undefined): void {
    const how = close === undefined ? "left" : NAMES.get(close) ?? "other";
    this.ends.set(how, (this.ends.get(how) ?? 0) + 1);
  }

  command(name: string, answer: Record<string, unknown>): void {
    const id = `${name} ${answer.code ?? answer.status ?? "success"}`;
    this.commands.set(id, (this.commands.get(id) ?? 0) + 1);
  }
}
