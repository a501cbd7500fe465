import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";

/** Bytes of a packet that are shown; the longest there is has 443. */
const MAX_SHOWN = 443;

/** Reasons that are told apart; a hostile feed must not fill the memory with new ones. */
const MAX_REASONS = 50;

const log = getLogger(["broker"]);

/** Packets that gave no tick: counted by reason, and shown in the log with their bytes now and then. */
export class RejectedTicks {
  readonly #counts = new Map<string, number>();

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  note(reason: string, packet: Uint8Array): void {
    const known = this.#counts.has(reason) || this.#counts.size < MAX_REASONS ? reason : "other";
    const count = (this.#counts.get(known) ?? 0) + 1;
    this.#counts.set(known, count);
    // The first, the second, the fourth …: a feed gone bad must not fill the disk.
    if ((count & (count - 1)) !== 0) return;
    log.warn("packet rejected and shown to no client: {reason} (so far: {count}); bytes {hex}", {
      reason,
      count,
      hex: Buffer.from(packet.subarray(0, MAX_SHOWN)).toString("hex") +
        (packet.length > MAX_SHOWN ? "…" : ""),
    });
  }
}
