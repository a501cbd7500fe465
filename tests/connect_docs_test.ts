/** Each interface that docs/connect.md names is there. */
import { ok } from "node:assert/strict";
import { pageOf } from "./documented.ts";
import { Rig } from "./proxy/rig.ts";
import { connectClient } from "./proxy/test_client.ts";

const { table } = pageOf("connect.md");
const interfaces = table(/^\| you have .* interface /).map(([, address]) => address!).join("\n");

/** Paths in the interfaces' cells after such words; "…" stands for a part that the interface has several of. */
function paths(pattern: RegExp): string[] {
  const found = [...new Set([...interfaces.matchAll(pattern)].map(([, path]) => path!))];
  ok(found.length > 0, `${pattern}`);
  return found;
}

Deno.test("each address of the interfaces for HTTP is answered", async () => {
  await using rig = await Rig.start();
  const parts: Record<string, string> = {
    "/udf/…": "/udf/config",
    "/api/v1/…": "/api/v1/ping",
    "/rest/…": "/rest/",
  };
  for (const path of [...paths(/`(?:GET )?(\/[^`]*)`/g), ...paths(/http:\/\/localhost:8765(\/[^`"\s]*)/g)]) {
    const response = await fetch(`http://127.0.0.1:${rig.proxy.port}${parts[path] ?? path}`, {
      signal: AbortSignal.timeout(5_000),
    });
    await response.body?.cancel();
    ok(response.status !== 404, `${path}: ${response.status}`);
  }
});

Deno.test("each address of the interfaces for WebSockets is answered", async () => {
  await using rig = await Rig.start();
  for (const path of paths(/ws:\/\/localhost:8765(\/[^`\s]*)/g)) {
    // It needs a recorded day: replay/docs_test.ts.
    if (path.startsWith("/replay")) continue;
    const client = await connectClient(`ws://127.0.0.1:${rig.proxy.port}${path}`);
    await client.close();
  }
});
