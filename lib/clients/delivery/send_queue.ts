import type { InstrumentKey } from "../../market/market.ts";
import type { Batch } from "./encoder.ts";

/** A place in the order of what leaves: nothing behind it does while it is held. */
interface Hold {
  isHeld: boolean;
  /** What is done in its place when it is released. */
  then: (() => void) | undefined;
  /** It looks like a batch that is not made. */
  readonly payload: undefined;
}

/** Lets go what was held back, after something that is done first. */
export type Release = (first?: () => void) => void;

/** What may wait behind a hold: some seconds of a busy market. */
const MAX_BEHIND_HOLD = 2_000;

/**
 * The order in which things leave for one client. A batch waits until it is made, an action (such as sending an answer)
 * until all before it has left, and everything behind a hold until that is released.
 */
export class SendQueue {
  #entries: (Batch | (() => void) | Hold)[] = [];
  #closed = false;

  /** @param deliver Takes a batch when its turn has come; its payload is made. */
  constructor(private readonly deliver: (batch: Batch) => void) {}

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Whether more waits behind a hold than a client may be made to wait for. */
  get isOverfull(): boolean {
    return this.#entries.length > MAX_BEHIND_HOLD && "isHeld" in this.#entries[0]!;
  }

  add(entry: Batch | (() => void)): void {
    this.#entries.push(entry);
  }

  /** Puts batches before all that waits: they are older. */
  addFirst(batches: readonly Batch[]): void {
    this.#entries.unshift(...batches);
  }

  /** Marks batches that are not made yet and have one of some instruments. */
  markStale(isStale: (key: InstrumentKey) => boolean): void {
    for (const entry of this.#entries) {
      if (typeof entry === "function" || "isHeld" in entry || entry.payload !== undefined) continue;
      if (entry.keys.some(isStale)) entry.stale = true;
    }
  }

  /** Holds back all that is added from here on. @returns Releases it, and does something in its place. */
  hold(): Release {
    const hold: Hold = { isHeld: true, then: undefined, payload: undefined };
    this.#entries.push(hold);
    return (first) => {
      hold.isHeld = false;
      hold.then = first;
      this.drain();
    };
  }

  /** Lets go what has its turn. To be called when a batch has been made. */
  drain(): void {
    while (this.#entries.length > 0 && !this.#closed) {
      const head = this.#entries[0]!;
      if (typeof head === "function") {
        this.#entries.shift();
        head();
      } else if (head.payload !== undefined) {
        // Mostly it is the only one: each message comes by here, once for each client.
        if (this.#entries.length === 1) this.#entries.pop();
        else this.#entries.shift();
        this.deliver(head);
      } else if ("isHeld" in head && !head.isHeld) {
        this.#entries.shift();
        head.then?.();
      } else return;
    }
  }

  /** Nothing leaves from here on. */
  close(): void {
    this.#closed = true;
    this.#entries = [];
  }
}
