import type { Clock } from "../util/clock.ts";
import { until } from "../util/pace.ts";
import type { MarketClock } from "./market_clock.ts";
import type { Replayed, ReplayReader } from "./replay_reader.ts";

/** `waiting`: nobody has subscribed yet. */
export type PlayerState = "waiting" | "playing" | "paused" | "ended";

export interface PlayerOptions {
  readonly clock: Clock;
  readonly market: MarketClock;
  readonly reader: ReplayReader;
  /** Market time, ms since the Unix epoch; `to` is not included. */
  readonly from: number;
  readonly to: number;
  /** Market time to real time; 0 for as fast as it is read. */
  readonly speed: number;
  /** Lets sockets and live ticks come in between. */
  readonly turn: () => Promise<void>;
  /** Whether it begins by itself. */
  readonly state: PlayerState;
  readonly listener: PlayerListener;
}

/** Who hears what is played; market time is that of what is told. */
export interface PlayerListener {
  /** Time has been sought: what was told is void. Settles when the state of before that moment is known. */
  sought(from: number): Promise<void>;
  take(record: Replayed): void;
  /** What comes next, before its time. */
  ahead(record: Replayed): void;
  /** A second has passed, or the state has changed. */
  clock(): void;
  ended(): void;
  /** Whether all that was told has been read by those who listen. */
  isRead(): boolean;
  /** It cannot go on. */
  failed(error: unknown): void;
}

/** Records that are told in one go, some ms of work: sockets and live ticks come in between. */
const CHUNK = 200;

/**
 * Plays a recorded day: turns the market's clock, and tells each record at its time. At any speed it waits for those who
 * listen to have read what it told, so that nothing of it is ever replaced by something newer.
 */
export class Player {
  readonly #options: PlayerOptions;
  #state: PlayerState;
  #speed: number;
  #seek: number | undefined;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #wake = () => {};
  /** Moments of real and of market time that belong together. */
  #anchor = { real: 0, market: 0 };

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#speed = options.speed;
    this.#seek = options.from;
  }

  get state(): PlayerState {
    return this.#state;
  }

  get speed(): number {
    return this.#speed;
  }

  /** Where it is, ms since the Unix epoch. */
  get time(): number {
    return this.#seek ?? this.#options.market.now();
  }

  start(): void {
    this.#running = this.#run().catch((error) => this.#options.listener.failed(error));
  }

  /** Settles when nothing more is told. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  play(): void {
    if (this.#state !== "ended") this.#change("playing");
  }

  pause(): void {
    if (this.#state !== "ended") this.#change("paused");
  }

  setSpeed(speed: number): void {
    this.#catchUp();
    this.#speed = speed;
    this.#change(this.#state);
  }

  /** @param at Within the range that is played. */
  seek(at: number): void {
    this.#seek = at;
    if (this.#state === "ended") this.#state = "playing";
    this.#wake();
  }

  #change(state: PlayerState): void {
    this.#catchUp();
    this.#state = state;
    this.#setAnchor();
    this.#wake();
    // After a seek it is told when all of the time before has left.
    if (this.#seek === undefined) this.#options.listener.clock();
  }

  async #run(): Promise<void> {
    const { listener, market, reader } = this.#options;
    while (!this.#stopped) {
      if (this.#seek !== undefined) {
        const at = this.#seek;
        reader.seek(at);
        market.jumpTo(at);
        await listener.sought(at);
        if (this.#seek !== at) continue;
        this.#seek = undefined;
        this.#setAnchor();
        listener.clock();
      } else if (this.#state !== "playing") await new Promise<void>((resolve) => this.#wake = resolve);
      else if (!reader.isLoaded) await reader.load();
      else await this.#advance();
    }
  }

  /** Goes on by some records of one second, or to the end of the second. */
  async #advance(): Promise<void> {
    const { market, reader, listener, to } = this.#options;
    const { next } = reader;
    const second = Math.min(Math.floor(market.now() / 1000) * 1000 + 1000, to);
    if (next !== undefined) listener.ahead(next);
    const isInSecond = next !== undefined && this.#timeOf(next) < second;
    // The day ends with its last record.
    const target = isInSecond ? this.#timeOf(next) : next === undefined ? market.now() : second;
    if (!await this.#due(target)) return;
    if (isInSecond) this.#tell(second);
    else {
      market.turnTo(target);
      if (next === undefined || target === to) {
        this.#state = "ended";
        return listener.ended();
      }
      listener.clock();
    }
    await this.#read();
  }

  #tell(second: number): void {
    const { market, reader, listener, clock } = this.#options;
    const realNow = clock.elapsed();
    for (let count = 0; count < CHUNK; count++) {
      const { next } = reader;
      if (next === undefined) return;
      const at = this.#timeOf(next);
      if (at >= second || (this.#speed > 0 && this.#realTimeOf(at) > realNow)) return;
      // What it is about has to have left before it.
      if (next.kind !== "tick" && count > 0) return;
      market.moveTo(at);
      reader.skip();
      listener.take(next);
      if (next.kind !== "tick") return;
    }
  }

  /** A wall clock that was set back makes no time that runs backwards. */
  #timeOf(record: Replayed): number {
    return Math.max(record.at, this.#options.market.now());
  }

  #realTimeOf(market: number): number {
    return this.#anchor.real + (market - this.#anchor.market) / this.#speed;
  }

  /** Market time has gone on since the last record, though not beyond the next one. */
  #catchUp(): void {
    if (this.#state !== "playing" || this.#speed === 0 || this.#seek !== undefined) return;
    const { clock, market, reader } = this.#options;
    const time = this.#anchor.market + (clock.elapsed() - this.#anchor.real) * this.#speed;
    const second = Math.floor(market.now() / 1000) * 1000 + 999;
    market.moveTo(Math.floor(Math.min(time, second, reader.next?.at ?? 0)));
  }

  #setAnchor(): void {
    this.#anchor = { real: this.#options.clock.elapsed(), market: this.#options.market.now() };
  }

  /** Waits until a moment of the market is due. Answers whether it is: something else may come in between. */
  async #due(market: number): Promise<boolean> {
    if (this.#speed === 0) return true;
    const wait = this.#realTimeOf(market) - this.#options.clock.elapsed();
    if (wait <= 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const disarm = this.#options.clock.after(wait, () => resolve(true));
    this.#wake = () => resolve(false);
    const isDue = await promise;
    disarm();
    return isDue;
  }

  /** Waits until what was told has been read; time that this takes is no market time. */
  async #read(): Promise<void> {
    const { clock, listener, turn } = this.#options;
    await turn();
    if (listener.isRead()) return;
    await until(() => this.#stopped || listener.isRead(), clock, turn);
    this.#setAnchor();
  }
}
