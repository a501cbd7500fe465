import { getLogger } from "@logtape/logtape";
import type { Watchlist } from "../clients/instrument_selection.ts";
import type { Budget } from "../clients/instrument_budget.ts";
import type { MarketData } from "../feed/market_data.ts";
import type { UpstreamEvent } from "../market/feed_event.ts";
import type { InstrumentKey, Tick } from "../market/market.ts";
import type { Bus } from "../nats/bus.ts";
import { type Beat, beat, type Feeds, type News, readJson, toJson, WIRE_VERSION } from "../nats/messages.ts";
import type { Subjects } from "../nats/subjects.ts";
import { BEAT_MS } from "../nats/timing.ts";
import type { DataSource } from "../smartapi/data_calls.ts";
import type { EdgeNumbers } from "../status/edge_numbers.ts";
import type { Clock } from "../util/clock.ts";
import { EdgeLeases } from "./edge_leases.ts";
import { EdgeRequests } from "./edge_requests.ts";
import { TickPublisher } from "./tick_publisher.ts";

export interface HubServiceOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly subjects: Subjects;
  readonly source: "live" | "simulated";
  /** Instruments that one edge may have. */
  readonly perEdge: number;
  /** Tells this run of the hub from earlier ones, by growing; by default {@linkcode newEpoch}. */
  readonly epoch?: number;
}

/** What the edges are to be told of. */
export interface HubSources {
  readonly marketData: MarketData;
  readonly budget: () => Budget;
  readonly watchlist: Watchlist;
  readonly upSince: (key: InstrumentKey) => number | undefined;
  /** The parts of a beat that tell of other parts of the program. */
  readonly status: () => Pick<Beat, "feed" | "login" | "phases" | "instruments">;
  /** Without one, edges are given no market data by REST. */
  readonly data?: DataSource | undefined;
}

const log = getLogger(["nats"]);

/** A number that tells a run of the hub from all others; a later run has a greater one. */
export function newEpoch(clock: Clock): number {
  return clock.now() * 1024 + crypto.getRandomValues(new Uint16Array(1))[0]! % 1024;
}

/** What a hub does for its edges: publishes packets, news and its state, and answers their requests. */
export class HubService {
  readonly #options: HubServiceOptions;
  readonly #epoch: number;
  readonly #publisher: TickPublisher;
  /** What was told of each instrument's feed. */
  readonly #told = new Map<InstrumentKey, number | null>();
  /** Other hubs by epoch: when they were heard first, elapsed ms; infinite once that was said. */
  readonly #others = new Map<number, number>();
  #parts: { readonly sources: HubSources; readonly leases: EdgeLeases } | undefined;
  #requests: EdgeRequests | undefined;
  #news = 0;
  #ends: (() => void)[] = [];
  #disarm = () => {};

  constructor(options: HubServiceOptions) {
    this.#options = options;
    this.#epoch = options.epoch ?? newEpoch(options.clock);
    this.#publisher = new TickPublisher({ ...options, epoch: this.#epoch });
  }

  /** Joins it to the program, once, before {@linkcode start}. */
  attach(sources: HubSources): void {
    const { clock, perEdge } = this.#options;
    const leases = new EdgeLeases({
      ...sources,
      clock,
      perEdge,
      changed: (key, isWanted) => {
        if (isWanted) this.#publisher.begin(key);
        else {
          this.#publisher.end(key);
          this.#told.delete(key);
        }
      },
    });
    this.#parts = { sources, leases };
  }

