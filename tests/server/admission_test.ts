import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { AccessList } from "../../lib/access/access_list.ts";
import { DEFAULT_LIMITS, type Limits } from "../../lib/config/limits.ts";
import { Admission } from "../../lib/server/admission.ts";
import { FakeClock } from "../fakes.ts";
import { logLines } from "../log/lines.ts";

function setting(limits: Partial<Limits> = {}) {
  const clock = new FakeClock();
  const admission = new Admission({
    clock,
    limits: { ...DEFAULT_LIMITS, ...limits },
    allowedOrigins: [],
    loopbackOnly: () => true,
    access: new AccessList(clock, []),
  });
  return { clock, admission };
}

const ADDRESS = "192.0.2.7";
const EVIL = new Headers({ host: "localhost", origin: "https://evil.example" });

Deno.test("a place is free again when it is given back, and only once", () => {
  const { admission } = setting({ clients: 2, clientsPerAddress: 1 });
  const release = admission.acquire(ADDRESS);
  equal(admission.checkCapacity(ADDRESS)?.status, 429);
  equal(admission.checkCapacity("192.0.2.8"), undefined);
  admission.acquire("192.0.2.8");
  equal(admission.checkCapacity("192.0.2.9")?.status, 503);
  release();
  release();
  equal(admission.checkCapacity(ADDRESS), undefined);
  admission.acquire(ADDRESS);
  equal(admission.checkCapacity("192.0.2.9")?.status, 503, "a second release freed nobody's place");
});

/** Each way to be refused, as often as asked for. */
const REFUSALS: Readonly<Record<string, (admission: Admission) => { readonly text: string } | undefined>> = {
  origin: (admission) => admission.checkOrigin(EVIL),
  token: (admission) => admission.unauthorised(true, ADDRESS),
  clients_per_address: (admission) => admission.checkCapacity(ADDRESS),
};

Deno.test("each refusal is counted, and logged once for each peer and hour with the sentence that the peer got", async () => {
  for (const [reason, refuse] of Object.entries(REFUSALS)) {
    await using log = await logLines();
    const { clock, admission } = setting({ clientsPerAddress: 0, handshakesPerSecond: 1_000 });
    const sentence = refuse(admission)!.text;
    for (let i = 0; i < 99; i++) refuse(admission);
    equal(admission.refused.get(reason as "origin"), 100);
    equal(log.lines.length, 1, reason);
    match(log.lines[0]!, /^warning server refused (https:\/\/evil\.example|192\.0\.2\.7): /);
    equal(log.lines[0]!.endsWith(sentence), true, log.lines[0]!);
    clock.advance(3_600_000);
    refuse(admission);
    deepEqual(log.lines.length, 2);
    match(log.lines[1]!, /\(99 more times since the last line\)$/);
  }
});

Deno.test("a storm of peers that are all different is bounded in memory, and an origin is safe to print", async () => {
  await using log = await logLines();
  const { admission } = setting();
  for (let i = 0; i < 3_000; i++) admission.unauthorised(true, `10.0.${i >> 8}.${i & 255}`);
  equal(log.lines.length, 3_000);
  // The first of them was forgotten, the last was not.
  admission.unauthorised(true, "10.0.0.0");
  admission.unauthorised(true, `10.0.${2_999 >> 8}.${2_999 & 255}`);
  equal(log.lines.length, 3_001);
  admission.checkOrigin(
    new Headers({ host: "localhost", origin: "https://\u00e9\u009b31m" + "x".repeat(500) }),
  );
  const line = log.lines.at(-1)!;
  match(line, /^[\x20-\x7e]*$/);
  equal(line.length < 500, true);
});
