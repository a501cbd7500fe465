import { chosenExpiry, type ExpiryChoice } from "../../chain/expiry_choice.ts";
import { referenceOf } from "../../chain/reference.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import type { Underlying, UnderlyingResolution } from "../../instruments/underlying.ts";
import type { Exchange, InstrumentKey } from "../../market/market.ts";
import type { RefusalCode } from "../instrument_selection.ts";

/** A chain as a client names it. */
export interface ChainRequest {
  /** A name of the underlying, or of an instrument that leads to it. */
  readonly underlying: string;
  /** Where the name is looked up. */
  readonly exchange?: Exchange | undefined;
  readonly expiry: ExpiryChoice;
}

/** A chain of today's list. */
export interface FoundChain {
  readonly underlying: Underlying;
  /** The day that the choice means now. */
  readonly expiry: string;
  /** What tells where the money is. */
  readonly reference: InstrumentKey;
}

export interface ChainRefusal {
  readonly code: RefusalCode;
  /** For people: why, and what would do. */
  readonly message: string;
  readonly suggestions?: readonly string[];
}

/** Expiries that a refusal names. */
const MAX_NAMED_EXPIRIES = 6;

const CODES: Readonly<Record<Exclude<UnderlyingResolution["kind"], "found">, RefusalCode>> = {
  ambiguous: "ambiguous_instrument",
  expired: "expired_instrument",
  no_options: "no_options",
  underlying: "no_options",
  unknown: "unknown_instrument",
  not_loaded: "unknown_instrument",
};

/** The chain that a request means, or why there is none. */
export function findChain(
  { underlying: word, exchange, expiry: choice }: ChainRequest,
  instruments: Pick<Instruments, "underlying">,
): FoundChain | ChainRefusal {
  const found = instruments.underlying(word, exchange);
  if (found.kind !== "found") {
    const suggestions = found.suggest();
    const hint = suggestions.length > 0 ? `; did you mean ${suggestions.join(", ")}?` : "";
    const message = `${word}: ${found.message}${hint}`;
    return { code: CODES[found.kind], message, ...suggestions.length > 0 ? { suggestions } : {} };
  }
  const { underlying } = found;
  const { id, expiries } = underlying;
  const expiry = chosenExpiry(choice, expiries);
  if (expiry === undefined) {
    const suggestions = nearestDays(choice, expiries);
    const message = `${id} has no expiry ${choice} in today's list; it has ${suggestions.join(", ")}`;
    return { code: "unknown_expiry", message, suggestions };
  }
  const reference = referenceOf(underlying, expiry);
  if (reference !== undefined) return { underlying, expiry, reference };
  const message = `${id} has neither a spot price nor a future until ${expiry}: its money cannot be found`;
  return { code: "no_options", message };
}

export function isChainRefusal(found: object): found is ChainRefusal {
  return "code" in found;
}

/** The expiries around a day that has none, in their order; for a word, the first ones. */
function nearestDays(choice: ExpiryChoice, expiries: readonly string[]): string[] {
  const wanted = Date.parse(choice);
  if (Number.isNaN(wanted)) return expiries.slice(0, MAX_NAMED_EXPIRIES);
  const distance = (day: string) => Math.abs(Date.parse(day) - wanted);
  return [...expiries].sort((a, b) => distance(a) - distance(b)).slice(0, MAX_NAMED_EXPIRIES).sort();
}
