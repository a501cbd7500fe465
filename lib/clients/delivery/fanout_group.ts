import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../util/clock.ts";
import type { Subscriber } from "../../feed/hub.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import {
  DEFAULT_DELIVERY,
  type DeliveryOptions,
  type Encoder,
  encoderFor,
} from "../json/delivery_options.ts";
import type { DeliveryLine } from "./delivery_line.ts";
import type { Batch } from "./outbox.ts";
import type { Piece } from "../json/payload.ts";
import type { SharedTimers } from "./shared_timers.ts";
import type { TickJson } from "../json/tick_json.ts";
import type { Traffic } from "../traffic.ts";

/** One receiver of an group's batches. */
export interface GroupMember {
  deliver(batch: Batch): void;
}

export interface FanoutGroupOptions {
  readonly clock: Clock;
  readonly line: DeliveryLine;
  readonly timers: SharedTimers;
  /** Ticks that come within this many ms of a message leave together in the next one. */
  readonly batchMs: number;
  readonly traffic: Traffic;
}

const log = getLogger(["clients"]);

/** Ticks of one batch, at most, before older ones of the same instrument are dropped for newer ones. */
const MAX_PENDING = 10_000;

/**
 * A batch that leaves later than it was to by this much shows a program that has more to do than it can: only the
 * newest of each instrument goes on, or the delay would grow with the work that waits.
 */
const BEHIND_MS = 250;

/**
 * Clients that want exactly the same: their messages are made once. A tick that comes after a pause leaves at once,
 * with all that came in one read with it; what follows within the window leaves together at its end.
 */
export class FanoutGroup implements Subscriber<TickJson> {
  #members: readonly GroupMember[] = [];
  #keys: InstrumentKey[] = [];
  #texts: Piece[] = [];
  readonly #window: number;
  #conflated = 0;
  /** When the oldest tick that is pending was received, ms since the Unix epoch. */
  #oldest = 0;
  /** What is pending has its time to leave. */
  #due = false;
  /** When the window ends that the last batch has opened, ms since the Unix epoch. */
  #windowEnd = 0;
  /** When what is pending is to leave. */
  #dueAt = 0;

  constructor(
    private readonly options: FanoutGroupOptions,
    /** What its members want. */
    readonly subscriptions: ReadonlyMap<InstrumentKey, Mode>,
    readonly contract: DeliveryOptions = DEFAULT_DELIVERY,
    private readonly wire: Encoder = encoderFor(contract),
  ) {
    this.#window = Math.max(options.batchMs, contract.interval);
  }

  get size(): number {
    return this.#members.length;
  }

  get members(): readonly GroupMember[] {
    return this.#members;
  }

  offer(item: TickJson, mode: Mode): void {
    if (this.#keys.length === 0) this.#oldest = item.tick.receivedAt;
    this.#keys.push(item.tick.key);
    this.#texts.push(this.wire.pieceOf(item, mode));
    if (!this.#due) this.#arrange();
    else if (this.#texts.length >= MAX_PENDING) this.#conflate();
  }

  /** What is pending leaves to those who were here, so that the newcomer gets nothing from before its time. */
  join(member: GroupMember): void {
    this.#flush();
    this.#members = [...this.#members, member];
  }

  leave(member: GroupMember): void {
    this.#flush();
    this.#members = this.#members.filter((each) => each !== member);
  }

  /** Sees to it that what is pending leaves. After a pause no timer is needed: waking up is dearer than a batch. */
  #arrange(): void {
    this.#due = true;
    const now = this.options.clock.now();
    // Not longer than a window, whatever was done to the machine's clock.
    const wait = Math.min(this.#windowEnd - now, this.#window);
    this.#dueAt = now + Math.max(0, wait);
    if (wait <= 0) queueMicrotask(() => this.#send());
    else this.options.timers.after(wait, () => this.#send());
  }

  #send(): void {
    const now = this.options.clock.now();
    this.#due = false;
    this.#windowEnd = now + this.#window;
    if (now - this.#dueAt >= BEHIND_MS) this.#conflate();
    this.#flush();
  }

  #flush(): void {
    if (this.#texts.length === 0) return;
    if (this.contract.interval > 0) this.#conflate();
    const keys = this.#keys;
    const texts = this.#texts;
    const conflated = this.#conflated;
    const members = this.#members;
    const oldest = this.#oldest;
    const { clock, traffic } = this.options;
    this.#keys = [];
    this.#texts = [];
    this.#conflated = 0;
    // Made in its turn on the line, where an error is this message's alone.
    this.options.line.add(undefined, () => {
      const payload = this.wire.encode(texts, { conflated, sentAt: clock.now() });
      const batch = { payload, keys, texts, conflated };
      for (const member of members) deliverTo(member, batch);
      traffic.batch(this.contract.encoding, payload, texts);
      traffic.writeSeconds.observe((clock.now() - oldest) / 1000);
    });
  }

  #conflate(): void {
    const latest = new Map<InstrumentKey, Piece>();
    for (let i = 0; i < this.#keys.length; i++) {
      latest.delete(this.#keys[i]);
      latest.set(this.#keys[i], this.#texts[i]);
    }
    this.#conflated += this.#keys.length - latest.size;
    this.#keys = [...latest.keys()];
    this.#texts = [...latest.values()];
  }
}

/** Whatever goes wrong with one member stays with it. */
function deliverTo(member: GroupMember, batch: Batch): void {
  try {
    member.deliver(batch);
  } catch (error) {
    log.error("a batch could not be delivered to a client, a fault of the proxy; please report it: {error}", {
      error,
    });
  }
}
