import type { InstrumentKey } from "../../market/market.ts";
import type { Bus } from "../../nats/bus.ts";
import { type Subjects, type Topic, topicOf } from "../../nats/subjects.ts";

export interface TopicFeedsOptions {
  readonly bus: Pick<Bus, "subscribe">;
  readonly subjects: Subjects;
  readonly receive: (topic: Topic, payload: Uint8Array) => void;
}

export interface Received {
  /** Batches before it that did not come. */
  readonly missing: number;
  /** When nothing was missing before, ms since the Unix epoch. */
  readonly confirmedAt: number;
}

interface TopicFeed {
  readonly end: () => void;
  /** The last batch; undefined before the first one, and after another hub came. */
  sequence?: number | undefined;
  /** When nothing was missing, ms since the Unix epoch. */
  confirmedAt: number;
}

/** The subjects that carry an edge's instruments, and which of their batches have come. */
export class TopicFeeds {
  readonly #feeds = new Map<Topic, TopicFeed>();

  constructor(private readonly options: TopicFeedsOptions) {}

  /** Listens to the subjects of these instruments, and to no others. */
  follow(keys: Iterable<InstrumentKey>, now: number): void {
    const { bus, subjects, receive } = this.options;
    const wanted = new Set<Topic>();
    for (const key of keys) wanted.add(topicOf(key));
    for (const [topic, feed] of this.#feeds) {
      if (wanted.has(topic)) continue;
      feed.end();
      this.#feeds.delete(topic);
    }
    for (const topic of wanted) {
      if (this.#feeds.has(topic)) continue;
      const end = bus.subscribe(subjects.ticks(topic), ({ payload }) => receive(topic, payload));
      this.#feeds.set(topic, { end, confirmedAt: now });
    }
  }

  /** Counting begins anew. */
  reset(): void {
    for (const feed of this.#feeds.values()) feed.sequence = undefined;
  }

  /**
   * A batch has come.
   *
   * @returns `old` for one that is not to be used; otherwise whether some before it are missing, and when none was.
   */
  received(topic: Topic, sequence: number, now: number): "old" | Received {
    const feed = this.#feeds.get(topic);
    if (feed === undefined || (feed.sequence !== undefined && sequence <= feed.sequence)) return "old";
    const missing = feed.sequence === undefined ? 0 : sequence - feed.sequence - 1;
    const confirmedAt = feed.confirmedAt;
    feed.sequence = sequence;
    feed.confirmedAt = now;
    return { missing, confirmedAt };
  }

  /**
   * The hub has said how far it is.
   *
   * @returns The subjects of which something is missing.
   */
  confirm(sequences: Readonly<Record<string, number>>, now: number): Map<Topic, Received> {
    const missing = new Map<Topic, Received>();
    for (const [topic, feed] of this.#feeds) {
      const sequence = sequences[topic] ?? 0;
      if ((feed.sequence ??= sequence) < sequence) {
        missing.set(topic, { missing: sequence - feed.sequence, confirmedAt: feed.confirmedAt });
        feed.sequence = sequence;
      }
      feed.confirmedAt = now;
    }
    return missing;
  }

  stop(): void {
    for (const { end } of this.#feeds.values()) end();
    this.#feeds.clear();
  }
}
