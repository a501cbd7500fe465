import { contractDay } from "../../market/day.ts";
import type { Columns } from "./columns.ts";

/** Contracts of one underlying that have the same last day; futures, or options by rising strike. */
export interface Expiry {
  readonly type: "future" | "option";
  /** Days since the Unix epoch; 0 where the list has none that can be read. */
  readonly day: number;
  /** Their ranks are those at these places of the list, the last one excluded. */
  readonly from: number;
  readonly to: number;
  /** Whether the symbol of each is the name that `plainName` makes of its columns. */
  readonly plain: boolean;
}

/** All contracts of one underlying on one exchange. */
export interface Contracts {
  /** Rising. */
  readonly ranks: readonly number[];
  /** In the order of the ranks: futures, then options, each by their last day. */
  readonly expiries: readonly Expiry[];
}

/** What is known of an expiry while its contracts are put in. */
interface ExpiryDraft {
  readonly type: Expiry["type"];
  readonly day: number;
  readonly from: number;
  to: number;
  plain: boolean;
  /** With this each plain symbol begins. */
  readonly beginning: string;
}

/** Contracts of one underlying while they are put in, in the order of their ranks. */
export class ContractsDraft implements Contracts {
  readonly ranks: number[] = [];
  readonly expiries: ExpiryDraft[] = [];

  /** @param name Of the underlying, in capitals. */
  constructor(private readonly columns: Columns, private readonly name: string) {}

  add(rank: number, row: number): void {
    const { columns } = this;
    const type = columns.type(row) === "future" ? "future" : "option";
    const day = columns.expiryDay(row);
    const at = this.ranks.push(rank) - 1;
    let expiry = this.expiries.at(-1);
    if (expiry === undefined || expiry.type !== type || expiry.day !== day) {
      const beginning = day === 0 ? "" : `${this.name}${contractDay(day)}`;
      expiry = { type, day, from: at, to: at, plain: day > 0, beginning };
      this.expiries.push(expiry);
    }
    expiry.to++;
    if (expiry.plain) expiry.plain = columns.isPlain(row, expiry.beginning);
  }
}

/** The expiries that have not passed, those among them of which the day is not known. */
export function livingExpiries({ expiries }: Contracts, today: number): Expiry[] {
  return expiries.filter(({ day }) => day === 0 || day >= today);
}
