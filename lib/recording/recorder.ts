import type { UpstreamEvent } from "../market/feed_event.ts";
import { DAY_MS, istDate, istMidnight } from "../market/ist.ts";
import { type Exchange, EXCHANGE_TYPES, type InstrumentKey, type Mode, splitKey } from "../market/market.ts";
import { AT } from "../smartapi/packet_layout.ts";
import type { Clock } from "../util/clock.ts";
import { BlockBuilder } from "./block_builder.ts";
import { BlockWriter } from "./block_writer.ts";
import type { DiskBounds } from "./folder.ts";
import type { BlockHeader, RecordedSource } from "./format.ts";
import type { RecordedEvent, RecordedInstrument } from "./recorded_event.ts";
import type { RecordingStatus } from "./recording_status.ts";
import { eventBody, KIND, refusedBody } from "./records.ts";

export interface RecorderOptions {
  readonly folder: string;
  readonly source: RecordedSource;
  readonly version: string;
  readonly bounds: DiskBounds;
  readonly clock: Clock;
  /** Those that are recorded; all when undefined. */
  readonly exchanges?: readonly Exchange[];
}

/** What the recorder asks of others. */
export interface RecorderSources {
  readonly symbolOf: (key: InstrumentKey) => string;
  /** What the exchanges do now. */
  readonly phases: () => Iterable<
    { readonly exchange: Exchange; readonly phase: string; readonly day?: string | undefined }
  >;
  /** Logins since the start, by how they came out. */
  readonly logins: () => Readonly<Record<string, number>>;
}

/** A block of a day, the last that was made before some moment. */
export interface RecordingMark {
  /** `2026-11-20`. */
  readonly date: string;
  readonly header: BlockHeader;
}

/** A block is written when it is so old, however little is in it: what a crash may cost. */
export const FLUSH_AFTER_MS = 1_000;

