import type { ClientConnection } from "./client_connection.ts";
import { CLOSE } from "./close_codes.ts";
import type { WorkQueue } from "./work_queue.ts";

export interface RequestQueueOptions {
  readonly connection: ClientConnection;
  readonly work: WorkQueue;
  /** The largest frame. */
  readonly frameBytes: number;
  /** How long all frames together may be that wait for their turn. */
  readonly waitingLength: number;
  /** Reads a frame and follows it, at once or in pieces. @returns The units of work beside reading it. */
  readonly take: (frame: string | ArrayBuffer) => number | Pieces;
  /** Whether a frame need not be read, because nothing would come of it. */
  readonly isIdle?: (frame: string | ArrayBuffer) => boolean;
}

/** A long request: each step is a piece of work, and gives the units that it took; the last one returns them. */
export type Pieces = Generator<number, number>;

/** Frames of one client that may wait for their turn. */
const MAX_WAITING = 5_000;

/** Characters of a frame that are read in a unit of work. */
const LENGTH_PER_UNIT = 400;

/**
 * Frames of one client, each followed in its turn, and a long one in several turns; the later ones wait for it. A client
 * that sends too much is closed.
 */
export class RequestQueue {
  readonly #options: RequestQueueOptions;
  /** Frames that were not begun. */
  #waiting: (string | ArrayBuffer)[] = [];
  #length = 0;
  /** The rest of the one that is being followed. */
  #pieces: Pieces | undefined;

  constructor(options: RequestQueueOptions) {
    this.#options = options;
  }

  add(frame: string | ArrayBuffer): void {
    const { connection, frameBytes, waitingLength } = this.#options;
    if (isLarger(frame, frameBytes)) return connection.close(CLOSE.tooLarge);
    this.#length += lengthOf(frame);
    const count = this.#waiting.push(frame);
    if (count > MAX_WAITING || this.#length > waitingLength) return connection.close(CLOSE.tooMany);
    this.#addStep(unitsToRead(frame));
  }

  drop(): void {
    this.#options.work.drop(this.#options.connection);
    this.#waiting = [];
    this.#pieces = undefined;
  }

  /** One for each frame, and one more for each further piece: whichever comes next does what is next. */
  #addStep(units: number): void {
    const { connection, work } = this.#options;
    work.add(connection, () => connection.isOpen ? this.#step() : 0, units);
  }

  #step(): number {
    if (this.#pieces !== undefined) return this.#nextPiece(this.#pieces);
    const frame = this.#waiting.shift();
    if (frame === undefined) return 0;
    this.#length -= lengthOf(frame);
    const { isIdle, take } = this.#options;
    if (isIdle?.(frame)) return 1;
    const taken = take(frame);
    const units = typeof taken === "number" ? taken : this.#nextPiece(taken);
    // Reading takes its time, whatever comes of it.
    return Math.max(units, unitsToRead(frame));
  }

  #nextPiece(pieces: Pieces): number {
    const { done, value } = pieces.next();
    this.#pieces = done ? undefined : pieces;
    // Asked for when this one is over and its units are counted. The next one is thought to be like it.
    if (!done) queueMicrotask(() => this.#addStep(value));
    return value;
  }
}

function unitsToRead(frame: string | ArrayBuffer): number {
  return 1 + lengthOf(frame) / LENGTH_PER_UNIT;
}

function lengthOf(frame: string | ArrayBuffer): number {
  return typeof frame === "string" ? frame.length : frame.byteLength;
}

const utf8 = new TextEncoder();

/** Where texts are encoded to know their length: hundreds of frames may come in one turn, and need no memory of their own. */
let scratch = new Uint8Array(0);

/** Whether a frame has more bytes than so many; a text counts as UTF-8. */
function isLarger(frame: string | ArrayBuffer, bytes: number): boolean {
  if (typeof frame !== "string") return frame.byteLength > bytes;
  if (frame.length > bytes) return true;
  if (frame.length * 3 <= bytes) return false;
  if (scratch.length < bytes) scratch = new Uint8Array(bytes);
  return utf8.encodeInto(frame, scratch.subarray(0, bytes)).read < frame.length;
}
