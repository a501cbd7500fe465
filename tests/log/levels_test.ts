import { deepStrictEqual as deepEqual, match, ok } from "node:assert/strict";
import { LOG_CATEGORIES, readLogLevels } from "../../lib/log/levels.ts";

Deno.test("readLogLevels() reads one level for all, and others for single parts", () => {
  deepEqual(readLogLevels("info"), { usual: "info", of: {} });
  deepEqual(readLogLevels("Warning, broker=DEBUG,clients = error"), {
    usual: "warning",
    of: { broker: "debug", clients: "error" },
  });
  deepEqual(readLogLevels("server=debug"), { usual: "info", of: { server: "debug" } });
});

for (
  const [text, complaint] of [
    ["loud", /debug, info, warning or error.*"loud"/],
    ["info,", /""/],
    ["info,debug", /two levels/],
    ["info,brokers=debug", /"brokers".*known: proxy, broker/],
    ["broker=debug,broker=info", /broker twice/],
    ["broker=", /"broker="/],
    ["__proto__=debug", /known/],
  ] as const
) {
  Deno.test(`readLogLevels() says what is wrong with "${text}"`, () => {
    match(String(readLogLevels(text)), complaint);
  });
}

/** Every category that the program logs under. */
Deno.test("every part that logs can be named", () => {
  const found = new Set<string>();
  const walk = (folder: URL) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) walk(new URL(`${name}/`, folder));
      else {for (
          const [, category] of Deno.readTextFileSync(new URL(name, folder)).matchAll(/getLogger\(\["(\w+)"/g)
        ) found.add(category!);}
    }
  };
  walk(new URL("../../lib/", import.meta.url));
  deepEqual([...found].sort(), [...LOG_CATEGORIES].sort());
  ok(found.size > 8);
});
