import type { Freshness } from "../feed/freshness.ts";
import type { MarketData } from "../feed/market_data.ts";
import type { MarketTick } from "../feed/market_tick.ts";
import type { Subscriber } from "../feed/subscribers.ts";
import type { InstrumentKey, Mode } from "../market/market.ts";
import { type Clock, momentOf } from "../util/clock.ts";
import type { NamedChain } from "./chain_parts.ts";
import type { ClientConnection } from "./client_connection.ts";
import type { InstrumentEvent } from "./client_event.ts";
import type { Batch, Piece } from "./delivery/encoder.ts";
import type { Delivery } from "./delivery/fanout_group.ts";
import type { FanoutGroups, SubscriptionChanges } from "./delivery/fanout_groups.ts";
import { makeInTurns } from "./delivery/long_batches.ts";
import type { InstrumentBudget } from "./instrument_budget.ts";
import type { Row } from "./instrument_selection.ts";
import type { WorkQueue } from "./work_queue.ts";

export interface SubscriptionsOptions {
  readonly clock: Clock;
  readonly marketData: MarketData;
  readonly groups: FanoutGroups;
  readonly budget: InstrumentBudget;
  /** Where long answers take their turns. */
  readonly work: WorkQueue;
}

/** A last known value as it stood when it was asked for. */
interface LastValue {
  readonly key: InstrumentKey;
  readonly tick: MarketTick;
  readonly mode: Mode;
  readonly freshness: Freshness;
}

/** Last values, the messages of which are made later. */
interface SnapshotBatch extends Batch {
  readonly keys: InstrumentKey[];
  readonly pieces: Piece[];
  readonly values: readonly LastValue[];
}

/** Last values of one message: with depth, and compressed, so many take 5 ms. */
const SNAPSHOT_VALUES = 100;
const SNAPSHOT_UNITS = 20;

