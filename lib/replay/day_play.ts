import type { Clock } from "../util/clock.ts";
import { MarketClock } from "./market_clock.ts";
import { Player, type PlayerListener, type PlayerState } from "./player.ts";
import type { ReplayReader } from "./replay_reader.ts";
import type { ReplayUpstream } from "./replay_upstream.ts";

export interface DayPlayOptions {
  readonly reader: ReplayReader;
  readonly clock: Clock;
  /** What is played of it, ms since the Unix epoch, `to` not included; by default all from the first record to the last. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Market time to real time; 0 for as fast as it is read. */
  readonly speed: number;
  /** Whether it begins by itself. */
  readonly state: PlayerState;
}

/** Who has nothing to say about something leaves it out; then nobody is waited for. */
export type DayListener = Pick<PlayerListener, "take" | "ended" | "failed"> & Partial<PlayerListener>;

/**
 * A recorded day that is played, by whomever: its range, its clock, and the player that turns it. The file is closed
 * with it.
 */
export class DayPlay {
  readonly from: number;
  readonly to: number;
  readonly market: MarketClock;
  readonly #options: DayPlayOptions;
  #player: Player | undefined;

  constructor(options: DayPlayOptions) {
    const { reader, from, to = Infinity } = options;
    const extent = reader.day.extent ?? { from: 0, to: 0 };
    this.#options = options;
    this.from = from ?? extent.from;
    this.to = Math.min(to, extent.to + 1);
    this.market = new MarketClock(this.from);
  }

  /** Says who hears it, once, before anything else. */
  attach(listener: DayListener): Player {
    const { reader, clock, speed, state } = this.#options;
    const { from, to, market } = this;
    return this.#player = new Player({
      clock,
      market,
      reader,
      from,
      to,
      speed,
      state,
      turn: reader.turn,
      listener: {
        sought: () => Promise.resolve(),
        ahead() {},
        clock() {},
        isRead: () => true,
        ...listener,
      },
    });
  }

  /** Settles when nothing more is told, and the file is closed. */
  async stop(): Promise<void> {
    await this.#player?.stop();
    this.#options.reader.day[Symbol.dispose]();
  }
}

/** How a day drives what stands in the place of the broker. */
export function driving(
  upstream: ReplayUpstream,
  reader: ReplayReader,
): Pick<PlayerListener, "sought" | "take" | "ahead"> {
  return {
    async sought(from) {
      upstream.begin();
      for (const { event, at } of await reader.events(from)) upstream.remember(event, at);
    },
    take(record) {
      if (record.kind === "unreadable") upstream.missed(record.from, record.at);
      else upstream.take(record);
    },
    ahead(record) {
      // A start shows that what was before it ended, with or without a word.
      if (record.kind === "event" && record.event.kind === "start") upstream.interrupted();
    },
  };
}
