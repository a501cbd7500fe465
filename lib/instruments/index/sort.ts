/** Numbers that are sorted at a time: two milliseconds' work. */
const RUN = 16_384;

/** Sorts numbers with pauses: short runs first, then two and two made one. */
export function* sortInSteps(numbers: Float64Array<ArrayBuffer>): Generator<void, Float64Array> {
  for (let from = 0; from < numbers.length; from += RUN) {
    numbers.subarray(from, from + RUN).sort();
    yield;
  }
  let source = numbers;
  let target = new Float64Array(numbers.length);
  for (let run = RUN; run < numbers.length; run *= 2) {
    for (let from = 0; from < numbers.length; from += 2 * run) {
      merge(
        source.subarray(from, from + run),
        source.subarray(from + run, from + 2 * run),
        target.subarray(from),
      );
      yield;
    }
    [source, target] = [target, source];
  }
  return source;
}

function merge(a: Float64Array, b: Float64Array, target: Float64Array): void {
  let i = 0;
  let j = 0;
  for (let at = 0; at < a.length + b.length; at++) {
    target[at] = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i++]! : b[j++]!;
  }
}
