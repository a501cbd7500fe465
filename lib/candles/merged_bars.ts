import type { SourcedBar } from "./candle.ts";
import type { Span } from "./seen_spans.ts";

/** Bars of one origin, in the order of their times, and of which stretches it has seen all. */
export interface Witness {
  readonly bars: readonly SourcedBar[];
  readonly isWhole: (span: Span) => boolean;
}

/**
 * One bar for each time at which there is any: that of the first witness who saw all of it, else the first there is.
 * Open interest is taken from whoever tells it.
 *
 * @param witnesses The best one first.
 * @param length Of a bar, ms.
 */
export function mergedBars(witnesses: readonly Witness[], length: number): SourcedBar[] {
  const [only] = witnesses;
  if (only === undefined) return [];
  if (witnesses.every(({ bars }, i) => i === 0 || bars.length === 0)) return [...only.bars];
  const merged = new Map<number, { bar: SourcedBar; whole: boolean }>();
  for (const { bars, isWhole } of witnesses) {
    for (const bar of bars) {
      const whole = isWhole({ from: bar.time, to: bar.time + length });
      const before = merged.get(bar.time);
      if (before === undefined) merged.set(bar.time, { bar, whole });
      else if (whole && !before.whole) {
        merged.set(bar.time, {
          bar: { ...bar, openInterest: bar.openInterest ?? before.bar.openInterest },
          whole,
        });
      }
    }
  }
  return Array.from(merged.values(), ({ bar }) => bar).sort((a, b) => a.time - b.time);
}
