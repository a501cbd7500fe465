/** Contracts of one underlying that have the same last day; futures, or options by rising strike. */
export interface Expiry {
  readonly type: "future" | "option";
  /** Days since the Unix epoch; 0 where the list has none that can be read. */
  readonly day: number;
  /** Their ranks are those at these places of the list, the last one excluded. */
  readonly from: number;
  readonly to: number;
}

/** All contracts of one underlying on one exchange. */
export interface Contracts {
  /** Rising. */
  readonly ranks: readonly number[];
  /** In the order of the ranks: futures, then options, each by their last day. */
  readonly expiries: readonly Expiry[];
}

/** Contracts of one underlying while they are put in, in the order of their ranks. */
export class ContractsDraft implements Contracts {
  readonly ranks: number[] = [];
  readonly expiries: { type: Expiry["type"]; day: number; from: number; to: number }[] = [];

  add(rank: number, type: Expiry["type"], day: number): void {
    this.ranks.push(rank);
    const last = this.expiries.at(-1);
    if (last !== undefined && last.type === type && last.day === day) last.to++;
    else this.expiries.push({ type, day, from: this.ranks.length - 1, to: this.ranks.length });
  }
}

/** The expiries that have not passed, those among them of which the day is not known. */
export function livingExpiries({ expiries }: Contracts, today: number): Expiry[] {
  return expiries.filter(({ day }) => day === 0 || day >= today);
}
