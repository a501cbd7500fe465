import type { Instrument, Instruments } from "../instruments/instrument.ts";
import { istDate } from "../market/ist.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import type { InstrumentChange, InstrumentEvent } from "./client_event.ts";

export interface InstrumentChangesOptions {
  readonly clock: Clock;
  readonly instruments: Pick<Instruments, "get" | "complete">;
  /** What all clients together want. */
  readonly wanted: () => ReadonlyMap<InstrumentKey, unknown>;
}

/**
 * Notices that a number means something else since there is another instrument list: the broker gives the numbers of
 * expired contracts to new ones.
 */
export class InstrumentChanges {
  readonly #options: InstrumentChangesOptions;
  /** What each number meant when it was asked for first; nothing where no list had it. */
  readonly #meant = new Map<InstrumentKey, Instrument>();

  constructor(options: InstrumentChangesOptions) {
    this.#options = options;
  }

  /** What is wanted has changed: what a number means is noted at once, since the next list may come at any moment. */
  noteDemand(key: InstrumentKey, wanted: boolean): void {
    if (!wanted) this.#meant.delete(key);
    else if (!this.#meant.has(key)) this.#note(key);
  }

  #note(key: InstrumentKey): void {
    const instrument = this.#options.instruments.get(key);
    if (instrument !== undefined) this.#meant.set(key, instrument);
  }

  /** There is another list: what has changed, one event for each kind of change. */
  look(): InstrumentEvent[] {
    const { clock, instruments, wanted } = this.#options;
    const today = istDate(clock.now());
    const found = new Map<InstrumentEvent["kind"], InstrumentChange[]>();
    for (const [key, before] of this.#meant) {
      const after = instruments.get(key);
      // A list that is not whole lacks what may exist.
      if (after === undefined && !instruments.complete) continue;
      const kind = changeOf(before, after, today);
      if (after !== undefined) this.#meant.set(key, after);
      if (kind === undefined) continue;
      const change = { key, from: before.symbol, ...kind === "expired" ? {} : { to: after!.symbol } };
      const alike = found.get(kind);
      if (alike === undefined) found.set(kind, [change]);
      else alike.push(change);
    }
    for (const key of wanted().keys()) if (!this.#meant.has(key)) this.#note(key);
    return Array.from(found, ([kind, changes]) => ({ kind, changes, keys: changes.map(({ key }) => key) }));
  }
}

/**
 * What became of a number.
 *
 * - `expired`: no list has it any more, or its contract's last day is over
 * - `replaced`: it means another contract, or another kind of thing
 * - `renamed`: the same contract, or a share, has another symbol
 */
function changeOf(
  before: Instrument,
  after: Instrument | undefined,
  today: string,
): InstrumentEvent["kind"] | undefined {
  if (after === undefined) return "expired";
  if (isOther(before, after)) return "replaced";
  if (after.expiry !== undefined && after.expiry < today) return "expired";
  return before.symbol === after.symbol ? undefined : "renamed";
}

/** Contracts are what they are by underlying, kind, last day and strike; a share keeps its number for ever. */
function isOther(before: Instrument, after: Instrument): boolean {
  if (before.type !== after.type || before.expiry !== after.expiry || before.strike !== after.strike) {
    return true;
  }
  return before.expiry !== undefined && (before.name !== after.name || sideOf(before) !== sideOf(after));
}

/** Call or put, which stands in an option's symbol alone. */
function sideOf({ type, symbol }: Instrument): string | undefined {
  return type === "option" ? symbol.slice(-2) : undefined;
}