/** What the clients are subscribed to: one set of rules for every wire. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  /** Who stands for a client that has instruments which are not live yet. */
  readonly #rewinding = new WeakMap<ClientConnection, Subscriber>();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /**
   * Subscribes a client to what it may have and what there is room for.
   *
   * @param mode Undefined keeps the mode that an instrument has, and is `ltp` for a new one.
   * @param without Given where ticks are not what is wanted: the mode that what is wanted is made of. An instrument of
   * which the client has ticks keeps them.
   * @returns The rows, those that were refused now with the reason.
   */
  subscribe(
    connection: ClientConnection,
    rows: readonly Row[],
    mode: Mode | undefined,
    without?: (key: InstrumentKey) => Mode,
  ): Row[] {
    const results = this.#options.budget.permitted(connection, rows);
    const changes = new Map<InstrumentKey, Mode | undefined>();
    for (const row of results) {
      if (row.status !== "accepted") continue;
      const { key } = row;
      const before = connection.isQuiet(key) ? undefined : connection.subscriptions.get(key);
      const quiet = without !== undefined && mode === undefined && before === undefined;
      connection.setQuiet(key, quiet);
      const wanted = quiet ? without(key) : mode ?? before ?? DEFAULT_MODE;
      changes.set(key, connection.chainParts.name(key, wanted));
    }
    this.#change(connection, changes);
    return results;
  }

  /**
   * The same, but nothing of it is live for the client before its {@linkcode release}. Upstream it is subscribed at once.
   */
  subscribeLater(connection: ClientConnection, rows: readonly Row[], mode: Mode | undefined): Row[] {
    const results = this.#options.budget.permitted(connection, rows);
    const given = new Map<InstrumentKey, Mode | undefined>();
    const wanted = new Map<InstrumentKey, Mode | undefined>();
    for (const row of results) {
      if (row.status !== "accepted") continue;
      const { key } = row;
      const asked = mode ?? connection.subscriptions.get(key) ?? DEFAULT_MODE;
      wanted.set(key, connection.chainParts.name(key, asked));
      if (connection.subscriptions.has(key) && !connection.rewinding.has(key)) given.set(key, undefined);
      connection.rewinding.add(key);
    }
    this.#change(connection, wanted);
    this.#options.groups.change(connection, connection.delivery, given);
    return results;
  }

  /** What was subscribed for later is live from here on; what the client gave up meanwhile is not. */
  release(connection: ClientConnection, keys: readonly InstrumentKey[]): void {
    const live = new Map<InstrumentKey, Mode>();
    for (const key of keys) {
      if (!connection.rewinding.delete(key)) continue;
      const mode = connection.subscriptions.get(key);
      if (mode !== undefined && connection.isOpen) live.set(key, mode);
    }
    this.#options.groups.change(connection, connection.delivery, live);
    for (const key of keys) this.#options.marketData.unsubscribe(this.#placeOf(connection), key);
  }

  /** Gives up what a client has named; what it has as a part of a chain stays. */
  unsubscribe(connection: ClientConnection, keys: readonly InstrumentKey[]): void {
    this.#change(connection, new Map(keys.map((key) => [key, connection.chainParts.name(key, undefined)])));
  }

  /** Gives clients what they are to have as parts of a chain, or takes it away. Equal changes are made once for all. */
  changeParts(chain: NamedChain, changes: ReadonlyMap<ClientConnection, SubscriptionChanges>): void {
    const at = momentOf(this.#options.clock);
    const alike = new Map<string, { members: ClientConnection[]; changes: SubscriptionChanges }>();
    for (const [connection, wanted] of changes) {
      const { chainParts, subscriptions } = connection;
      const effective = new Map<InstrumentKey, Mode | undefined>();
      for (const [key, mode] of wanted) {
        const present = subscriptions.get(key);
        const wasQuiet = connection.isQuiet(key);
        const counts = chainParts.change(chain, key, mode, present);
        const isQuiet = connection.isQuiet(key);
        if (counts === present && wasQuiet === isQuiet) continue;
        effective.set(key, isQuiet ? undefined : counts);
        connection.setSubscription(key, counts, at);
      }
      const id = Array.from(effective, ([key, mode]) => `${key} ${mode}`).join();
      const known = alike.get(id);
      if (known !== undefined) known.members.push(connection);
      else if (effective.size > 0) alike.set(id, { members: [connection], changes: effective });
    }
    for (const { members, changes } of alike.values()) this.#options.groups.changeAll(members, changes);
  }

  /** Ends a client's subscriptions to numbers that mean nothing any more, or something else: their places are free. */
  end(connection: ClientConnection, { kind, changes }: InstrumentEvent): void {
    if (kind === "renamed") return;
    const ended = changes.flatMap((change) => {
      const mode = connection.subscriptions.get(change.key);
      return mode === undefined ? [] : [{ mode, state: kind, change }];
    });
    if (ended.length === 0) return;
    for (const { change } of ended) connection.chainParts.forget(change.key);
    this.unsubscribe(connection, ended.map(({ change }) => change.key));
    for (const each of ended) connection.noteEnded(each.change.key, each);
    connection.outbox.keepOnly(connection.subscriptions);
  }

  /** Changes how a client is delivered. */
  setDelivery(connection: ClientConnection, delivery: Delivery): void {
    connection.delivery = delivery;
    this.#change(connection, new Map());
  }

  /**
   * Sends the last known values of some of a client's instruments, in their turn: each as it is now, before all that comes
   * after it. Many take several messages, which are made in turns of the event loop.
   */
  sendSnapshot(connection: ClientConnection, wanted: Iterable<InstrumentKey>): void {
    const { clock, marketData, work } = this.#options;
    const { encoder } = connection.delivery;
    const values = this.#lastValues(connection, wanted);
    const batches: SnapshotBatch[] = [];
    for (let from = 0; from < values.length; from += SNAPSHOT_VALUES) {
      const some = values.slice(from, from + SNAPSHOT_VALUES);
      batches.push({ keys: [], pieces: [], values: some, conflated: 0, payload: undefined });
    }
    for (const batch of batches) connection.deliver(batch);
    makeInTurns(batches, {
      work,
      lane: connection,
      units: SNAPSHOT_UNITS,
      complete({ keys, pieces, values }) {
        if (!connection.isOpen) return;
        for (const { key, tick, mode, freshness } of values) {
          // Without a newer tick its feed may have gone down meanwhile; otherwise that tick follows.
          const isLast = marketData.last(key) === tick;
          const piece = encoder.snapshotOf(tick, mode, isLast ? marketData.freshness(key, mode) : freshness);
          if (piece === undefined) continue;
          keys.push(key);
          pieces.push(piece);
        }
      },
      encode: ({ pieces }) => encoder.encode(pieces, { snapshot: true, sentAt: clock.now() }),
      made: () => connection.drain(),
    });
  }

  #lastValues(connection: ClientConnection, wanted: Iterable<InstrumentKey>): LastValue[] {
    const { marketData } = this.#options;
    const values: LastValue[] = [];
    for (const key of new Set(wanted)) {
      const tick = marketData.last(key);
      const mode = connection.subscriptions.get(key);
      if (tick === undefined || mode === undefined || connection.isQuiet(key)) continue;
      values.push({ key, tick, mode, freshness: marketData.freshness(key, mode) });
    }
    return values;
  }

  #change(connection: ClientConnection, changes: SubscriptionChanges): void {
    const at = momentOf(this.#options.clock);
    const live = new Map<InstrumentKey, Mode | undefined>();
    for (const [key, mode] of changes) {
      connection.setSubscription(key, mode, at);
      if (connection.rewinding.has(key)) this.#keepPlace(connection, key, mode);
      else live.set(key, connection.isQuiet(key) ? undefined : mode);
    }
    this.#options.groups.change(connection, connection.delivery, live);
  }

  /** What is not live yet is wanted all the same. */
  #keepPlace(connection: ClientConnection, key: InstrumentKey, mode: Mode | undefined): void {
    const { marketData } = this.#options;
    if (mode !== undefined) return marketData.subscribe(this.#placeOf(connection), key, mode);
    connection.rewinding.delete(key);
    marketData.unsubscribe(this.#placeOf(connection), key);
  }

  #placeOf(connection: ClientConnection): Subscriber {
    let place = this.#rewinding.get(connection);
    if (place === undefined) this.#rewinding.set(connection, place = { offer() {} });
    return place;
  }
}

/** What a command asks for where it does not say. */
const DEFAULT_MODE: Mode = "ltp";
