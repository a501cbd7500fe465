/** What the documents tell people to type: commands, tasks, settings, and the words by which they find a symptom. */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import denoJson from "../deno.json" with { type: "json" };
import { readArguments } from "../lib/config/cli.ts";
import { SETTINGS } from "../lib/config/settings.ts";
import { pageOf } from "./documented.ts";

const ROOT = new URL("../", import.meta.url);

/** Names in the documents' examples that are variables, and no settings of the program. */
const OTHER_VARIABLES = new Set(["VERSION", "INSTALL_DIR", "SMARTAPI_PROXY_IMAGE"]);

function documents(): [name: string, text: string][] {
  const names = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ".env.example"];
  for (const { name } of Deno.readDirSync(new URL("docs/", ROOT))) {
    if (name.endsWith(".md")) names.push(`docs/${name}`);
  }
  return names.map((name) => [name, Deno.readTextFileSync(new URL(name, ROOT))]);
}

/** Code of a document: the lines of its blocks, and what stands in backticks. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```[^\n]*\n([^]*?)^```$/gm)].flatMap(([, block]) => block!.split("\n"));
  const rest = text.replace(/^```[^]*?^```$/gm, "");
  return [...blocks, ...[...rest.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)];
}

/** The arguments of a call of the program in a line of shell. */
function argumentsIn(line: string): string[] | undefined {
  const [, call] =
    /^(?:.*(?:\||&&|sudo -u \S+|\d) )?(?:smartapi-proxy|docker compose run --rm proxy)((?: [^|&>;]*)?)/
      .exec(line.trim()) ?? [];
  if (call === undefined || /^ is | has /.test(call)) return undefined;
  return [...call.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
}

Deno.test("every call of the program in the documents is one that it understands", () => {
  const wrong: string[] = [];
  let calls = 0;
  for (const [name, text] of documents()) {
    for (const line of codeOf(text)) {
      const words = argumentsIn(line.replace(/ #.*$/, ""));
      if (words === undefined) continue;
      calls++;
      try {
        readArguments(words.map((word) => word.replace(/\.\.\.$/, "")));
      } catch (error) {
        wrong.push(`${name}: ${line}: ${(error as Error).message}`);
      }
    }
  }
  deepEqual(wrong, []);
  ok(calls > 30, `${calls} calls`);
});

Deno.test("every task that the documents name is there", () => {
  let named = 0;
  for (const [name, text] of documents()) {
    for (const [, task] of text.matchAll(/(?:deno|deno@2) task ([a-z][\w:]*)/g)) {
      ok(task! in denoJson.tasks, `${name}: deno task ${task}`);
      named++;
    }
  }
  ok(named > 10);
});

Deno.test("every setting that the documents set is one", () => {
  const known = new Set(SETTINGS.map(({ env }) => env));
  for (const [name, text] of documents()) {
    for (const code of codeOf(text)) {
      for (const [, variable] of code.matchAll(/(?:^|[\s"])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)=/g)) {
        ok(known.has(variable!) || OTHER_VARIABLES.has(variable!), `${name}: ${variable}`);
      }
    }
  }
});

function* sources(folder: string): Iterable<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield Deno.readTextFileSync(new URL(`${folder}${name}`, ROOT));
  }
}

Deno.test("the symptoms of troubleshooting.md are the program's own words", () => {
  const code = [Deno.readTextFileSync(new URL("main.ts", ROOT)), ...sources("lib/")].join("\n");
  const { text } = pageOf("troubleshooting.md");
  const symptoms = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .flatMap((line) => [...line.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, words]) => words!));
  /** What other programs say. */
  const others = /^ERR_|^read limited|message too big|^\.env$|^check$|^\/readyz$/;
  let own = 0;
  for (const words of symptoms) {
    if (others.test(words)) continue;
    own++;
    // A sentence has places where a number stands; of those, the words before are here.
    ok(
      code.includes(words) || code.includes(words.replace(/ \d+/, " ${")),
      `no part of the program says "${words}"`,
    );
  }
  ok(own > 25, `${own} symptoms`);
});
