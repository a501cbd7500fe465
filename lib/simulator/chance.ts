import { keyOf } from "../market/market.ts";
import type { SimulatedInstrument } from "./instruments.ts";

/** A number that is an instrument's own. */
export function seedOf({ exchange, token }: SimulatedInstrument): number {
  let seed = 2_166_136_261;
  for (const letter of keyOf(exchange, token)) seed = Math.imul(seed ^ letter.charCodeAt(0), 16_777_619);
  return seed;
}

/** A number from 0 up to 1 that looks like chance, and is the same each time. */
export function chance(seed: number, salt: number, index: number): number {
  let mixed = Math.imul(seed ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(index, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
