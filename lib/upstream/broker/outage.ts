import type { InstrumentKey } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { UpstreamCause, UpstreamEvent } from "../upstream.ts";
import { GapRecords } from "./gap_records.ts";

export interface OutageOptions {
  readonly clock: Clock;
  /** What the socket is to carry. */
  readonly wanted: () => ReadonlyMap<InstrumentKey, unknown>;
  readonly event: (event: UpstreamEvent) => void;
}

/**
 * What is told of the troubles of one socket: each once, however many tries it takes, and its end with the gap record
 * of each instrument. Wall times in ms since the Unix epoch.
 */
export class Outage {
  readonly #options: OutageOptions;
  readonly #gaps: GapRecords;
  /** The last sign of life before the present trouble. */
  #since: number | undefined;
  #toldDown = false;
  #toldSilent = false;

  constructor(options: OutageOptions) {
    this.#options = options;
    this.#gaps = new GapRecords(options.clock, (event) => this.#over(event));
  }

  /** A live connection is no more. Where some instruments had come back, this is another trouble for them. */
  lost(): void {
    this.#gaps.flush();
    if (this.#well.length > 0 || this.#gaps.isEmpty) this.#over();
  }

  /** There is no connection, for a reason. @param since The last sign of life, if this is the first one of the trouble. */
  down(cause: UpstreamCause, since: number): void {
    this.#since ??= since;
    if (this.#toldDown) return;
    this.#toldDown = true;
    this.#options.event({ kind: "down", since: this.#since, cause, keys: this.#well });
  }

  /** Connected, but nothing comes where something should: the exchange may stand still as well as the feed. */
  silent(cause: UpstreamCause, since: number): void {
    this.#since ??= since;
    this.#gaps.holdUntilLife();
    if (this.#toldDown || this.#toldSilent) return;
    this.#toldSilent = true;
    this.#options.event({ kind: "silent", since: this.#since, cause, keys: this.#keys });
  }

  /** Nothing more is tried. */
  refused(cause: UpstreamCause, since: number): void {
    this.#since ??= since;
    this.#options.event({ kind: "refused", since: this.#options.clock.now(), cause });
  }

  /** A connection is there again. */
  connected(): void {
    if (this.#since === undefined) return;
    const keys = this.#keys;
    if (keys.length > 0) return this.#gaps.begin(keys, this.#since);
    this.#over({ kind: "up", from: this.#since, to: Math.max(this.#since, this.#options.clock.now()), keys });
  }

  /** Data came. @param isLife It was made now, and is not the last value of before. */
  acknowledge(key: InstrumentKey, isLife: boolean): void {
    this.#gaps.acknowledge(key, isLife);
  }

  /** The wanted set has changed. */
  wantedChanged(): void {
    this.#gaps.keepOnly(this.#options.wanted());
  }

  stop(): void {
    this.#gaps.stop();
  }

  get #keys(): InstrumentKey[] {
    return [...this.#options.wanted().keys()];
  }

  /** Those of which nothing is missed, as far as was told. */
  get #well(): InstrumentKey[] {
    return this.#keys.filter((key) => !this.#gaps.has(key));
  }

  #over(event?: UpstreamEvent): void {
    this.#since = undefined;
    this.#toldDown = this.#toldSilent = false;
    if (event !== undefined) this.#options.event(event);
  }
}
