import type { PriceDoubt } from "../feed/guard.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import type { PriceEvent } from "./client_event.ts";

/** How often what waits is looked at; what is due then makes one event for each reason. */
const LOOK_EVERY_MS = 100;

/** Events between two looks that leave at once, each for one instrument; the others wait for the look. */
const IMMEDIATE = 20;

interface State {
  /** What is doubtful; undefined for nothing. */
  doubt: PriceDoubt | undefined;
  told: PriceDoubt | undefined;
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
    private readonly tell: (event: PriceEvent) => void,
  ) {}

  /** @param doubt Undefined when all is good again. */
  note(key: InstrumentKey, doubt: PriceDoubt | undefined): void {
    let state = this.#states.get(key);
    if (state === undefined) this.#states.set(key, state = { doubt, told: undefined, toldAt: -Infinity });
    state.doubt = doubt;
    const now = this.clock.elapsed();
    if (now - state.toldAt >= this.windowMs && isNews(state) && this.#immediate < IMMEDIATE) {
      this.#immediate++;
      this.tell(eventOf(state, [key]));
      state.told = doubt;
      state.toldAt = now;
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
    const due = new Map<string, PriceEvent & { readonly keys: InstrumentKey[] }>();
    for (const key of this.#changed) {
      const state = this.#states.get(key)!;
      if (now - state.toldAt < this.windowMs) continue;
      this.#changed.delete(key);
      if (isNews(state)) {
        const event = { ...eventOf(state, []), keys: [key] };
        const id = `${event.reason} ${event.mode}`;
        const known = due.get(id);
        if (known === undefined) due.set(id, event);
        else known.keys.push(key);
        state.told = state.doubt;
        state.toldAt = now;
        this.#changed.add(key);
      } else if (state.doubt === undefined) this.#states.delete(key);
    }
    for (const event of due.values()) this.tell(event);
    if (this.#changed.size > 0) this.#disarm = this.clock.after(LOOK_EVERY_MS, () => this.#look());
  }
}

function isNews({ doubt, told }: State): boolean {
  return doubt?.reason !== told?.reason || doubt?.mode !== told?.mode;
}

/** That all is good again concerns those who were told that it is not. */
function eventOf({ doubt, told }: State, keys: readonly InstrumentKey[]): PriceEvent {
  return { kind: "price", reason: doubt?.reason, mode: doubt?.mode ?? told?.mode ?? "ltp", keys };
}
