import { getLogger } from "@logtape/logtape";

/** Packets that are not to be believed: counted by reason, and shown in the log with their bytes now and then. */
export interface RejectedTicks {
  note(reason: string, packet: Uint8Array): void;
  readonly counts: ReadonlyMap<string, number>;
}

/** Bytes of a packet that are shown; the longest there is has 443. */
const MAX_SHOWN = 443;

/** Reasons that are told apart; a hostile feed must not fill the memory with new ones. */
const MAX_REASONS = 50;

const log = getLogger(["broker"]);

export function createRejectedTicks(): RejectedTicks {
  const counts = new Map<string, number>();
  return {
    counts,
    note(reason, packet) {
      const known = counts.has(reason) || counts.size < MAX_REASONS ? reason : "other";
      const count = (counts.get(known) ?? 0) + 1;
      counts.set(known, count);
      // The first, the second, the fourth …: a feed gone bad must not fill the disk.
      if ((count & (count - 1)) !== 0) return;
      log.warn("packet not believed, and shown to no client: {reason} (so far: {count}); bytes {hex}", {
        reason,
        count,
        hex: hexOf(packet.subarray(0, MAX_SHOWN)) + (packet.length > MAX_SHOWN ? "…" : ""),
      });
    },
  };
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
