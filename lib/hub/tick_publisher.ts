import type { InstrumentKey } from "../market/market.ts";
import { BATCH_BYTES, BatchWriter, rejectedLength } from "../nats/batch.ts";
import type { Bus } from "../nats/bus.ts";
import { type Subjects, type Topic, topicOf } from "../nats/subjects.ts";
import type { BatchCounts } from "../status/edge_numbers.ts";
import type { Clock } from "../util/clock.ts";
import { turn } from "../util/pace.ts";

export interface TickPublisherOptions {
  readonly bus: Pick<Bus, "publish" | "maxBytes">;
  readonly clock: Clock;
  readonly subjects: Subjects;
  readonly epoch: number;
}

interface TopicBatch {
  readonly topic: Topic;
  readonly subject: string;
  readonly writer: BatchWriter;
  sequence: number;
}

/**
 * Publishes the packets of instruments that edges want, in numbered batches. What comes within one round of the event loop
 * shares a message: a burst does, and a program that is busy makes larger ones. A timer would take two milliseconds.
 */
export class TickPublisher {
  readonly #topics = new Map<Topic, TopicBatch>();
  /** By instrument, so that a tick costs one look. */
  readonly #published = new Map<InstrumentKey, TopicBatch>();
  /** Those with something to send. */
  #waiting: TopicBatch[] = [];
  #isDue = false;
  readonly #sent = { batches: 0, bytes: 0, unsent: 0 };

  constructor(private readonly options: TickPublisherOptions) {}

  get sent(): BatchCounts {
    return this.#sent;
  }

  /** The last batch of each subject. */
  get sequences(): Record<string, number> {
    return Object.fromEntries(this.#topics.values().map(({ topic, sequence }) => [topic, sequence]));
  }

  /** Publishes an instrument from now on. */
  begin(key: InstrumentKey): void {
    const topic = topicOf(key);
    let batch = this.#topics.get(topic);
    if (batch === undefined) {
      const subject = this.options.subjects.ticks(topic);
      this.#topics.set(topic, batch = { topic, subject, writer: new BatchWriter(), sequence: 0 });
    }
    this.#published.set(key, batch);
  }

  /** Publishes it no more. */
  end(key: InstrumentKey): void {
    this.#published.delete(key);
  }

  /** @param cameAt Elapsed ms. @param isAnswer See {@linkcode BatchWriter.add}. */
  tick(key: InstrumentKey, packet: Uint8Array, cameAt: number, isAnswer: boolean): void {
    this.#writerFor(key, packet.length)?.add(packet, cameAt, isAnswer);
  }

  rejected(key: InstrumentKey, packet: Uint8Array, reason: string): void {
    this.#writerFor(key, rejectedLength(packet))
      ?.addRejected(packet, this.options.clock.elapsed(), key, reason);
  }

  /** Where an entry of an instrument goes; undefined for one that is not published. */
  #writerFor(key: InstrumentKey, length: number): BatchWriter | undefined {
    const batch = this.#published.get(key);
    if (batch === undefined) return undefined;
    if (!batch.writer.fits(length, this.#maxBytes)) this.flush();
    if (batch.writer.isEmpty) this.#wait(batch);
    return batch.writer;
  }

  /** Sends what was collected. A batch that cannot be sent has its number all the same: those who wait for it notice. */
  flush(): void {
    const { bus, clock, epoch } = this.options;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const batch of waiting) {
      const sequence = ++batch.sequence;
      const head = { epoch, sequence, elapsed: clock.elapsed(), wall: clock.now() };
      const bytes = batch.writer.take(head);
      if (bus.publish(batch.subject, bytes)) {
        this.#sent.batches++;
        this.#sent.bytes += bytes.length;
      } else this.#sent.unsent++;
    }
  }

  get #maxBytes(): number {
    return Math.min(BATCH_BYTES, this.options.bus.maxBytes);
  }

  #wait(batch: TopicBatch): void {
    this.#waiting.push(batch);
    if (this.#isDue) return;
    this.#isDue = true;
    turn().then(() => {
      this.#isDue = false;
      this.flush();
    });
  }
}
