import type { WorkQueue } from "../work_queue.ts";
import type { Batch, Payload } from "./encoder.ts";
import { ready } from "./ready.ts";

/** What one message has at most, where it can be cut: gzip of so much takes 3 to 5 ms, and so do so many frames. */
const PART_LENGTH = 128 * 1024;
const PART_PIECES = 500;

/** Length of ticks that is compressed in a unit of work. */
const LENGTH_PER_UNIT = 1_600;

/** A message of nothing is not sent. */
const NOTHING: Payload = { marked: true, size: 0, sendTo() {} };

/** Cuts a long batch into several; the last one tells of what was replaced. Undefined for one that is not long. */
export function partsOf(batch: Batch): Batch[] | undefined {
  const { keys, pieces } = batch;
  if (pieces.length <= PART_PIECES && lengthOf(pieces) <= PART_LENGTH) return undefined;
  const parts: Batch[] = [];
  for (let from = 0, to = 0; from < pieces.length; from = to) {
    for (let length = 0; to < pieces.length && to - from < PART_PIECES; to++) {
      length += pieces[to]!.length;
      if (length > PART_LENGTH && to > from) break;
    }
    const isLast = to === pieces.length;
    parts.push({
      ...batch,
      keys: keys.slice(from, to),
      pieces: pieces.slice(from, to),
      conflated: isLast ? batch.conflated : 0,
    });
  }
  return parts;
}

export interface PartMaker<Part extends Batch> {
  readonly work: WorkQueue;
  /** Whose work it is. */
  readonly lane: unknown;
  /** Units of work that a message takes, where that cannot be told by its pieces yet. */
  readonly units?: number;
  /** Adds to the batch what is still missing of it. */
  readonly complete?: (part: Part) => void;
  readonly encode: (part: Part) => Payload | Promise<Payload>;
  /** The batch has its payload. */
  readonly made: (part: Part) => void;
}

/** Makes messages, each in a turn of the event loop that has room for it. Their batches keep the places in the queues that they have. */
export function makeInTurns<Part extends Batch>(
  parts: readonly Part[],
  { work, lane, units, complete, encode, made }: PartMaker<Part>,
): void {
  for (const part of parts) {
    work.add(lane, () => {
      complete?.(part);
      const { pieces } = part;
      ready(pieces.length === 0 ? NOTHING : encode(part), (payload) => {
        part.payload = payload;
        made(part);
      });
      return unitsOf(pieces);
    }, units ?? unitsOf(part.pieces));
  }
}

function unitsOf(pieces: Batch["pieces"]): number {
  return 1 + lengthOf(pieces) / LENGTH_PER_UNIT;
}

function lengthOf(pieces: Batch["pieces"]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}
