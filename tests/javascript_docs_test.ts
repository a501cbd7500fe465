import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { pageOf, run, tenTicks, words } from "./documented.ts";
import { connect } from "../static/client.js";
import { Rig } from "./proxy/rig.ts";

const ROOT = new URL("../", import.meta.url);
const { blocks, table } = pageOf("javascript.md");

Deno.test("the JavaScript example runs, and the doc shows it", async () => {
  const path = new URL("docs/examples/ticks.js", ROOT);
  ok(blocks("js").includes(Deno.readTextFileSync(path)));
  await using rig = await Rig.start();
  tenTicks(
    await run(rig, Deno.execPath(), [
      "run",
      "--no-lock",
      "--allow-net",
      path.pathname,
      `ws://127.0.0.1:${rig.proxy.port}`,
    ]),
  );
});

Deno.test("each command and event of the client has its row", async () => {
  await using rig = await Rig.start();
  await using client = connect(`ws://127.0.0.1:${rig.proxy.port}`);
  const members = Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) =>
    name !== "constructor"
  );
  const documented = table(/^\| of a client /).flatMap(([cell]) =>
    words(cell!).map((call) => /^\w+/.exec(call)![0])
  );
  deepEqual(new Set(documented), new Set(members));
  const types = Deno.readTextFileSync(new URL("static/client.d.ts", ROOT));
  const [, events] = /^export interface Events \{\n([^]*?)^\}/m.exec(types)!;
  const declared = [...events!.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!);
  ok(declared.length > 10);
  deepEqual(new Set(table(/^\| event /).map(([cell]) => words(cell!)[0]!)), new Set(declared));
});
