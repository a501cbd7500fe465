import { getLogger } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";

/** A peer that is refused again within this time is counted, not logged. */
const QUIET_MS = 3_600_000;

/** Peers that are remembered; beyond it the one that was logged first is forgotten. */
const MAX_PEERS = 1_000;

interface Logged {
  readonly at: number;
  /** Refusals since the line. */
  more: number;
}

const log = getLogger(["server"]);

/**
 * Logs refused connections: one line for each peer, reason and hour, with the sentence that the peer got. Whoever
 * runs the proxy can see why a program is not let in, and a storm of refusals does not fill the log.
 */
export class RefusalLog {
  readonly #logged = new Map<string, Logged>();

  constructor(private readonly clock: Clock) {}

  /**
   * @param reason Of the metric, such as `origin`.
   * @param peer Whose connection it was: an origin or an address. It must be safe to print.
   * @param sentence What the peer was answered.
   */
  refused(reason: string, peer: string, sentence: string): void {
    const key = `${reason} ${peer}`;
    const now = this.clock.elapsed();
    const before = this.#logged.get(key);
    if (before !== undefined && now - before.at < QUIET_MS) {
      before.more++;
      return;
    }
    // Last in, so that the first is the one that was logged the longest ago.
    this.#logged.delete(key);
    if (this.#logged.size >= MAX_PEERS) this.#logged.delete(this.#logged.keys().next().value!);
    this.#logged.set(key, { at: now, more: 0 });
    const more = before?.more ?? 0;
    if (more === 0) log.warn("refused {peer}: {sentence}", { peer, sentence });
    else {log.warn("refused {peer}: {sentence} ({more} more times since the last line)", {
        peer,
        sentence,
        more,
      });}
  }
}
