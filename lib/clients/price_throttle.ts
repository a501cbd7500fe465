import type { InstrumentKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";

/** How often what waits is looked at; what is due then makes one event for each reason. */
const LOOK_EVERY_MS = 100;

/** Events between two looks that leave at once, each for one instrument; the others wait for the look. */
const IMMEDIATE = 20;

interface State {
  /** Why the price is doubtful; undefined when it is good. */
  reason: string | undefined;
  told: string | undefined;
  /** Elapsed time of the last telling. */
  toldAt: number;
}

/**
 * Bounds the events of doubtful prices: of each instrument at most one in a window, with the state as it is then. The
 * first change is told at once; where very many change together, they are told together.
 */
export class PriceThrottle {
  readonly #states = new Map<InstrumentKey, State>();
  /** Instruments whose window has not ended, or whose state is still to be told. */
  readonly #changed = new Set<InstrumentKey>();
  #immediate = 0;
  #disarm: (() => void) | undefined;

  /** @param windowMs Between two events of one instrument. */
  constructor(
    private readonly clock: Clock,
    private readonly windowMs: number,
    private readonly tell: (keys: readonly InstrumentKey[], reason: string | undefined) => void,
  ) {}

  /** @param reason Undefined when the price is good again. */
  note(key: InstrumentKey, reason: string | undefined): void {
    let state = this.#states.get(key);
    if (state === undefined) this.#states.set(key, state = { reason, told: undefined, toldAt: -Infinity });
    state.reason = reason;
    const now = this.clock.elapsed();
    if (now - state.toldAt >= this.windowMs && reason !== state.told && this.#immediate < IMMEDIATE) {
      this.#immediate++;
      state.told = reason;
      state.toldAt = now;
      this.tell([key], reason);
    }
    this.#changed.add(key);
    this.#disarm ??= this.clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#changed.clear();
    this.#states.clear();
  }

  #look(): void {
    this.#disarm = undefined;
    this.#immediate = 0;
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
        this.#changed.add(key);
      } else if (state.reason === undefined) this.#states.delete(key);
    }
    for (const [reason, keys] of due) this.tell(keys, reason);
    if (this.#changed.size > 0) this.#disarm = this.clock.after(LOOK_EVERY_MS, () => this.#look());
  }
}