  start(): void {
    const { bus, clock, source, subjects } = this.#options;
    const { sources, leases } = this.#joined();
    const requests = this.#requests = new EdgeRequests({
      bus,
      clock,
      source,
      subjects,
      epoch: this.#epoch,
      leases,
      publisher: this.#publisher,
      feeds: (keys) => this.#feeds(keys),
      ...sources,
    });
    this.#ends = [
      bus.subscribe(subjects.asks, (message) => requests.receive(message)),
      bus.subscribe(subjects.beat, ({ payload }) => this.#onOtherBeat(payload)),
      bus.onChange(() => this.#beat()),
    ];
    this.#beatOn();
  }

  stop(): void {
    this.#disarm();
    for (const end of this.#ends) end();
    this.#publisher.flush();
    this.#beat(true);
    this.#parts?.leases.stop();
  }

  /** Instruments by edge. */
  edges(): Record<string, number> {
    const { edges } = this.numbers();
    return Object.fromEntries(Object.entries(edges).map(([name, { instruments }]) => [name, instruments]));
  }

  numbers(): EdgeNumbers {
    return {
      edges: this.#parts?.leases.counts() ?? {},
      requests: this.#requests?.counts() ?? [],
      published: this.#publisher.sent,
    };
  }

  /** @param cameAt Elapsed ms. @param isAnswer It was taken for a last value, and not for a trade of now. */
  tick({ key }: Tick, packet: Uint8Array, cameAt: number, isAnswer: boolean): void {
    this.#publisher.tick(key, packet, cameAt, isAnswer);
  }

  rejected(reason: string, packet: Uint8Array, key: InstrumentKey | undefined): void {
    if (key !== undefined) this.#publisher.rejected(key, packet, reason);
  }

  event(event: UpstreamEvent): void {
    const { leases } = this.#joined();
    if (!("keys" in event)) return this.#tell(event);
    const keys = event.keys.filter((key) => leases.has(key));
    this.#tell(keys.length > 0 ? { ...event, keys } : undefined);
  }

  #joined() {
    if (this.#parts === undefined) throw new Error("attach() comes first");
    return this.#parts;
  }

  #beatOn(): void {
    this.#joined().leases.expire();
    this.#tell();
    this.#beat();
    this.#disarm = this.#options.clock.after(BEAT_MS, () => this.#beatOn());
  }

  #beat(leaving = false): void {
    const { bus, clock, source, subjects } = this.#options;
    if (!bus.connected) return;
    this.#publisher.flush();
    const message: Beat = {
      version: WIRE_VERSION,
      epoch: this.#epoch,
      elapsed: clock.elapsed(),
      sequences: this.#publisher.sequences,
      news: this.#news,
      source,
      ...this.#joined().sources.status(),
      ...leaving ? { leaving } : {},
    };
    bus.publish(subjects.beat, toJson(message));
  }

  /** Publishes what has changed about the feed, and what happened to it. */
  #tell(event?: UpstreamEvent): void {
    const { bus, subjects } = this.#options;
    const changed: InstrumentKey[] = [];
    for (const key of this.#joined().leases.keys) {
      const since = this.#upSince(key);
      if (this.#told.get(key) === since) continue;
      this.#told.set(key, since);
      changed.push(key);
    }
    if (event === undefined && changed.length === 0) return;
    this.#publisher.flush();
    const message: News = {
      version: WIRE_VERSION,
      epoch: this.#epoch,
      sequence: ++this.#news,
      feeds: this.#feeds(changed),
      ...event === undefined ? {} : { event: event as News["event"] },
    };
    bus.publish(subjects.news, toJson(message));
  }

  /** Since when the feeds of instruments have been up. */
  #feeds(keys: Iterable<InstrumentKey>): Feeds {
    const groups = new Map<number | null, InstrumentKey[]>();
    for (const key of keys) {
      const since = this.#upSince(key);
      const group = groups.get(since);
      if (group === undefined) groups.set(since, [key]);
      else group.push(key);
    }
    return [...groups];
  }

  #upSince(key: InstrumentKey): number | null {
    return this.#joined().sources.upSince(key) ?? null;
  }

  /**
   * A server that stood still hands on beats of connections that have ended: of this hub's own, and of one that is dead.
   * Such come all at once; a hub that is alive is heard again later.
   */
  #onOtherBeat(payload: Uint8Array): void {
    const other = readJson(beat, payload);
    if (other === undefined || other.leaving || other.epoch === this.#epoch) return;
    const now = this.#options.clock.elapsed();
    const heardAt = this.#others.get(other.epoch);
    if (heardAt === undefined && this.#others.size < 100) this.#others.set(other.epoch, now);
    if (heardAt === undefined || now - heardAt < BEAT_MS / 2) return;
    this.#others.set(other.epoch, Infinity);
    log.error(
      "another hub publishes at {beat}: two of them disturb each other's login; stop one, or give it another NATS_PREFIX",
      { beat: this.#options.subjects.beat },
    );
  }
}
