import fc from "fast-check";

/** Every code point that is not half of a surrogate pair. */
const CODE_POINT = fc.integer({ min: 0, max: 0x10_ffff - 0x800 })
  .map((number) => number < 0xd800 ? number : number + 0x800);

/**
 * Any text at all. It is what `fc.string({ unit: "binary" })` means, which looks through all million code points for
 * each string that is so described: seconds, where the tests themselves take milliseconds.
 */
export function anyText(constraints: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.array(CODE_POINT, constraints).map((points) => String.fromCodePoint(...points));
}
