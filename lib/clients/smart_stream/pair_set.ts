import type { MarketData } from "../../feed/market_data.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import { type InstrumentKey, type Mode, MODE_NUMBERS } from "../../market/market.ts";
import { BAD_PAYLOAD, OVER_LIMIT } from "../../smartapi/request_reader.ts";
import type { InstrumentEvent } from "../client_event.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { Delivery } from "../delivery/fanout_group.ts";
import type { Subscriptions } from "../subscriptions.ts";
import { framesOf, packetEncoder, packetFor } from "./encoder.ts";

export interface PairSetSources {
  readonly marketData: MarketData;
  readonly instruments: Instruments;
  readonly subscriptions: Subscriptions;
}

export interface PairChange {
  /** Pairs that are new, or were taken away. */
  readonly changed: number;
  /** Why some could not be had: the one thing the client is told. */
  readonly problem?: typeof BAD_PAYLOAD | typeof OVER_LIMIT;
}

/**
 * The (instrument, mode) pairs of a client. The rest of the program knows an instrument of a client in one mode: the
 * highest, whose packet holds those of the others.
 */
export class PairSet {
  readonly #modes = new Map<InstrumentKey, Set<Mode>>();
  /** Instruments that the client has in several modes. */
  #several = 0;

  constructor(
    private readonly connection: ClientConnection,
    private readonly sources: PairSetSources,
    private readonly shared: Delivery,
  ) {}

  /** Adds pairs, and sends the last packet that is known of each new one. */
  add(keys: readonly InstrumentKey[], mode: Mode): PairChange {
    const { instruments, subscriptions } = this.sources;
    // The broker is silent about tokens that do not exist, and about those of expired contracts.
    const wanted = keys.filter((key) => !this.#modes.get(key)?.has(mode) && instruments.mayTick(key));
    const raised = wanted.filter((key) => isBelow(this.connection.subscriptions.get(key), mode));
    const rows = subscriptions.subscribe(
      this.connection,
      raised.map((key) => ({ status: "accepted", key })),
      mode,
    );
    const added = wanted.filter((key) => this.connection.subscriptions.has(key));
    for (const key of added) {
      const modes = this.#modes.get(key) ?? new Set<Mode>();
      this.#modes.set(key, modes.add(mode));
      if (modes.size === 2) this.#several++;
    }
    this.#chooseDelivery();
    this.#sendLast(added, mode);
    const refused = rows.find((row) => row.status === "refused");
    if (refused?.status !== "refused") return { changed: added.length };
    return { changed: added.length, problem: refused.code === "not_allowed" ? BAD_PAYLOAD : OVER_LIMIT };
  }

  /** Takes pairs away; those that the client does not have are passed over. */
  remove(keys: readonly InstrumentKey[], mode: Mode): PairChange {
    const { subscriptions } = this.sources;
    const gone: InstrumentKey[] = [];
    const lowered = new Map<Mode, InstrumentKey[]>();
    let changed = 0;
    for (const key of keys) {
      const modes = this.#modes.get(key);
      if (modes === undefined || !modes.delete(mode)) continue;
      changed++;
      if (modes.size === 1) this.#several--;
      const highest = highestOf(modes);
      if (highest === undefined) {
        this.#modes.delete(key);
        gone.push(key);
      } else if (highest !== this.connection.subscriptions.get(key)) {
        lowered.set(highest, [...lowered.get(highest) ?? [], key]);
      }
    }
    subscriptions.unsubscribe(this.connection, gone);
    for (const [lower, those] of lowered) {
      subscriptions.subscribe(this.connection, those.map((key) => ({ status: "accepted", key })), lower);
    }
    this.connection.outbox.keepOnly(this.connection.subscriptions);
    this.#chooseDelivery();
    return { changed };
  }

  /** Forgets numbers that mean nothing any more, or something else: this wire has no words for it. */
  end(event: InstrumentEvent): void {
    for (const key of event.keys) {
      if ((this.#modes.get(key)?.size ?? 0) > 1) this.#several--;
      this.#modes.delete(key);
    }
    this.sources.subscriptions.end(this.connection, event);
    this.connection.outbox.keepOnly(this.connection.subscriptions);
    this.#chooseDelivery();
  }

  /** Only who has an instrument in several modes needs messages of its own. */
  #chooseDelivery(): void {
    const { connection, shared } = this;
    const isShared = connection.delivery === shared;
    if (isShared === (this.#several === 0)) return;
    const own = () => ({
      encoder: packetEncoder(`${connection.number}`, ({ tick }) => this.#modes.get(tick.key)),
      interval: 0,
    });
    this.sources.subscriptions.setDelivery(connection, isShared ? own() : shared);
  }

  #sendLast(keys: readonly InstrumentKey[], mode: Mode): void {
    const known = keys.flatMap((key) => {
      const last = this.sources.marketData.last(key);
      const packet = last === undefined ? undefined : packetFor(last, mode);
      return packet === undefined || packet.length === 0 ? [] : [{ key, packet }];
    });
    if (known.length === 0) return;
    const pieces = known.map(({ packet }) => packet);
    this.connection.deliver({
      keys: known.map(({ key }) => key),
      pieces,
      conflated: 0,
      payload: framesOf(pieces),
    });
  }
}

function isBelow(present: Mode | undefined, mode: Mode): boolean {
  return present === undefined || MODE_NUMBERS[present] < MODE_NUMBERS[mode];
}

function highestOf(modes: Iterable<Mode>): Mode | undefined {
  let highest: Mode | undefined;
  for (const mode of modes) if (isBelow(highest, mode)) highest = mode;
  return highest;
}
