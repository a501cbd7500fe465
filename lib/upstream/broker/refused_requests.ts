import type { InstrumentKey, Mode } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { Refusal } from "../upstream.ts";
import type { SubscriptionChange } from "./subscription_plan.ts";

/** The first wait; each further refusal doubles it. */
const RETRY_BASE_MS = 30_000;

/** Of a single instrument, which is the one that is refused. */
const RETRY_CAP_MS = 30 * 60_000;

/** Of several, most of which wait for the sake of another. */
const GROUP_CAP_MS = 2 * 60_000;

/** With so many parts there is no longer one instrument to blame, and nothing is split any further. */
const MAX_GROUPS = 16;

interface Group {
  readonly mode: Mode;
  readonly keys: readonly InstrumentKey[];
  /** Elapsed ms. */
  readonly retryAt: number;
}

/**
 * Requests that the broker refused: they are made again, with patience. A request for many instruments is refused for
 * one of them, perhaps, and so is made again in two halves.
 */
export class RefusedRequests {
  #groups: Group[] = [];
  /** Pairs that are not to be asked for now. */
  readonly #held = new Map<InstrumentKey, Mode>();
  readonly #refusals = new Map<InstrumentKey, Refusal & { readonly count: number }>();

  constructor(private readonly clock: Clock) {}

  /** Takes note of a refusal. Answers after how many ms the request is made again. */
  note({ mode, keys }: SubscriptionChange, code: string, message: string): number {
    const count = Math.max(0, ...keys.map((key) => this.#refusals.get(key)?.count ?? 0)) + 1;
    const cap = keys.length > 1 ? GROUP_CAP_MS : RETRY_CAP_MS;
    const delay = Math.min(cap, RETRY_BASE_MS * 2 ** Math.min(count - 1, 30));
    for (const key of keys) {
      this.#refusals.set(key, { code, message, retryAt: this.clock.now() + delay, count });
      this.#held.set(key, mode);
    }
    const half = this.#groups.length < MAX_GROUPS ? Math.ceil(keys.length / 2) : keys.length;
    for (const part of [keys.slice(0, half), keys.slice(half)]) {
      if (part.length > 0) this.#groups.push({ mode, keys: part, retryAt: this.clock.elapsed() + delay });
    }
    return delay;
  }

  /** Whether a pair is not to be asked for now. */
  holds(key: InstrumentKey, mode: Mode): boolean {
    return this.#held.get(key) === mode;
  }

  /** Why an instrument has no data, as far as the broker has said. */
  of(key: InstrumentKey): Refusal | undefined {
    return this.#refusals.get(key);
  }

  /** The next request that may be made again, of what is still wanted in its mode; undefined where none is due. */
  takeDue(wanted: ReadonlyMap<InstrumentKey, Mode>): SubscriptionChange | undefined {
    for (;;) {
      const due = this.#groups.findIndex(({ retryAt }) => retryAt <= this.clock.elapsed());
      if (due < 0) return undefined;
      const [{ mode, keys }] = this.#groups.splice(due, 1) as [Group];
      for (const key of keys) this.#held.delete(key);
      const still = keys.filter((key) => wanted.get(key) === mode);
      if (still.length > 0) return { action: "subscribe", mode, keys: still };
    }
  }

  /** After how many ms the next request may be made again; undefined where there is none. */
  get nextInMs(): number | undefined {
    if (this.#groups.length === 0) return undefined;
    return Math.max(0, Math.min(...this.#groups.map(({ retryAt }) => retryAt)) - this.clock.elapsed());
  }

  /** Data came: it is served after all. */
  served(key: InstrumentKey): void {
    if (this.#refusals.size > 0 && !this.#held.has(key)) this.#refusals.delete(key);
  }

  keepOnly(wanted: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.#refusals.keys()) if (!wanted.has(key)) this.#refusals.delete(key);
  }

  /** A new connection asks for everything anew; how often it was refused is remembered. */
  clear(): void {
    this.#groups = [];
    this.#held.clear();
  }
}
