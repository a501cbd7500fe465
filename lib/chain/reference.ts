import type { ListedFuture, Underlying } from "../instruments/underlying.ts";
import type { InstrumentKey } from "../market/market.ts";

/** The future into which options of an expiry settle, or that settles with them; undefined where none is listed. */
export function futureOf(
  { exchange, futures }: Pick<Underlying, "exchange" | "futures">,
  expiry: string,
): ListedFuture | undefined {
  // Options on commodities become futures, some days before those end.
  if (exchange === "mcx" || exchange === "ncdex") return futures.find((future) => future.expiry >= expiry);
  return futures.find((future) => future.expiry === expiry);
}

/** The instrument whose price tells which strike is at the money: the spot, or where it does not tick, a future. */
export function referenceOf(underlying: Underlying, expiry: string): InstrumentKey | undefined {
  const { spot, futures } = underlying;
  if (spot !== undefined) return spot;
  const future = futureOf(underlying, expiry) ?? futures.find((each) => each.expiry >= expiry);
  return future?.key;
}
