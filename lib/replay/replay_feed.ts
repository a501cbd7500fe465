import { getLogger } from "@logtape/logtape";
import type { Instruments } from "../instruments/instrument.ts";
import { istTimestamp } from "../market/ist.ts";
import type { RecordedDay } from "../recording/reader.ts";
import type { Demand } from "../market/demand.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { Upstream, UpstreamHandler, UpstreamStatus } from "../upstream/upstream.ts";
import type { Clock } from "../util/clock.ts";
import { turn } from "../util/pace.ts";
import { DayPlay, driving } from "./day_play.ts";
import type { MarketClock } from "./market_clock.ts";
import type { Player } from "./player.ts";
import { RecordedInstruments } from "./recorded_instruments.ts";
import { ReplayReader } from "./replay_reader.ts";
import { ReplayUpstream } from "./replay_upstream.ts";

export interface ReplayFeedOptions {
  readonly day: RecordedDay;
  /** `2026-11-20`. */
  readonly date: string;
  /** ms since the Unix epoch; by default that of the first record. */
  readonly from?: number | undefined;
  readonly speed: number;
  readonly clock: Clock;
  /** The list of today. */
  readonly instruments: Instruments;
}

const log = getLogger(["replay"]);

/** A recorded day as the one upstream of a whole proxy: it plays from its start to the end of the day, whoever listens. */
export class ReplayFeed implements Upstream {
  readonly #options: ReplayFeedOptions;
  readonly #play: DayPlay;
  readonly #upstream: ReplayUpstream;
  readonly #player: Player;

  private constructor(
    options: ReplayFeedOptions,
    reader: ReplayReader,
    readonly instruments: RecordedInstruments,
  ) {
    const { clock, speed, from } = options;
    this.#options = options;
    this.#play = new DayPlay({ reader, clock, from, speed, state: "playing" });
    this.#upstream = new ReplayUpstream({
      now: () => this.market.now(),
      recorded: instruments.size,
    });
    // As on the live wire, who does not keep up has the latest, and nobody waits.
    this.#player = this.#play.attach({
      ...driving(this.#upstream, reader),
      ended: () => {
        log.warn("the recorded day has ended at {time} IST; nothing more comes", {
          time: istTimestamp(this.market.now()),
        });
        this.#upstream.interrupted();
      },
      failed: (error) => {
        log.error("the recording cannot be read any further: {error}", { error });
        this.#upstream.interrupted();
      },
    });
  }

  get market(): MarketClock {
    return this.#play.market;
  }

  /** Looks through what a day holds beside ticks. */
  static async open(options: ReplayFeedOptions): Promise<ReplayFeed> {
    const reader = new ReplayReader(options.day, turn);
    const instruments = new RecordedInstruments(options.instruments);
    await instruments.read(reader);
    return new ReplayFeed(options, reader, instruments);
  }

  /** In the words of the JSON wire. */
  report(): Record<string, unknown> {
    const { date, day } = this.#options;
    const { state, speed, time } = this.#player;
    const { from, to } = this.#play;
    // There the end is not included.
    return { date, recorded: day.source, from, to: to - 1, time, state, speed };
  }

  attach(demand: Demand, handler: UpstreamHandler): void {
    this.#upstream.attach(demand, handler);
  }

  start(): void {
    this.#player.start();
  }

  stop(): Promise<void> {
    return this.#play.stop();
  }

  status(): UpstreamStatus {
    return this.#upstream.status();
  }

  upSince(key: InstrumentKey): number | undefined {
    return this.#upstream.upSince(key);
  }

  refusalOf(): undefined {
    return undefined;
  }

  ticksOften(): boolean {
    return false;
  }
}
