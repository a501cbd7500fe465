import type { Subscriber } from "../../feed/subscribers.ts";
import type { MarketTick } from "../../feed/market_tick.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { Traffic } from "../traffic.ts";
import type { WorkQueue } from "../work_queue.ts";
import type { Batch, Encoder, Payload, Piece } from "./encoder.ts";
import { drain, type GroupMember, withEach } from "./group_member.ts";
import { makeInTurns, partsOf } from "./long_batches.ts";
import type { Run, SharedTimers } from "./shared_timers.ts";

/** How a group's ticks are to be delivered. */
export interface Delivery {
  readonly encoder: Encoder;
  /** ms; 0 for every tick, else the latest value of each instrument once in each interval. */
  readonly interval: number;
}

export interface FanoutGroupOptions {
  readonly clock: Clock;
  readonly timers: SharedTimers;
  /** Ticks that come within this many ms of a message leave together in the next one. */
  readonly batchMs: number;
  readonly traffic: Traffic;
  /** Where long messages take their turns. */
  readonly work: WorkQueue;
  /** No tick is dropped for a newer one, however late they leave: who offers them waits for those who read. */
  readonly everyTick?: boolean | undefined;
}

/** Ticks of one batch, at most, before older ones of the same instrument are dropped for newer ones. */
const MAX_PENDING = 10_000;

/**
 * A batch that leaves later than it was to by this much shows a program that has more to do than it can: only the
 * newest of each instrument goes on, or the delay would grow with the work that waits.
 */
const BEHIND_MS = 250;

/**
 * Clients that are delivered exactly the same: their messages are made once. A tick that comes after a pause leaves at
 * once, with all that came in one read with it; what follows within the window leaves together at its end.
 */
export class FanoutGroup implements Subscriber {
  readonly #members = new Set<GroupMember>();
  #list: readonly GroupMember[] | undefined;
  #keys: InstrumentKey[] = [];
  #pieces: Piece[] = [];
  #delivery: Delivery;
  #encoder: Encoder;
  #window: number;
  #conflated = 0;
  /** When the oldest tick that is pending was offered, elapsed ms; so are all times here. */
  #oldest = 0;
  /** A time to leave is set for what is pending. */
  #due = false;
  /** When the window ends that the last batch has opened. */
  #windowEnd = 0;
  /** When what is pending is to leave. */
  #dueAt = 0;
  /** Parts of long batches that have left and are not made yet. */
  #unmade = 0;
  /** What is pending was to leave meanwhile. */
  #overdue = false;

  /** One function for all batches: a group has one of them at a time. */
  #send: Run = this.#sender();

  constructor(private readonly options: FanoutGroupOptions, delivery: Delivery) {
    this.#delivery = delivery;
    this.#encoder = delivery.encoder;
    this.#window = Math.max(options.batchMs, delivery.interval);
  }

  get delivery(): Delivery {
    return this.#delivery;
  }

