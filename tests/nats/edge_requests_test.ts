/** What a hub answers to whoever may publish in an edge's name. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import type { DataCallName } from "../../lib/smartapi/data_calls.ts";
import { gunzipped } from "../../lib/nats/gzip.ts";
import { toJson, WIRE_VERSION as version } from "../../lib/nats/messages.ts";
import type { FakeBus } from "./fake_bus.ts";
import { HubAndEdges } from "./hub_and_edges.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const WANTED = { version, run: "abc", wanted: [["nse:3045", "ltp"]] };

/** Asks and turns the clock until there is an answer, or none within a second. */
async function ask(world: HubAndEdges, bus: FakeBus, subject: string, request: unknown): Promise<string> {
  const asked = bus.request(`test.ask.${subject}`, toJson(request), 1_000).then(
    text,
    (error) => `none: ${error.message}`,
  );
  let answer: string | undefined;
  asked.then((said) => answer = said);
  await world.until(() => answer !== undefined);
  return answer!;
}

Deno.test("an answer goes to the asking edge's own inbox, and nowhere else", async () => {
  await using world = new HubAndEdges();
  const other = world.server.connect("_INBOX_two");
  match(await ask(world, other, "one.lease", WANTED), /^none/);
  equal(world.source.demand.wanted.size, 0);
  // Nor to what only begins like it.
  const near = world.server.connect("_INBOX_one2");
  match(await ask(world, near, "one.lease", WANTED), /^none/);
  const own = world.server.connect("_INBOX_one");
  match(await ask(world, own, "one.lease", WANTED), /"epoch"/);
  for (const reply of ["test.beat", "test.news", "test.ticks.nse.1", "_INBOX_onetwo.1", "_INBOX_one"]) {
    world.server.carry({ subject: "test.ask.one.lease", payload: toJson(WANTED), reply });
  }
  const before = world.server.published.length;
  await world.turn(0);
  deepEqual(
    world.server.published.slice(before).map(({ subject }) => subject).filter((s) => s !== "test.beat"),
    [],
  );
});

Deno.test("what is no request is answered with an error, or not at all, and changes nothing", async () => {
  await using world = new HubAndEdges();
  const bus = world.server.connect("_INBOX_one");
  for (
    const request of [
      {},
      [],
      null,
      { ...WANTED, version: 2 },
      { ...WANTED, more: 1 },
      { ...WANTED, run: "../x" },
      { ...WANTED, wanted: [["nse:abc", "ltp"]] },
      { ...WANTED, wanted: [["nasdaq:1", "ltp"]] },
      { ...WANTED, wanted: [["nse:1", "depth"]] },
      { ...WANTED, wanted: Array.from({ length: 3_001 }, (_, i) => [`nse:${i + 1}`, "ltp"]) },
    ]
  ) {
    match(await ask(world, bus, "one.lease", request), /"error"/, JSON.stringify(request)?.slice(0, 80));
  }
  for (const subject of ["one.login", "one.lease.more", "one", "a b.lease"]) {
    match(await ask(world, bus, subject, WANTED), /^none/);
  }
  equal(world.source.demand.wanted.size, 0);
});

Deno.test("an edge is shown last values of what it has leased, and of nothing else", async () => {
  await using world = new HubAndEdges();
  const bus = world.server.connect("_INBOX_one");
  const before = (await ask(world, bus, "one.snapshot", { version, keys: ["nse:3045"] })).length;
  const client = await world.connect({ proxy: world.hub });
  client.send({ command: "subscribe", symbols: ["nse:3045"] });
  await world.until(() => world.source.demand.wanted.size > 0);
  const { ltpTick } = await import("../ticks.ts");
  world.source.tick(ltpTick("nse:3045", 100));
  equal((await ask(world, bus, "one.snapshot", { version, keys: ["nse:3045"] })).length, before);
  await ask(world, bus, "one.lease", WANTED);
  equal((await ask(world, bus, "one.snapshot", { version, keys: ["nse:3045"] })).length > before + 50, true);
});

Deno.test("calls pass that are for market data, and no others; too many are refused", async () => {
  const asked: string[] = [];
  const data = {
    ask(call: DataCallName) {
      asked.push(call);
      return Promise.resolve({ kind: "kept" as const, text: `{"of":"${call}"}` });
    },
  };
  await using world = new HubAndEdges({ proxy: { data } });
  const edge = world.edge("one");
  const call = async (name: string) => {
    let answer: unknown;
    edge.requests.ask(name as DataCallName, {}).then((said) => answer = said);
    await world.until(() => answer !== undefined);
    return answer;
  };
  deepEqual(await call("candles"), { kind: "kept", text: '{"of":"candles"}' });
  for (const name of ["placeOrder", "login", "constructor", "__proto__", "", "/rest/secure"]) {
    match(JSON.stringify(await call(name)), /no call for market data/, name);
  }
  deepEqual(asked, ["candles"]);
  const bus = world.server.connect("_INBOX_two");
  const answers = await Promise.all(Array.from({ length: 230 }, () => {
    const request = bus.request("test.ask.two.data", toJson({ version, call: "candles", body: {} }), 5_000);
    return request.then(gunzipped).then(text);
  }));
  equal(answers.filter((answer) => answer.includes("busy")).length > 20, true);
});
