import { getLogger } from "@logtape/logtape";
import type { AdmittedClient, ClientHandle, ClientSocket, Handshake } from "../clients/protocol.ts";
import type { ReplayControl } from "../clients/replay_control.ts";
import { istTimestamp } from "../market/ist.ts";
import { createPipeline, type Pipeline, type PipelineOptions } from "../pipeline.ts";
import type { RecordedDay } from "../recording/reader.ts";
import { DayPlay, driving } from "./day_play.ts";
import type { Player, PlayerState } from "./player.ts";
import { Readers } from "./readers.ts";
import { RecordedInstruments } from "./recorded_instruments.ts";
import { type ReplayRequest, timeOn } from "./replay_request.ts";
import { ReplayReader } from "./replay_reader.ts";
import { ReplayUpstream } from "./replay_upstream.ts";

/** What all replays share with the live wire. */
export type ReplayPipelineOptions = Pick<
  PipelineOptions,
  | "calendar"
  | "clock"
  | "epoch"
  | "instruments"
  | "knownScans"
  | "limits"
  | "sessions"
  | "traffic"
  | "version"
>;

export interface ReplaySessionOptions {
  readonly day: RecordedDay;
  readonly date: string;
  readonly request: ReplayRequest;
  readonly pipeline: ReplayPipelineOptions;
  /** Lets sockets, live ticks and other replays come in between. */
  readonly turn: () => Promise<void>;
}

const log = getLogger(["replay"]);

/** Why a replay cannot be had; good to show to anyone. */
export class ReplayRefusal extends Error {
  override readonly name = "ReplayRefusal";
}

/**
 * A recorded day with a clock of its own, for one client or several: the whole way from an upstream to the clients'
 * sockets, so that freshness, phases and messages are those of the replayed moment.
 */
export class ReplaySession implements ReplayControl {
  readonly #options: ReplaySessionOptions;
  readonly #play: DayPlay;
  readonly #upstream: ReplayUpstream;
  readonly #driving: ReturnType<typeof driving>;
  readonly #pipeline: Pipeline;
  readonly #player: Player;

  private constructor(options: ReplaySessionOptions, reader: ReplayReader, instruments: RecordedInstruments) {
    const { date, day, pipeline, request } = options;
    const { clock } = pipeline;
    this.#options = options;
    this.#play = new DayPlay({
      reader,
      clock,
      from: request.from,
      to: request.to,
      speed: request.speed ?? 1,
      state: request.paused ? "paused" : "waiting",
    });
    if (this.from >= this.to) {
      const extent = day.extent!;
      const there = `${istTimestamp(extent.from)} to ${istTimestamp(extent.to)} IST`;
      throw new ReplayRefusal(`the recording has nothing of this time; it has ${there}`);
    }
    const { market } = this.#play;
    this.#upstream = new ReplayUpstream({
      now: () => market.now(),
      recorded: instruments.size,
      demandChanged: (isWanted) => {
        if (isWanted && this.#player.state === "waiting") this.#player.play();
      },
    });
    this.#pipeline = createPipeline({
      ...pipeline,
      marketClock: market,
      upstream: this.#upstream,
      instruments,
      watchlist: instruments.watchlist,
      source: "replay",
      candleRecordings: () => Promise.resolve([{ path: day.path, date }]),
      // What is told in one go leaves in one message.
      batchMs: 0,
      everyTick: true,
      replay: this,
      replayed: () => this.report(),
    });
    const readers = new Readers(clock, () => this.#pipeline.gateway.connections);
    this.#driving = driving(this.#upstream, reader);
    this.#player = this.#play.attach({
      ...this.#driving,
      sought: (from) => this.#sought(from),
      clock: () => this.#tellClock(),
      ended: () => this.#pipeline.gateway.announce({ kind: "end", time: market.now() }),
      isRead: () => readers.isRead(),
      failed: (error) => this.#failed(error),
    });
  }

  /** What is played, ms since the Unix epoch; `to` is not included. */
  get from(): number {
    return this.#play.from;
  }

  get to(): number {
    return this.#play.to;
  }

  /**
   * Looks through what a day holds beside ticks, and stands at the beginning.
   *
   * @throws {ReplayRefusal} It has nothing of the time that is asked for.
   */
  static async open(options: ReplaySessionOptions): Promise<ReplaySession> {
    const reader = new ReplayReader(options.day, options.turn);
    if (options.day.extent === undefined) {
      throw new ReplayRefusal(`the recording of ${options.date} is empty`);
    }
    const instruments = new RecordedInstruments(options.pipeline.instruments);
    await instruments.read(reader);
    const session = new ReplaySession(options, reader, instruments);
    await session.#sought(session.from);
    session.#pipeline.exchanges.start();
    session.#player.start();
    return session;
  }

  get clients(): number {
    return this.#pipeline.gateway.clients;
  }

  get gateway(): Pipeline["gateway"] {
    return this.#pipeline.gateway;
  }

  /** @returns A sentence about what is wrong with the handshake, where something is. */
  connect(
    wire: string,
    handshake: Handshake,
    socket: ClientSocket,
    client: AdmittedClient,
  ): ClientHandle | string {
    const protocol = this.#pipeline.protocols.find(({ name }) => name === wire)!;
    const opening = protocol.open(handshake);
    return typeof opening === "string"
      ? opening
      : this.#pipeline.gateway.connect(socket, { ...client, opening });
  }

  report(): Record<string, unknown> {
    const { date, day, request } = this.#options;
    const { state, speed, time } = this.#player;
    const { from, to } = this;
    return { date, recorded: day.source, from, to, time, state, speed, session: request.session };
  }

  /** What differs from what another client asks for, who wants to share it. */
  differsFrom({ date, recorded, from, to }: ReplayRequest): boolean {
    const { date: own, day, request } = this.#options;
    return (date !== undefined && date !== own) || (recorded !== undefined && recorded !== day.source) ||
      (from !== undefined && from !== request.from) || (to !== undefined && to !== request.to);
  }

  pause(): void {
    this.#player.pause();
  }

  resume(): void {
    this.#player.play();
  }

  setSpeed(speed: number): void {
    this.#player.setSpeed(speed);
  }

  seek(at: number): string | undefined {
    const { from, to } = this;
    if (!(at >= from && at < to)) return `must be from ${istTimestamp(from)} to ${istTimestamp(to)} IST`;
    this.#player.seek(Math.floor(at));
  }

  timeOf(text: string): number | undefined {
    return timeOn(this.#options.date, text);
  }

  async stop(): Promise<void> {
    const { exchanges, leases } = this.#pipeline;
    await this.#play.stop();
    exchanges.stop();
    leases.stop();
    this.#pipeline.detach();
  }

  async #sought(from: number): Promise<void> {
    this.#pipeline.marketData.forgetAll();
    this.#pipeline.candles.seen.forgetAll();
    await this.#driving.sought(from);
    this.#pipeline.exchanges.look();
  }

  #tellClock(): void {
    const { state, speed, time } = this.#player;
    this.#pipeline.gateway.announce({ kind: "clock", time, state: state satisfies PlayerState, speed });
  }

  #failed(error: unknown): void {
    log.error("the replay of {date} ended, since its recording cannot be read: {error}", {
      date: this.#options.date,
      error,
    });
    this.#upstream.interrupted();
  }
}
