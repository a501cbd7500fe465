import type { Clock } from "../../util/clock.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";

/** How long an instrument stays subscribed after its last client: a reloaded page finds it still there. */
const GRACE_MS = 30_000;

/** Packets that were on their way when their instrument was dropped. */
const LATE_MS = 10_000;

/** The wanted set, and for a while what was wanted until just now. */
export class GracePeriod {
  #extended: ReadonlyMap<InstrumentKey, Mode> = new Map();
  readonly #until = new Map<InstrumentKey, number>();
  readonly #dropped = new Map<InstrumentKey, number>();
  #disarm = () => {};

  constructor(
    private readonly clock: Clock,
    /** Instruments that fit: those in their grace period make room for those who are wanted. */
    private readonly capacity: number,
    /** Called when a grace period is over. */
    private readonly expired: () => void,
  ) {}

  /** What {@linkcode extend} answered last. */
  extended(): ReadonlyMap<InstrumentKey, Mode> {
    return this.#extended;
  }

  /** The wanted set with those in their grace period. */
  extend(wanted: ReadonlyMap<InstrumentKey, Mode>): ReadonlyMap<InstrumentKey, Mode> {
    const now = this.clock.elapsed();
    const extended = new Map(wanted);
    for (const key of wanted.keys()) this.#until.delete(key);
    for (const [key, mode] of this.#extended) {
      if (wanted.has(key)) continue;
      const until = this.#until.get(key) ?? now + GRACE_MS;
      if (until > now && extended.size < this.capacity) {
        this.#until.set(key, until);
        extended.set(key, mode);
      } else {
        this.#until.delete(key);
        this.#dropped.set(key, now);
      }
    }
    for (const [key, at] of this.#dropped) {
      if (now - at > LATE_MS || extended.has(key)) this.#dropped.delete(key);
    }
    this.#extended = extended;
    this.#arm(now);
    return extended;
  }

  /** Whether an instrument was dropped so recently that a packet of it is no wonder. */
  wasDropped(key: InstrumentKey): boolean {
    const at = this.#dropped.get(key);
    return at !== undefined && this.clock.elapsed() - at <= LATE_MS;
  }

  stop(): void {
    this.#disarm();
  }

  #arm(now: number): void {
    this.#disarm();
    const next = Math.min(...this.#until.values());
    if (next !== Infinity) this.#disarm = this.clock.after(Math.max(0, next - now), this.expired);
  }
}
