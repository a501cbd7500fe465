import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

/** Every Markdown file of the project, by its address. */
function* documents(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (name === "node_modules" || (name.startsWith(".") && name !== ".github")) continue;
    if (isDirectory) yield* documents(new URL(`${name}/`, folder));
    else if (name.endsWith(".md")) yield new URL(name, folder);
  }
}

/** What a heading is linked as: lower case, blanks as hyphens, no punctuation. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-");
}

function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
}

Deno.test("every link between the project's documents leads somewhere", () => {
  const broken: string[] = [];
  let links = 0;
  for (const document of documents(ROOT)) {
    const text = Deno.readTextFileSync(document).replace(/^```[^]*?^```$/gm, "");
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      links++;
      const [path, anchor] = target!.split("#");
      const url = path === "" ? document : new URL(path!, document);
      let found = false;
      try {
        found = Deno.statSync(url).isDirectory || anchor === undefined ||
          anchors(Deno.readTextFileSync(url)).includes(anchor);
      } catch { /* It is not there. */ }
      if (!found) broken.push(`${document.pathname.slice(ROOT.pathname.length)}: ${target}`);
    }
  }
  deepEqual(broken, []);
  ok(links > 30, `${links} links`);
});
