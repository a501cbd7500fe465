import type { Watchlist } from "../clients/instrument_selection.ts";
import { Places } from "../clients/places.ts";
import type { Budget } from "../clients/instrument_budget.ts";
import type { MarketData } from "../feed/market_data.ts";
import { higherMode, type InstrumentKey, keyOf, type Mode } from "../market/market.ts";
import { LEASE_MS } from "../nats/timing.ts";
import type { EdgeNumbers } from "../status/edge_numbers.ts";
import type { Clock } from "../util/clock.ts";

export interface EdgeLeasesOptions {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, "subscribe" | "unsubscribe" | "demand">;
  readonly budget: () => Budget;
  readonly watchlist: Watchlist;
  /** Instruments that one edge may have. */
  readonly perEdge: number;
  /** An instrument is wanted by an edge now, or by none any more. */
  readonly changed: (key: InstrumentKey, isWanted: boolean) => void;
}

/** Why an edge does not get an instrument. */
export interface LeaseRefusal {
  readonly code: string;
  readonly message: string;
}

/** Names of edges are given by whoever may publish; more than these are refused. */
const MAX_EDGES = 100;

/** Runs of one edge that are remembered: the present one, and some that died a moment ago. */
const MAX_RUNS = 8;

interface Run {
  readonly wanted: ReadonlyMap<InstrumentKey, Mode>;
  /** Elapsed ms. */
  readonly until: number;
}

/** One edge: what its runs want together is subscribed like the list of a client. */
class EdgeLease {
  readonly runs = new Map<string, Run>();
  granted: ReadonlyMap<InstrumentKey, Mode> = new Map();
  /** Instruments that it wants and does not get. */
  refused = 0;

  /** Its ticks leave as packets, before anyone is offered them. */
  offer(): void {}
}

/**
 * What the edges want, for as long as they say so again and again: an edge that died frees its places by itself.
 * The places are those of all clients; what the watch list reserves is reserved against edges as well.
 */
export class EdgeLeases {
  readonly #edges = new Map<string, EdgeLease>();
  /** How many edges have each instrument. */
  readonly #holders = new Map<InstrumentKey, number>();

  constructor(private readonly options: EdgeLeasesOptions) {}

  /** What any edge has. */
  get keys(): IterableIterator<InstrumentKey> {
    return this.#holders.keys();
  }

  has(key: InstrumentKey): boolean {
    return this.#holders.has(key);
  }

  /** What one edge has. */
  of(edge: string): ReadonlyMap<InstrumentKey, Mode> {
    return this.#edges.get(edge)?.granted ?? new Map();
  }

