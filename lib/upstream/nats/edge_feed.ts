import { getLogger } from "@logtape/logtape";
import type { InstrumentKey, Tick } from "../../market/market.ts";
import { readBatch } from "../../nats/batch.ts";
import type { Bus } from "../../nats/bus.ts";
import { type Subjects, type Topic, topicOf } from "../../nats/subjects.ts";
import type { Clock } from "../../util/clock.ts";
import type { RejectedPacket } from "../upstream.ts";
import { EdgeInstruments } from "./edge_instruments.ts";
import type { EdgeTraffic } from "./edge_link.ts";
import type { HubFollower } from "./hub_follower.ts";
import type { Snapshot } from "./hub_requests.ts";
import { TickDelivery } from "./tick_delivery.ts";
import { type Received, TopicFeeds } from "./topic_feeds.ts";

export interface EdgeFeedOptions {
  readonly bus: Pick<Bus, "subscribe">;
  readonly clock: Clock;
  readonly subjects: Subjects;
  readonly hub: HubFollower;
  readonly traffic: EdgeTraffic;
  /** Whether what comes is to be believed. */
  readonly isLive: () => boolean;
  /** @param cameAt When it came to the hub, elapsed ms of ours. @param isAnswer The hub took it for a last value. */
  readonly tick: (tick: Tick, packet: Uint8Array<ArrayBuffer>, cameAt: number, isAnswer: boolean) => void;
  readonly rejected: (packet: RejectedPacket) => void;
  /** The newest of an instrument is known, and its feed is up. */
  readonly current: (key: InstrumentKey) => void;
  /** Messages were lost. @param since Nothing was missing then, ms since the Unix epoch. */
  readonly missed: (keys: readonly InstrumentKey[], since: number) => void;
}

const log = getLogger(["nats"]);

/** What comes of the hub's packets to an edge: each tick once and in its order, and nothing that is not of now. */
export class EdgeFeed {
  readonly instruments = new EdgeInstruments();
  readonly #options: EdgeFeedOptions;
  readonly #topics: TopicFeeds;
  readonly #delivery: TickDelivery;
  #wanted: ReadonlyMap<InstrumentKey, unknown> = new Map();

  constructor(options: EdgeFeedOptions) {
    const { clock, hub, tick, rejected } = options;
    this.#options = options;
    this.#topics = new TopicFeeds({ ...options, receive: (topic, payload) => this.#onBatch(topic, payload) });
    this.#delivery = new TickDelivery({
      instruments: this.instruments,
      tick: (each, packet, cameAt, isAnswer) =>
        tick(each, packet, Math.min(clock.elapsed(), hub.time.toLocal(cameAt)), isAnswer),
      rejected,
      current: (key) => this.#current(key),
    });
  }

  /** Takes over what is wanted. */
  follow(wanted: ReadonlyMap<InstrumentKey, unknown>): void {
    this.#wanted = wanted;
    this.instruments.follow(wanted);
    this.#topics.follow(wanted.keys(), this.#options.clock.now());
  }

  /** Nothing is believed until the last values have come again. */
  reset(): void {
    this.instruments.miss();
    this.#topics.reset();
  }

  /** Another hub is followed from now on. */
  changeHub(): void {
    this.#topics.reset();
    this.instruments.changeHub();
  }

  /** The hub has said how far it is. */
  confirm(sequences: Readonly<Record<string, number>>): void {
    const missing = this.#topics.confirm(sequences, this.#options.clock.now());
    for (const [topic, what] of missing) this.#missed(topic, what);
  }

  /** The hub's last values of some instruments have come. */
  sync(snapshot: Snapshot, keys: readonly InstrumentKey[]): void {
    this.confirm(snapshot.sequences);
    this.#delivery.deliver(snapshot.batch, true);
    // The hub has no value of the others yet: the next tick of each is its first, and nothing of it was missed.
    for (const key of keys) {
      this.instruments.sync(key);
      if (this.instruments.isUnseen(key)) this.#current(key);
    }
  }

  stop(): void {
    this.#topics.stop();
  }

  #current(key: InstrumentKey): void {
    if (this.instruments.isUp(key)) this.#options.current(key);
  }

  #onBatch(topic: Topic, payload: Uint8Array): void {
    const { clock, hub, isLive, traffic } = this.#options;
    const batch = readBatch(payload);
    if (batch === undefined || batch.epoch !== hub.epoch) return;
    const received = this.#topics.received(topic, batch.sequence, clock.now());
    if (received === "old") return;
    traffic.packets++;
    traffic.bytes += payload.length;
    if (!isLive()) return;
    // What is late is no price of now: it is as good as lost.
    const isInTime = hub.isInTime(batch.elapsed);
    if (received.missing > 0 || !isInTime) this.#missed(topic, received);
    if (isInTime) this.#delivery.deliver(batch, false);
  }

  /** Batches of a subject are missing: what its instruments are worth is not known until their last values have come. */
  #missed(topic: Topic, { missing, confirmedAt }: Received): void {
    const { missed, traffic } = this.#options;
    traffic.missingMessages += missing;
    const keys = this.instruments.miss([...this.#wanted.keys()].filter((key) => topicOf(key) === topic));
    if (keys.length === 0) return;
    traffic.lostMessages++;
    log.warn("messages of {topic} were lost: {count} instruments are asked for anew", {
      topic,
      count: keys.length,
    });
    missed(keys, confirmedAt);
  }
}
