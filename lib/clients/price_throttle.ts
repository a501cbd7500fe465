import type { InstrumentKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";

/** How long a change waits for others, so that many instruments make one event. */
const GROUP_MS = 100;

interface State {
  /** Why the price is doubtful; undefined when it is good. */
  reason: string | undefined;
  told: string | undefined;
  /** Elapsed time of the last telling. */
  toldAt: number;
}

/**
 * Bounds the events of doubtful prices: of each instrument at most one in a window, with the state as it is then, and
 * what changes together is told together. A price that was doubtful for a moment only may never be told.
 */
export class PriceThrottle {
  readonly #states = new Map<InstrumentKey, State>();
  readonly #changed = new Set<InstrumentKey>();
  #disarm: (() => void) | undefined;

  /** @param windowMs Between two events of one instrument. */
  constructor(
    private readonly clock: Clock,
    private readonly windowMs: number,
    private readonly tell: (keys: readonly InstrumentKey[], reason: string | undefined) => void,
  ) {}

  /** @param reason Undefined when the price is good again. */
  note(key: InstrumentKey, reason: string | undefined): void {
    const state = this.#states.get(key);
    if (state === undefined) this.#states.set(key, { reason, told: undefined, toldAt: -Infinity });
    else state.reason = reason;
    this.#changed.add(key);
    this.#disarm ??= this.clock.after(GROUP_MS, () => this.#look());
  }

  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#changed.clear();
    this.#states.clear();
  }

  #look(): void {
    this.#disarm = undefined;
    const now = this.clock.elapsed();
    const due = new Map<string | undefined, InstrumentKey[]>();
    for (const key of this.#changed) {
      const state = this.#states.get(key)!;
      if (now - state.toldAt < this.windowMs) continue;
      this.#changed.delete(key);
      if (state.reason !== state.told) {
        const keys = due.get(state.reason);
        if (keys === undefined) due.set(state.reason, [key]);
        else keys.push(key);
        state.told = state.reason;
        state.toldAt = now;
      }
      // A good price needs no memory but for the end of its window.
      if (state.reason === undefined && state.told === undefined) this.#forgetLater(key, now);
    }
    for (const [reason, keys] of due) this.tell(keys, reason);
    if (this.#changed.size > 0) this.#disarm = this.clock.after(GROUP_MS, () => this.#look());
  }

  #forgetLater(key: InstrumentKey, now: number): void {
    const state = this.#states.get(key)!;
    if (now - state.toldAt >= this.windowMs) this.#states.delete(key);
    else this.#changed.add(key);
  }
}
