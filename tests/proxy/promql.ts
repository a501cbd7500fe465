/** A series as an expression asks for it: the name, and the labels it is chosen by. */
export interface Selector {
  readonly name: string;
  readonly labels: readonly string[];
}

/** What an expression uses, as far as it can be held against what is exposed. */
export interface Uses {
  readonly selectors: readonly Selector[];
  /** Labels that it groups by. */
  readonly grouping: readonly string[];
  /** Words in it that stand for anything else. */
  readonly words: readonly string[];
}

/** Reads as much of PromQL as dashboards of ours need: selectors, `by (…)`, functions and operators. */
export function usesOf(expression: string): Uses {
  const grouping: string[] = [];
  const selectors: Selector[] = [];
  const words: string[] = [];
  const rest = expression
    // Ranges hold nothing of ours.
    .replace(/\[[^\]]*\]/g, " ")
    .replace(/\b(?:by|without|on)\s*\(([^)]*)\)/g, (_, labels: string) => {
      grouping.push(...labels.split(",").map((label) => label.trim()).filter((label) => label !== ""));
      return " ";
    });
  for (
    const [, word, labels, call] of rest.matchAll(/([a-zA-Z_:][\w:]*)\s*(\{(?:"[^"]*"|[^}"])*\})?\s*(\()?/g)
  ) {
    if (call !== undefined || (labels === undefined && !word!.includes("_"))) words.push(word!);
    else selectors.push({ name: word!, labels: labelsOf(labels ?? "") });
  }
  return { selectors, grouping, words };
}

function labelsOf(braces: string): string[] {
  return [...braces.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*"[^"]*"/g)].map(([, label]) => label!);
}

/** One series of the text that `/metrics` answers. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format. @throws {Error} names a line that is not of it. */
export function readExposition(text: string): Series[] {
  const series: Series[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || /^# (?:HELP|TYPE) [a-z_]+ ./.test(line)) continue;
    const parts = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$/.exec(
      line,
    );
    if (parts === null) throw new Error(`not a line of metrics: ${line}`);
    const [, name, labels = "", value] = parts;
    series.push({
      name: name!,
      labels: Object.fromEntries(
        [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text]),
      ),
      value: Number(value),
    });
  }
  return series;
}
