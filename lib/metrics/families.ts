import type { Histogram } from "../util/histogram.ts";

/** Values of the labels in the order of their names, and the number under them. */
export type Sample = readonly [labels: readonly string[], value: number];

/** One number; none where there is nothing to say; or one for each set of labels. */
export type Reading = number | undefined | Iterable<Sample>;

type Type = "gauge" | "counter" | "histogram";

interface Family {
  readonly name: string;
  readonly head: string;
  readonly lines: () => Iterable<string>;
}

const PREFIX = "smartapi_proxy_";

/**
 * Metrics that are read from the parts when somebody asks, so that the parts only count, and their text in the format
 * of Prometheus. Written here since npm's `prom-client` brings a package along that `deno compile` dies of.
 */
export class Families {
  readonly contentType = "text/plain; version=0.0.4; charset=utf-8";
  readonly #families: Family[] = [];

  gauge(name: string, help: string, read: () => Reading, labelNames: readonly string[] = []): void {
    this.#add("gauge", name, help, (full) => linesOf(full, labelNames, read()));
  }

  /** @param read The count since the start, which never falls. */
  counter(name: string, help: string, read: () => Reading, labelNames: readonly string[] = []): void {
    this.#add("counter", name, help, (full) => linesOf(full, labelNames, read()));
  }

  histogram(name: string, help: string, buckets: Histogram): void {
    this.#add("histogram", name, help, (full) => histogramLines(full, buckets));
  }

  text(): string {
    const lines = this.#families.flatMap(({ head, lines }) => [head, ...lines()]);
    return `${lines.join("\n")}\n`;
  }

  #add(type: Type, name: string, help: string, lines: (full: string) => Iterable<string>): void {
    const full = PREFIX + name;
    if (this.#families.some((family) => family.name === full)) throw new Error(`${full} is there already`);
    const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    this.#families.push({
      name: full,
      head: `# HELP ${full} ${escaped}\n# TYPE ${full} ${type}`,
      lines: () => lines(full),
    });
  }
}

function linesOf(name: string, labelNames: readonly string[], reading: Reading): string[] {
  if (reading === undefined) return [];
  if (typeof reading === "number") return [`${name} ${number(reading)}`];
  return Array.from(reading, ([labels, value]) => {
    const pairs = labelNames.map((label, i) => `${label}="${escapeLabel(labels[i]!)}"`);
    return `${name}{${pairs.join()}} ${number(value)}`;
  });
}

function histogramLines(name: string, { bounds, counts, sum, count }: Histogram): string[] {
  let below = 0;
  return [
    ...counts.map((each, i) => `${name}_bucket{le="${bounds[i] ?? "+Inf"}"} ${below += each}`),
    `${name}_sum ${number(sum)}`,
    `${name}_count ${count}`,
  ];
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
