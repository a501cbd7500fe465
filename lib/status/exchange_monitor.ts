import type { Clock } from "../util/clock.ts";
import type { Exchange } from "../market/market.ts";

/** What can be said of one exchange. */
export interface ExchangeState {
  /** The calendar's word: `open`, `pre_open`, `closing_auction`, `post_close`, `closed`, `holiday`. */
  readonly phase: string;
  /** The name of the day, where it is a special one. */
  readonly day?: string;
  /** It is open, and its feed is down or mute. */
  readonly stale: boolean;
}

export type ExchangeEvent =
  | { readonly kind: "market"; readonly exchange: Exchange; readonly phase: string; readonly day?: string }
  | { readonly kind: "stale" | "fresh"; readonly exchange: Exchange; readonly since: number };

export interface ExchangeMonitorOptions {
  readonly clock: Clock;
  /** The exchanges that concern us now. */
  readonly exchanges: () => Iterable<Exchange>;
  readonly look: (exchange: Exchange) => ExchangeState;
  readonly news: (news: ExchangeEvent) => void;
}

const LOOK_EVERY_MS = 1_000;

/** Notices what changes at the exchanges, and says it once. */
export class ExchangeMonitor {
  readonly #states = new Map<Exchange, ExchangeState>();
  #disarm = () => {};

  constructor(private readonly options: ExchangeMonitorOptions) {}

  start(): void {
    this.look();
    this.#disarm = this.options.clock.after(LOOK_EVERY_MS, () => this.start());
  }

  stop(): void {
    this.#disarm();
  }

  /** Looks now; otherwise every second. */
  look(): void {
    const now = this.options.clock.now();
    for (const exchange of new Set(this.options.exchanges())) {
      const before = this.#states.get(exchange);
      const state = this.options.look(exchange);
      this.#states.set(exchange, state);
      const { phase, day, stale } = state;
      if (before !== undefined && before.phase !== phase) {
        this.options.news({ kind: "market", exchange, phase, day });
      }
      if (stale !== (before?.stale ?? false)) {
        this.options.news({ kind: stale ? "stale" : "fresh", exchange, since: now });
      }
    }
  }

  /** How the exchanges stand, for someone who comes in the middle of it. */
  states(): ReadonlyMap<Exchange, ExchangeState> {
    return this.#states;
  }
}
