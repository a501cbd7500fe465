/** Bits of a key that are looked at in one go. */
const DIGIT_BITS = 11;

const DIGITS = 2 ** DIGIT_BITS;

const SHIFTS = [0, DIGIT_BITS, 2 * DIGIT_BITS];

/** Ids that are looked at between two pauses: a millisecond's work, and a few where the loops are not compiled yet. */
const STEP = 32_768;

/**
 * Sorts ids by a key of each, a whole number below 2^32; those with the same key stay as they are. It pauses every so
 * often. From the lowest digits of the keys to the highest.
 */
export function* sortByKey(ids: Uint32Array, keys: Uint32Array): Generator<void, Uint32Array> {
  const counts = SHIFTS.map(() => new Uint32Array(DIGITS));
  for (let from = 0; from < ids.length; from += STEP) {
    SHIFTS.forEach((shift, i) => countDigits(ids.subarray(from, from + STEP), keys, shift, counts[i]!));
    yield;
  }
  let source = ids;
  let target: Uint32Array = new Uint32Array(ids.length);
  for (const [i, shift] of SHIFTS.entries()) {
    if (counts[i]!.includes(ids.length)) continue;
    const places = placesOf(counts[i]!);
    for (let from = 0; from < ids.length; from += STEP) {
      deal(source.subarray(from, from + STEP), keys, shift, places, target);
      yield;
    }
    [source, target] = [target, source];
  }
  return source;
}

function countDigits(ids: Uint32Array, keys: Uint32Array, shift: number, counts: Uint32Array): void {
  for (let i = 0; i < ids.length; i++) counts[(keys[ids[i]!]! >>> shift) & (DIGITS - 1)]!++;
}

/** Where the ids of each digit begin. */
function placesOf(counts: Uint32Array): Uint32Array {
  const places = new Uint32Array(DIGITS);
  for (let digit = 1; digit < DIGITS; digit++) places[digit] = places[digit - 1]! + counts[digit - 1]!;
  return places;
}

/** Puts each id behind all that were put there before, and those of lower digits. */
function deal(
  ids: Uint32Array,
  keys: Uint32Array,
  shift: number,
  places: Uint32Array,
  target: Uint32Array,
): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    target[places[(keys[id]! >>> shift) & (DIGITS - 1)]!++] = id;
  }
}
