import { getLogger } from "@logtape/logtape";
import type { MarketCalendar } from "../../market/calendar.ts";
import { type Exchange, EXCHANGES } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";

/** At the bounds of a session two clocks that are not quite the same differ for a moment. */
const TOLERATED_MS = 60_000;

const log = getLogger(["nats"]);

/**
 * Compares what the hub says that its exchanges do with this edge's own calendar, and says in the log where they differ for
 * long. The edge's clients are served by the edge's.
 */
export class HubCalendar {
  /** Exchanges that differ: since when, elapsed ms; infinite once that was said. */
  readonly #differing = new Map<Exchange, number>();

  constructor(private readonly clock: Clock, private readonly calendar: MarketCalendar) {}

  /** @param phases Of the hub, by exchange. */
  note(phases: Readonly<Record<string, string>>): void {
    const now = this.clock.elapsed();
    for (const exchange of EXCHANGES) {
      const theirs = phases[exchange];
      const { phase: ours } = this.calendar.state(exchange, this.clock.now());
      if (theirs === undefined || theirs === ours) {
        this.#differing.delete(exchange);
        continue;
      }
      const since = this.#differing.get(exchange) ?? now;
      this.#differing.set(exchange, since);
      if (now - since < TOLERATED_MS) continue;
      this.#differing.set(exchange, Infinity);
      log.warn(
        "by the hub's calendar {exchange} is {theirs} now, by this edge's {ours}: give both the same MARKET_CALENDAR",
        { exchange: exchange.toUpperCase(), theirs, ours },
      );
    }
  }
}