  /** From here on all members are delivered in another way; what is pending leaves in the old one. */
  setDelivery(delivery: Delivery): void {
    this.flush();
    this.#delivery = delivery;
    this.#encoder = delivery.encoder;
    this.#window = Math.max(this.options.batchMs, delivery.interval);
    // A time that was set for the old interval may be a minute away.
    this.#send = this.#sender();
    this.#due = false;
    this.#overdue = false;
    this.#windowEnd = 0;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Never changed: a batch goes to those who were here. Made anew for the first batch after a change, and not for each. */
  get members(): readonly GroupMember[] {
    return this.#list ??= [...this.#members];
  }

  offer(tick: MarketTick, mode: Mode): void {
    const piece = this.#encoder.pieceOf(tick, mode);
    if (piece === undefined) return;
    if (this.#keys.length === 0) this.#begin();
    this.#keys.push(tick.tick.key);
    this.#pieces.push(piece);
    if (this.#pieces.length >= MAX_PENDING && !this.options.everyTick) this.#conflate();
  }

  /** What is pending leaves to those who were here, so that the newcomer gets nothing from before its time. */
  join(member: GroupMember): void {
    this.flush();
    this.#members.add(member);
    this.#list = undefined;
  }

  leave(member: GroupMember): void {
    this.flush();
    this.#members.delete(member);
    this.#list = undefined;
  }

  /** Sends what is pending. @param stale It is of before an outage, or of before the market's close. */
  flush(stale = false): void {
    if (this.#pieces.length === 0) return;
    if (this.#delivery.interval > 0) this.#conflate();
    const encoder = this.#encoder;
    const batch: Batch = {
      keys: this.#keys,
      pieces: this.#pieces,
      conflated: this.#conflated,
      ...stale ? { stale } : {},
      payload: undefined,
    };
    const { members } = this;
    const oldest = this.#oldest;
    this.#keys = [];
    this.#pieces = [];
    this.#conflated = 0;
    const parts = this.options.everyTick ? undefined : partsOf(batch);
    if (parts !== undefined) return this.#makeInTurns(parts, members, oldest);
    const { pieces, conflated } = batch;
    const encoded = encoder.encode(pieces, { conflated, stale, sentAt: this.options.clock.now() });
    if (encoded instanceof Promise) {
      withEach(members, (member) => member.deliver(batch));
      encoded.then((payload) => {
        this.#made(batch, payload, encoder);
        withEach(members, drain);
        this.#written(oldest);
      });
      return;
    }
    this.#made(batch, encoded, encoder);
    withEach(members, (member) => member.deliver(batch));
    this.#written(oldest);
  }

  /** The next batch waits until this one is made: what cannot be made as fast as it comes is replaced by what is newer. */
  #makeInTurns(parts: readonly Batch[], members: readonly GroupMember[], oldest: number): void {
    const { clock, timers, work } = this.options;
    const encoder = this.#encoder;
    this.#unmade += parts.length;
    for (const part of parts) withEach(members, (member) => member.deliver(part));
    makeInTurns(parts, {
      work,
      lane: this,
      encode: (part) => encoder.encode(part.pieces, { ...part, sentAt: clock.now() }),
      made: (part) => {
        this.#made(part, part.payload!, encoder);
        withEach(members, drain);
        this.#unmade--;
        if (part === parts.at(-1)) this.#written(oldest);
        if (this.#unmade > 0 || !this.#overdue) return;
        this.#overdue = false;
        timers.soon(this.#send);
      },
    });
  }

  #made(batch: Batch, payload: Payload, { encoding }: Encoder): void {
    batch.payload = payload;
    this.options.traffic.batch(encoding, payload, batch.pieces);
  }

  /** @param oldest When the batch's oldest tick was offered. */
  #written(oldest: number): void {
    const { clock, traffic } = this.options;
    traffic.writeSeconds.observe((clock.elapsed() - oldest) / 1000);
  }

  /** Whether something pending is of one of these instruments. */
  hasPending(isConcerned: (key: InstrumentKey) => boolean): boolean {
    return this.#keys.some(isConcerned);
  }

  /** Begins a batch and sets when it leaves. After a pause no timer is needed: waking up costs more than a batch. */
  #begin(): void {
    const { clock, timers } = this.options;
    const now = clock.elapsed();
    this.#oldest = now;
    // What was pending left before its time, when someone came or went: its timer stands.
    if (this.#due) return;
    this.#due = true;
    const wait = this.#windowEnd - now;
    this.#dueAt = now + Math.max(0, wait);
    if (wait <= 0) timers.soon(this.#send);
    else timers.after(wait, this.#send, now);
  }

  #sender(): Run {
    const send: Run = (now) => {
      if (this.#send !== send) return;
      if (this.#unmade > 0) {
        this.#overdue = true;
        return;
      }
      this.#due = false;
      this.#windowEnd = now + this.#window;
      if (now - this.#dueAt >= BEHIND_MS && !this.options.everyTick) this.#conflate();
      this.flush();
    };
    return send;
  }

  #conflate(): void {
    const latest = new Map<InstrumentKey, Piece>();
    this.#keys.forEach((key, i) => {
      latest.delete(key);
      latest.set(key, this.#pieces[i]!);
    });
    this.#conflated += this.#keys.length - latest.size;
    this.#keys = [...latest.keys()];
    this.#pieces = [...latest.values()];
  }
}
