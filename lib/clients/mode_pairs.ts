import type { MarketData } from "../feed/market_data.ts";
import type { MarketTick } from "../feed/market_tick.ts";
import { type InstrumentKey, type Mode, MODE_NUMBERS } from "../market/market.ts";
import type { ClientConnection } from "./client_connection.ts";
import type { InstrumentEvent } from "./client_event.ts";
import type { Payload, Piece } from "./delivery/encoder.ts";
import type { Delivery } from "./delivery/fanout_group.ts";
import type { Row } from "./instrument_selection.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface ModePairsSources {
  readonly marketData: MarketData;
  readonly subscriptions: Subscriptions;
}

/** How a wire on which an instrument may be had in several modes at once writes its messages. */
export interface PairWire {
  /** For all clients that need nothing of their own. */
  readonly shared: Delivery;
  /** For one client. @param modesOf The modes that it has of a tick's instrument. */
  readonly own: (modesOf: (tick: MarketTick) => Iterable<Mode> | undefined) => Delivery;
  /** Whether the client needs messages of its own though it has each instrument in one mode. */
  readonly needsOwn?: () => boolean;
  /** The last known value in a mode; undefined where there is nothing to be sent. */
  readonly lastPiece: (last: MarketTick, mode: Mode) => Piece | undefined;
  readonly payload: (pieces: readonly Piece[]) => Payload;
}

export interface PairsAdded {
  /** The rows, those that were refused now with the reason. */
  readonly rows: readonly Row[];
  /** Pairs that are new. */
  readonly changed: number;
}

/**
 * The (instrument, mode) pairs of a client. The rest of the program knows an instrument of a client in one mode: the
 * highest, whose packet holds those of the others.
 */
export class ModePairs {
  readonly #modes = new Map<InstrumentKey, Set<Mode>>();
  /** Instruments that the client has in several modes. */
  #several = 0;

  constructor(
    private readonly connection: ClientConnection,
    private readonly sources: ModePairsSources,
    private readonly wire: PairWire,
  ) {}

  /** Instruments that the client has in any mode. */
  get keys(): Iterable<InstrumentKey> {
    return this.#modes.keys();
  }

  modesOf(key: InstrumentKey): ReadonlySet<Mode> | undefined {
    return this.#modes.get(key);
  }

  /** Adds pairs, and sends the last value that is known of each new one. */
  add(rows: readonly Row[], mode: Mode): PairsAdded {
    const { connection, sources: { subscriptions } } = this;
    const isRaised = (row: Row) =>
      row.status === "accepted" && !this.#modes.get(row.key)?.has(mode) &&
      isBelow(connection.subscriptions.get(row.key), mode);
    const raised = rows.filter(isRaised);
    const answered = subscriptions.subscribe(connection, raised, mode);
    const answerOf = new Map(raised.map((row, i) => [row, answered[i]!]));
    const results = rows.map((row) => answerOf.get(row) ?? row);
    const added: InstrumentKey[] = [];
    for (const row of results) {
      if (row.status !== "accepted") continue;
      const modes = this.#modes.get(row.key) ?? new Set<Mode>();
      if (modes.has(mode)) continue;
      added.push(row.key);
      this.#modes.set(row.key, modes.add(mode));
      if (modes.size === 2) this.#several++;
    }
    this.#chooseDelivery();
    this.#sendLast(added, mode);
    return { rows: results, changed: added.length };
  }

  /** Takes pairs away; those that the client does not have are passed over. Answers how many it had. */
  remove(keys: readonly InstrumentKey[], mode: Mode): number {
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
    return changed;
  }

  /** Forgets numbers that mean nothing any more, or something else. */
  end(event: InstrumentEvent): void {
    for (const key of event.keys) {
      if ((this.#modes.get(key)?.size ?? 0) > 1) this.#several--;
      this.#modes.delete(key);
    }
    this.sources.subscriptions.end(this.connection, event);
    this.#chooseDelivery();
  }

  /** Only who has an instrument in several modes, or needs it for another reason, has messages of its own. */
  #chooseDelivery(): void {
    const { connection, wire } = this;
    const isShared = connection.delivery === wire.shared;
    const needsOwn = this.#several > 0 || (wire.needsOwn?.() ?? false);
    if (isShared === !needsOwn) return;
    const delivery = isShared ? wire.own(({ tick }) => this.#modes.get(tick.key)) : wire.shared;
    this.sources.subscriptions.setDelivery(connection, delivery);
  }

  #sendLast(keys: readonly InstrumentKey[], mode: Mode): void {
    const { connection, sources: { marketData }, wire } = this;
    const known = keys.flatMap((key) => {
      const last = marketData.last(key);
      const piece = last === undefined ? undefined : wire.lastPiece(last, mode);
      return piece === undefined || piece.length === 0 ? [] : [{ key, piece }];
    });
    if (known.length === 0) return;
    const pieces = known.map(({ piece }) => piece);
    connection.deliver({
      keys: known.map(({ key }) => key),
      pieces,
      conflated: 0,
      payload: wire.payload(pieces),
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