  /** By edge. */
  counts(): EdgeNumbers["edges"] {
    return Object.fromEntries(
      this.#edges.entries().map(([name, { granted, refused }]) => [
        name,
        { instruments: granted.size, refused },
      ]),
    );
  }

  /** Instruments that an edge may have in all, as things stand; those of the watch list among them. */
  capacityOf(edge: string): number {
    const { left, reserved } = this.options.budget();
    return Math.min(this.options.perEdge, this.of(edge).size + left + reserved);
  }

  /**
   * Takes over what a run of an edge wants now.
   *
   * @returns What it does not get, and why.
   */
  renew(
    edge: string,
    run: string,
    wanted: ReadonlyMap<InstrumentKey, Mode>,
  ): Map<InstrumentKey, LeaseRefusal> {
    this.expire();
    let lease = this.#edges.get(edge);
    if (lease === undefined) {
      if (wanted.size === 0) return new Map();
      if (this.#edges.size >= MAX_EDGES) {
        return refuseAll(wanted, `the hub serves ${MAX_EDGES} edges at most`);
      }
      this.#edges.set(edge, lease = new EdgeLease());
    }
    if (wanted.size === 0) lease.runs.delete(run);
    else {
      if (!lease.runs.has(run) && lease.runs.size >= MAX_RUNS) {
        return refuseAll(
          wanted,
          `${MAX_RUNS} programs go by the name ${edge}: each edge needs one of its own`,
        );
      }
      lease.runs.set(run, { wanted, until: this.options.clock.elapsed() + LEASE_MS });
    }
    return this.#grant(edge, lease);
  }

  /** Forgets what was not renewed in time. */
  expire(): void {
    const now = this.options.clock.elapsed();
    for (const [name, lease] of [...this.#edges]) {
      const before = lease.runs.size;
      for (const [run, { until }] of lease.runs) if (until <= now) lease.runs.delete(run);
      if (lease.runs.size < before) this.#grant(name, lease);
    }
  }

  stop(): void {
    for (const [name, lease] of [...this.#edges]) {
      lease.runs.clear();
      this.#grant(name, lease);
    }
  }

  #grant(name: string, lease: EdgeLease): Map<InstrumentKey, LeaseRefusal> {
    const wanted = new Map<InstrumentKey, Mode>();
    for (const run of lease.runs.values()) {
      for (const [key, mode] of run.wanted) wanted.set(key, higherMode(mode, wanted.get(key) ?? mode));
    }
    this.#take(lease, kept(lease.granted, wanted));
    const { granted, refused } = this.#places(name, lease, wanted);
    this.#take(lease, granted);
    lease.refused = refused.size;
    if (lease.runs.size === 0) this.#edges.delete(name);
    return refused;
  }

  /** Those it has come first: newcomers take what is left. */
  #places(name: string, { granted: had }: EdgeLease, wanted: ReadonlyMap<InstrumentKey, Mode>) {
    const { budget, marketData, perEdge, watchlist } = this.options;
    const granted = new Map([...wanted].filter(([key]) => had.has(key)));
    const refused = new Map<InstrumentKey, LeaseRefusal>();
    const places = new Places({
      entitlement: { name },
      subscriptions: had,
      wanted: marketData.demand.wanted,
      capacity: budget().capacity,
      watchlist: new Set(
        [...watchlist].flatMap(([exchange, list]) => list.map((token) => keyOf(exchange, token))),
      ),
      limit: Infinity,
      asked: wanted.size - granted.size,
    });
    for (const [key, mode] of wanted) {
      if (granted.has(key)) continue;
      const refusal = granted.size < perEdge ? places.take(key) : {
        code: "too_many_instruments",
        message:
          `an edge may have ${perEdge} instruments: unsubscribe others, or raise NATS_EDGE_INSTRUMENTS at the hub`,
      };
      if (refusal === undefined) granted.set(key, mode);
      else refused.set(key, refusal);
    }
    return { granted, refused };
  }

  /** Subscribes a lease to exactly this. */
  #take(lease: EdgeLease, granted: ReadonlyMap<InstrumentKey, Mode>): void {
    const { changed, marketData } = this.options;
    const before = lease.granted;
    lease.granted = granted;
    for (const key of before.keys()) {
      if (granted.has(key)) continue;
      const holders = this.#holders.get(key)! - 1;
      if (holders > 0) this.#holders.set(key, holders);
      else {
        this.#holders.delete(key);
        changed(key, false);
      }
      marketData.unsubscribe(lease, key);
    }
    for (const [key, mode] of granted) {
      if (!before.has(key)) {
        const holders = this.#holders.get(key) ?? 0;
        this.#holders.set(key, holders + 1);
        if (holders === 0) changed(key, true);
      }
      if (before.get(key) !== mode) marketData.subscribe(lease, key, mode);
    }
  }
}

/** What of it is still wanted. */
function kept(
  granted: ReadonlyMap<InstrumentKey, Mode>,
  wanted: ReadonlyMap<InstrumentKey, Mode>,
): Map<InstrumentKey, Mode> {
  return new Map([...granted].filter(([key]) => wanted.has(key)));
}

function refuseAll(
  wanted: ReadonlyMap<InstrumentKey, unknown>,
  message: string,
): Map<InstrumentKey, LeaseRefusal> {
  return new Map(wanted.keys().map((key) => [key, { code: "not_allowed", message }]));
}
