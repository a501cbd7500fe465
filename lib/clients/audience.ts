import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { Listener } from "../feed/hub.ts";
import type { InstrumentKey, Mode } from "../market.ts";
import { type Contract, DEFAULT_CONTRACT, type Wire, wireOf } from "./contract.ts";
import type { DeliveryLine } from "./delivery_line.ts";
import type { Batch } from "./outbox.ts";
import type { Piece } from "./payload.ts";
import type { TickText } from "./tick_text.ts";

/** One receiver of an audience's batches. */
export interface Member {
  deliver(batch: Batch): void;
}

export interface AudienceOptions {
  readonly clock: Clock;
  readonly line: DeliveryLine;
  /** Ticks that come within this many ms of a message leave together in the next one. */
  readonly batchMs: number;
}

const log = getLogger(["clients"]);

/** Ticks of one batch, at most, before older ones of the same instrument are dropped for newer ones. */
const MAX_PENDING = 10_000;

/**
 * Clients that want exactly the same: their messages are made once. A tick that comes after a pause leaves at once;
 * what follows within the window leaves together at its end.
 */
export class Audience implements Listener<TickText> {
  #members: readonly Member[] = [];
  #keys: InstrumentKey[] = [];
  #texts: Piece[] = [];
  readonly #wire: Wire;
  readonly #window: number;
  #conflated = 0;
  /** The window is open, or a batch is still being made. */
  #holding = false;

  constructor(
    private readonly options: AudienceOptions,
    /** What its members want. */
    readonly subscriptions: ReadonlyMap<InstrumentKey, Mode>,
    readonly contract: Contract = DEFAULT_CONTRACT,
  ) {
    this.#wire = wireOf(contract);
    this.#window = Math.max(options.batchMs, contract.interval);
  }

  get size(): number {
    return this.#members.length;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  offer(item: TickText, mode: Mode): void {
    this.#keys.push(item.tick.key);
    this.#texts.push(this.#wire.pieceOf(item, mode));
    if (!this.#holding) this.#hold();
    else if (this.#texts.length >= MAX_PENDING) this.#conflate();
  }

  /** What is pending leaves to those who were here, so that the newcomer gets nothing from before its time. */
  join(member: Member): void {
    this.#flush();
    this.#members = [...this.#members, member];
  }

  leave(member: Member): void {
    this.#flush();
    this.#members = this.#members.filter((each) => each !== member);
  }

  /** Sends what is pending and holds what comes for a window's length. */
  #hold(): void {
    this.#holding = true;
    const sent = this.#flush();
    this.options.clock.after(this.#window, () => {
      // A batch that takes longer to make than the window is waited for: there is never more than one.
      sent.then(() => {
        this.#holding = false;
        if (this.#texts.length > 0) this.#hold();
      });
    });
  }

  #flush(): Promise<void> {
    if (this.#texts.length === 0) return Promise.resolve();
    if (this.contract.interval > 0) this.#conflate();
    const keys = this.#keys;
    const texts = this.#texts;
    const conflated = this.#conflated;
    const members = this.#members;
    this.#keys = [];
    this.#texts = [];
    this.#conflated = 0;
    return this.options.line.add(this.#wire.encode(texts, { conflated }), (payload) => {
      const batch = { payload, keys, texts, conflated };
      for (const member of members) deliverTo(member, batch);
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
function deliverTo(member: Member, batch: Batch): void {
  try {
    member.deliver(batch);
  } catch (error) {
    log.error("a batch could not be delivered to a client: {error}", { error });
  }
}
