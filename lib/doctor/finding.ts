/** What a look at one thing has found. */
export interface Finding {
  /** `failed`: the program does not work, or not safely, as long as it is so. `note`: worth knowing. */
  readonly level: "ok" | "note" | "failed";
  /** What was looked at, in one word. */
  readonly name: string;
  readonly text: string;
  /** What to do about it. */
  readonly cure?: string;
}

export function ok(name: string, text: string): Finding {
  return { level: "ok", name, text };
}

export function note(name: string, text: string, cure?: string): Finding {
  return { level: "note", name, text, ...cure === undefined ? {} : { cure } };
}

export function failed(name: string, text: string, cure: string): Finding {
  return { level: "failed", name, text, cure };
}

/** As `check` writes its steps, with the cure in a line of its own. */
export function findingLines({ level, name, text, cure }: Finding): string[] {
  const word = level === "failed" ? "FAILED" : level;
  const line = `${word.padEnd(6)} ${name.padEnd(11)} ${text}`;
  return cure === undefined ? [line] : [line, `${" ".repeat(19)}-> ${cure}`];
}
