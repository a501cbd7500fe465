import { match, strictEqual as equal } from "node:assert/strict";
import { probePort } from "../../lib/doctor/port_probe.ts";

const nobody = () => Promise.reject(new Error("connection refused"));

async function probe(error: Error | undefined, health: () => Promise<unknown> = nobody) {
  return await probePort({
    host: "0.0.0.0",
    port: 8765,
    listen() {
      if (error !== undefined) throw error;
    },
    health,
  });
}

Deno.test("probePort() tells a port that is free from one that the proxy or a stranger holds", async () => {
  const taken = new Deno.errors.AddrInUse("Address already in use");
  equal((await probe(undefined)).level, "ok");
  const ours = await probe(taken, () => Promise.resolve({ status: "ok", version: "0.2.0" }));
  equal(ours.level, "note");
  match(ours.text, /a proxy that runs \(0\.2\.0\)/);
  for (const answer of [null, "ok", [], { status: "up" }, { version: 1 }]) {
    const other = await probe(taken, () => Promise.resolve(answer));
    equal(other.level, "failed");
    match(other.text, /another program/);
  }
  equal((await probe(taken)).level, "failed");
});

Deno.test("probePort() says what keeps it from listening", async () => {
  match((await probe(new Deno.errors.PermissionDenied("denied"))).cure!, /1024/);
  match((await probe(new Deno.errors.AddrNotAvailable("no such address"))).text, /no such address/);
});
