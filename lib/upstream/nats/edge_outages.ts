import type { Demand } from "../../market/demand.ts";
import type { InstrumentKey } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import { GapRecords } from "../broker/gap_records.ts";
import { Outage } from "../broker/outage.ts";
import type { UpstreamCause, UpstreamEvent } from "../upstream.ts";

/** What an edge's clients are told of the way between hub and edge: each trouble once, and its end with the gap. */
export class EdgeOutages {
  /** Of the hub as a whole. */
  readonly #hub: Outage;
  /** Of messages that were lost while the hub was followed, and of what it took back. */
  readonly #lost: GapRecords;
  readonly #tell: (event: UpstreamEvent) => void;
  /** Since when the hub is not followed. */
  #since: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly demand: Demand,
    granted: () => ReadonlyMap<InstrumentKey, unknown>,
    tell: (event: UpstreamEvent) => void,
  ) {
    this.#hub = new Outage({ clock, wanted: granted, event: tell });
    this.#lost = new GapRecords(clock, tell);
    this.#tell = tell;
  }

  /** The hub is followed. */
  connected(): void {
    this.#since = undefined;
    this.#hub.connected();
  }

  /** The hub gives these no more, which is told by its refusal; should it give them again, there is a gap. */
  takenBack(keys: readonly InstrumentKey[]): void {
    if (keys.length > 0) this.#lost.begin(keys, this.#since ?? this.clock.now());
  }

  /** The hub is followed no more, or still not. @param since Of its last sign of life, ms since the Unix epoch. */
  down(cause: UpstreamCause, since: number, wasConnected: boolean): void {
    this.#since ??= since;
    if (wasConnected) this.#hub.lost();
    this.#hub.down(cause, since);
  }

  /** Messages were lost, since then. */
  missed(keys: readonly InstrumentKey[], since: number): void {
    const cause = { kind: "lost", message: "messages between the hub and this edge were lost" };
    this.#tell({ kind: "down", since, cause, keys });
    this.#lost.begin(keys, since);
  }

  /** Data came of an instrument whose feed is up. */
  acknowledge(key: InstrumentKey): void {
    this.#hub.acknowledge(key, true);
    this.#lost.acknowledge(key, true);
  }

  wantedChanged(): void {
    this.#hub.wantedChanged();
    this.#lost.keepOnly(this.demand.wanted);
  }

  stop(): void {
    this.#hub.stop();
    this.#lost.stop();
  }
}
