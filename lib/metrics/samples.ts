import type { Sample } from "./families.ts";

/** One sample for each label. */
export function counted(counts: Iterable<readonly [string, number]>): Sample[] {
  return Array.from(counts, ([label, count]) => [[label], count]);
}

/** In seconds, as Prometheus wants all times. */
export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