/**
 * Records what came from the broker, unchanged and with its time, and what gives it its meaning. On the path of the
 * ticks: a tick is copied once, and the disk is never waited for.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #writer: BlockWriter;
  readonly #block = new BlockBuilder();
  /** By the broker's number of an exchange. */
  readonly #skipped = new Uint8Array(256);
  readonly #subscribed = new Map<InstrumentKey, Mode>();
  #logins: Readonly<Record<string, number>> = {};
  #sources: RecorderSources = { symbolOf: (key) => key, phases: () => [], logins: () => ({}) };
  /** The day of the present block, and its bounds in ms since the Unix epoch. */
  #date = "";
  #dayFrom = Infinity;
  #dayTo = -Infinity;
  #sealed: RecordingMark | undefined;
  #running = false;
  #disarm: (() => void) | undefined;

  constructor(options: RecorderOptions) {
    const { folder, source, bounds, clock, exchanges } = options;
    this.#options = options;
    this.#writer = new BlockWriter({
      folder,
      source,
      bounds,
      clock,
      recovered: (lost) => this.#note({ kind: "lost", ...lost }),
    });
    if (exchanges === undefined) return;
    this.#skipped.fill(1);
    for (const exchange of exchanges) this.#skipped[EXCHANGE_TYPES[exchange]] = 0;
  }

  get folder(): string {
    return this.#options.folder;
  }

  get source(): RecordedSource {
    return this.#options.source;
  }

  /** Names whom it asks, once, before {@linkcode start}. */
  attach(sources: RecorderSources): void {
    this.#sources = sources;
  }

  start(): void {
    this.#running = true;
    this.#note({ kind: "start", version: this.#options.version });
  }

  /** Settles when everything is on the disk. Nothing is recorded afterwards. */
  async stop(): Promise<void> {
    this.#note({ kind: "stop" });
    this.#running = false;
    this.#seal();
    await this.#writer.close();
  }

  /**
   * A packet that gave a tick.
   *
   * @param at When it came, ms since the Unix epoch.
   * @param refusal Why the guard did not believe it, where it did not.
   */
  tick(packet: Uint8Array, at: number, key: InstrumentKey, refusal: string | undefined): void {
    if (this.#skipped[packet[AT.exchange]!] === 1) return;
    if (refusal === undefined) this.#add(KIND.tick, at, packet);
    else this.#add(KIND.refused, at, refusedBody(refusal, packet, key));
  }

  /** A packet that gave none. */
  refused(reason: string, packet: Uint8Array, key: InstrumentKey | undefined): void {
    if (key !== undefined && this.#skipped[packet[AT.exchange]!] === 1) return;
    this.#add(KIND.refused, this.#options.clock.now(), refusedBody(reason, packet, key));
  }

  event(event: UpstreamEvent): void {
    this.#noteLogins();
    this.#note(event);
  }

  phase(exchange: Exchange, phase: string, day: string | undefined): void {
    this.#note({ kind: "phase", exchange, phase, ...day === undefined ? {} : { day } });
  }

  /** What is subscribed now; what has changed is recorded. */
  subscribed(keys: ReadonlyMap<InstrumentKey, Mode>): void {
    const changed: [InstrumentKey, Mode][] = [];
    for (const [key, mode] of keys) {
      if (this.#subscribed.get(key) === mode || this.#skips(key)) continue;
      changed.push([key, mode]);
    }
    const ended = [...this.#subscribed.keys()].filter((key) => !keys.has(key));
    if (changed.length === 0 && ended.length === 0) return;
    // A new day's file begins with what is subscribed: with what was before, and then the change.
    this.#turnTo(this.#options.clock.now());
    for (const [key, mode] of changed) this.#subscribed.set(key, mode);
    for (const key of ended) this.#subscribed.delete(key);
    this.#note({ kind: "subscribed", instruments: changed.map((each) => this.#named(...each)), ended });
  }

  /** Writes what there is now; settles when it is written, or lost. */
  async flush(): Promise<void> {
    this.#seal();
    await this.#writer.idle();
  }

  /**
   * Marks this moment: all that was recorded before it stands in the marked block or before it, and nothing else does.
   *
   * @returns Undefined where nothing has been recorded yet. The block is on the disk, or lost, when {@linkcode flush}
   * settles.
   */
  mark(): RecordingMark | undefined {
    this.#seal();
    return this.#sealed;
  }

  /** Whether it keeps what comes of an exchange. */
  records(exchange: Exchange): boolean {
    return this.#skipped[EXCHANGE_TYPES[exchange]] === 0;
  }

  status(): RecordingStatus {
    return this.#writer.status();
  }

  #note(event: RecordedEvent): void {
    this.#add(KIND.event, this.#options.clock.now(), eventBody(event));
  }

  #add(kind: typeof KIND[keyof typeof KIND], at: number, body: Uint8Array): void {
    if (!this.#running) return;
    if (at < this.#dayFrom || at >= this.#dayTo) this.#turnTo(at);
    this.#put(kind, at, body);
  }

  #put(kind: typeof KIND[keyof typeof KIND], at: number, body: Uint8Array): void {
    if (!this.#block.fits(at, body.length)) this.#seal();
    this.#block.add(kind, at, body);
    this.#disarm ??= this.#options.clock.after(FLUSH_AFTER_MS, () => {
      this.#disarm = undefined;
      this.#noteLogins();
      this.#seal();
    });
  }

  /** Begins the block of another day with what holds there already. */
  #turnTo(at: number): void {
    if (!this.#running || (at >= this.#dayFrom && at < this.#dayTo)) return;
    this.#seal();
    this.#date = istDate(at);
    this.#dayFrom = istMidnight(at);
    this.#dayTo = this.#dayFrom + DAY_MS;
    for (const { exchange, phase, day } of this.#sources.phases()) {
      this.#put(
        KIND.event,
        at,
        eventBody({ kind: "phase", exchange, phase, ...day === undefined ? {} : { day } }),
      );
    }
    const instruments = Array.from(this.#subscribed, (each) => this.#named(...each));
    if (instruments.length === 0) return;
    this.#put(KIND.event, at, eventBody({ kind: "subscribed", instruments, ended: [] }));
  }

  #seal(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    if (this.#block.records === 0) return;
    const block = this.#block.seal();
    this.#sealed = { date: this.#date, header: block.header };
    this.#writer.add(this.#date, block);
  }

  #noteLogins(): void {
    const before = this.#logins;
    this.#logins = { ...this.#sources.logins() };
    for (const [outcome, count] of Object.entries(this.#logins)) {
      for (let i = before[outcome] ?? 0; i < count; i++) this.#note({ kind: "login", outcome });
    }
  }

  #named(key: InstrumentKey, mode: Mode): RecordedInstrument {
    return { key, symbol: this.#sources.symbolOf(key), mode };
  }

  #skips(key: InstrumentKey): boolean {
    return !this.records(splitKey(key).exchange);
  }
}
