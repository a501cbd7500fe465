import type { InstrumentKey } from "../../market/market.ts";

/**
 * Why a name leads to no instrument: several have the same claim to it; the contract has ended; it is a row without
 * ticks of its own; nothing has this name or number; it cannot be looked up before there is a list.
 */
export type NoInstrument = "ambiguous" | "expired" | "underlying" | "unknown" | "not_loaded";

/** What a name or a number of a person leads to. */
export type Resolution =
  | {
    readonly kind: "found";
    readonly key: InstrumentKey;
    /** Why the instrument may not exist all the same. */
    readonly doubt?: string;
  }
  | Refusal;

export interface Refusal {
  readonly kind: NoInstrument;
  /** For people: the reason, to stand behind the name. */
  readonly message: string;
  /** The instruments that have a claim to the name, though it does not lead to them. */
  readonly keys: readonly InstrumentKey[];
  /** Names that would do, best first. Looking for them is much more work than the refusal. */
  readonly suggest: (limit?: number) => string[];
}

/** How much a list of instruments can be trusted to be whole. */
export interface ListAge {
  /** A number that is not in the list does not exist. */
  readonly complete: boolean;
  /** Whether there is any list. */
  readonly loaded: boolean;
  /** For people, such as `of 2026-09-28`. */
  readonly text: string;
}
