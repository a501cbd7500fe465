import type { StrikePair } from "../instruments/underlying.ts";

/**
 * How far the price goes from the present strike towards the next one before that one is at the money, as a part of the
 * way. Half of it would be the nearest strike; the quarter more keeps a price that stays around the middle from moving
 * the window to and fro.
 */
const MOVES_AFTER = 0.75;

type Pairs = readonly Pick<StrikePair, "strike">[];

/** The place of the strike that is nearest to a price; of two, the lower one. @param pairs By rising strike, at least one. */
export function nearestPlace(pairs: Pairs, price: number): number {
  let low = 0;
  let high = pairs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (pairs[middle]!.strike <= price) low = middle;
    else high = middle;
  }
  return price - pairs[low]!.strike <= pairs[high]!.strike - price ? low : high;
}

/** The place of the strike at the money, now that the price has changed; often the one before. */
export function placeAfter(pairs: Pairs, place: number, price: number): number {
  const here = pairs[place]!.strike;
  const other = pairs[price > here ? place + 1 : place - 1]?.strike;
  if (other === undefined) return place;
  return Math.abs(price - here) > MOVES_AFTER * Math.abs(other - here) ? nearestPlace(pairs, price) : place;
}

/** The strikes around a place, the nearest first; fewer where the list ends. @param count On each side. */
export function pairsAround(pairs: readonly StrikePair[], place: number, count: number): StrikePair[] {
  const found = [pairs[place]!];
  for (let distance = 1; distance <= count; distance++) {
    const [above, below] = [pairs[place + distance], pairs[place - distance]];
    if (above !== undefined) found.push(above);
    if (below !== undefined) found.push(below);
  }
  return found;
}
