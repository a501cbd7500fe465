import { ok, strictEqual as equal } from "node:assert/strict";
import type { Rig } from "./proxy/rig.ts";
import type { Message } from "./proxy/test_client.ts";

/** A page of the documentation, as a test reads it. */
export interface Page {
  readonly text: string;
  /** The code blocks of one language. */
  blocks(language: string): string[];
  /** The rows of the table that has such a heading, cells without their padding. */
  table(heading: RegExp): string[][];
}

/** @param name Of the file in `docs`. */
export function pageOf(name: string): Page {
  const text = Deno.readTextFileSync(new URL(`../docs/${name}`, import.meta.url));
  return {
    text,
    blocks: (language) => blocksOf(text, language),
    table: (heading) => tableOf(text, heading),
  };
}

/** The code blocks of a page in one language. */
function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, each]) => each === language)
    .map(([, , text]) => text!);
}

/** The values of a block: each begins at the beginning of a line. */
export function values(block: string): Message[] {
  return block.trimEnd().split(/\n(?=\{)/).map((text) => JSON.parse(text));
}

/** The rows of the table of a page that has such a heading, cells without their padding. */
function tableOf(page: string, heading: RegExp): string[][] {
  const lines = page.split("\n");
  const at = lines.findIndex((line) => line.startsWith("|") && heading.test(line));
  ok(at >= 0, `no table ${heading}`);
  const end = lines.findIndex((line, i) => i > at && !line.startsWith("|"));
  return lines.slice(at + 2, end).map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
}

/** All that stands in backticks. */
export function words(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
}

/**
 * Says where a real value has not the documented shape: the same fields, of the same types. The name "…" stands for
 * further ones; of a list, each has the shape of one of the documented.
 */
export function misfit(real: unknown, documented: unknown, path = "it"): string | undefined {
  if (Array.isArray(documented)) {
    if (!Array.isArray(real)) return `${path} is no list`;
    if (documented.length === 0) return undefined;
    const misfits = real.map((each, i) => documented.map((shape) => misfit(each, shape, `${path}[${i}]`)))
      .filter((each) => !each.includes(undefined));
    return misfits[0]?.[0];
  }
  if (typeof documented !== "object" || documented === null) {
    return typeof real === typeof documented ? undefined : `${path}: ${real} instead of ${documented}`;
  }
  const [has, says] = [Object.keys(real as Message), Object.keys(documented)];
  const missing = says.filter((name) => name !== "…" && !has.includes(name));
  if (missing.length > 0) return `${path} has no ${missing}`;
  // Names of exchanges are data.
  if (path.endsWith(".markets")) return undefined;
  const extra = says.includes("…") ? [] : has.filter((name) => !says.includes(name));
  if (extra.length > 0) return `${path} has ${extra} as well`;
  for (const name of says) {
    if (name === "…") continue;
    const wrong = misfit((real as Message)[name], (documented as Message)[name], `${path}.${name}`);
    if (wrong !== undefined) return wrong;
  }
}

export function fits(real: unknown, documented: unknown): void {
  equal(misfit(real, documented), undefined, JSON.stringify(real));
}

/** Runs a program against the rig until it ends, or has written what is awaited. */
export async function run(
  rig: Rig,
  command: string,
  args: string[],
  stop = (_: string) => false,
  env: Record<string, string> = {},
): Promise<string> {
  const child = new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", PYTHONUNBUFFERED: "1", ...env },
  }).spawn();
  let [out, errors, done] = ["", "", false];
  const read = async (stream: ReadableStream<Uint8Array>, take: (text: string) => void) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
  };
  const ended = Promise.all([
    child.status,
    read(child.stdout, (text) => out += text),
    read(child.stderr, (text) => errors += text),
  ]).finally(() => done = true);
  const until = performance.now() + 30_000;
  let stopped = false;
  while (!done) {
    await rig.turn(20);
    if (!stopped && (stop(out) || performance.now() > until)) {
      stopped = true;
      child.kill("SIGKILL");
    }
  }
  const [{ code }] = await ended;
  ok(code === 0 || stop(out), `${code}\n${out}\n${errors}`);
  return out;
}

/** Ten ticks of the two instruments that the examples subscribe to. */
export function tenTicks(out: string): void {
  const ticks = out.split("\n").filter((line) => /^(Nifty 50|SBIN-EQ) \d/.test(line));
  ok(ticks.length >= 10, out);
}

/** A Python that has a module: the first one on the path may be another than the system's own. */
export async function findPython(module: string): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    const found = await new Deno.Command(python, {
      args: ["-c", `import ${module}`],
      stdout: "null",
      stderr: "null",
    }).output().then(({ success }) => success, () => false);
    if (found) return python;
  }
  return undefined;
}
