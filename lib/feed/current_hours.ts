import type { HoursOf, InstrumentHours } from "../market/instrument_hours.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";

/** What the markets of instruments do now. */
export class CurrentHours {
  readonly #known = new Map<InstrumentKey, InstrumentHours>();

  constructor(private readonly clock: Clock, private readonly hours: HoursOf) {}

  /** What the market of an instrument does now; looked up once for each of its phases. */
  now(key: InstrumentKey): InstrumentHours {
    const now = this.clock.now();
    const known = this.#known.get(key);
    if (known !== undefined && known.from <= now && now < known.until) return known;
    const hours = this.hours(key, now);
    this.#known.set(key, hours);
    return hours;
  }

  /** The same, where there is a place to remember them; `clear` does not reach it. */
  of(key: InstrumentKey, place: { hours?: InstrumentHours | undefined }): InstrumentHours {
    const now = this.clock.now();
    const known = place.hours;
    if (known !== undefined && known.from <= now && now < known.until) return known;
    return place.hours = this.now(key);
  }

  keepOnly(kept: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.#known.keys()) if (!kept.has(key)) this.#known.delete(key);
  }

  /** The calendar or the instrument list has changed, and with it perhaps the hours. */
  clear(): void {
    this.#known.clear();
  }
}
