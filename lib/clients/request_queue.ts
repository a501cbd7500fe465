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
  /** Reads a frame and follows it. @returns The units of work beside reading it. */
  readonly take: (frame: string | ArrayBuffer) => number;
  /** Whether a frame need not be read, because nothing would come of it. */
  readonly isIdle?: (frame: string | ArrayBuffer) => boolean;
}

/** Frames of one client that may wait for their turn. */
const MAX_WAITING = 5_000;

/** Characters of a frame that are read in a unit of work. */
const LENGTH_PER_UNIT = 400;

/** Frames of one client, each followed in its turn. One that sends too much is closed. */
export class RequestQueue {
  readonly #options: RequestQueueOptions;
  #count = 0;
  #length = 0;

  constructor(options: RequestQueueOptions) {
    this.#options = options;
  }

  add(frame: string | ArrayBuffer): void {
    const { connection, work, frameBytes, waitingLength, take, isIdle } = this.#options;
    if (isLarger(frame, frameBytes)) return connection.close(CLOSE.tooLarge);
    const length = typeof frame === "string" ? frame.length : frame.byteLength;
    this.#length += length;
    if (++this.#count > MAX_WAITING || this.#length > waitingLength) return connection.close(CLOSE.tooMany);
    work.add(connection, () => {
      this.#count--;
      this.#length -= length;
      if (!connection.isOpen) return 0;
      if (isIdle?.(frame)) return 1;
      // Reading takes its time, whatever comes of it.
      return Math.max(take(frame), 1 + length / LENGTH_PER_UNIT);
    });
  }

  drop(): void {
    this.#options.work.drop(this.#options.connection);
  }
}

/** Whether a frame has more bytes than so many; a text counts as UTF-8. */
function isLarger(frame: string | ArrayBuffer, bytes: number): boolean {
  if (typeof frame !== "string") return frame.byteLength > bytes;
  if (frame.length > bytes) return true;
  return frame.length * 3 > bytes && new TextEncoder().encode(frame).length > bytes;
}
