import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { readRequest } from "../../lib/smartapi/request_reader.ts";
import { RefusedRequests } from "../../lib/upstream/broker/refused_requests.ts";
import { World } from "../broker_answers/world.ts";
import { FakeClock } from "../fakes.ts";

const refusalOf = (text: string, errorCode: string, errorMessage: string) =>
  JSON.stringify({ correlationID: readRequest(text).correlationId, errorCode, errorMessage });

/** How often an instrument was asked for. */
const askedFor = (world: World, key: InstrumentKey) =>
  world.broker.requests.filter(({ text }) => {
    const request = readRequest(text);
    return request.problem === undefined && request.action === 1 && request.keys.includes(key);
  }).length;

Deno.test("E1001 on the first request: it is told for what it is, made again, and then served", async () => {
  const world = new World({ watch: ["nse:3045"] });
  let refuse = true;
  world.broker.onRequest = (text) => refuse ? refusalOf(text, "E1001", "Invalid Request Payload") : undefined;
  await world.start();
  await world.pass(2_000);
  equal(askedFor(world, "nse:3045"), 1);
  const [event] = world.events.filter(({ status }) => status === "subscription_refused");
  deepEqual([event!.reason, event!.instruments], ["E1001", ["nse:3045"]]);
  const [row] = await world.subscriptions();
  equal(row!.state, "no_data");
  match(
    String(row!.reason),
    /^the broker refused it: E1001 Invalid Request Payload; it is asked again at 2026-11-20 10:00:/,
  );
  equal(world.upstream.status().sockets[0]!.subscriptions, 0, "the place is not counted as held");
  await world.pass(40_000);
  equal(askedFor(world, "nse:3045"), 2);
  refuse = false;
  await world.pass(70_000);
  equal(askedFor(world, "nse:3045"), 3);
  ok(world.prices.length > 0);
  const [served] = await world.subscriptions();
  deepEqual([served!.state, served!.freshness, served!.reason], ["live", "live", undefined]);
  await world.stop();
});

Deno.test("an hour of refusals makes a handful of requests, and a new connection asks anew", async () => {
  const world = new World({ watch: ["nse:3045"] });
  world.broker.onRequest = (text) => refusalOf(text, "E1002", "Invalid token");
  await world.start();
  await world.pass(3_600_000, 10_000);
  ok(askedFor(world, "nse:3045") <= 8, `${askedFor(world, "nse:3045")} requests`);
  world.broker.onRequest = undefined;
  world.broker.drop();
  await world.pass(60_000);
  ok(world.prices.length > 0);
  await world.stop();
});

Deno.test("one bad number among two hundred and fifty costs the others minutes, and not the day", async () => {
  const watch = Array.from({ length: 250 }, (_, i): InstrumentKey => `nfo:${40_000 + i}`);
  const world = new World({ watch });
  world.broker.ticks = () => false;
  world.broker.onRequest = (text) => {
    const request = readRequest(text);
    const isBad = request.problem === undefined && request.keys.includes("nfo:40123");
    return isBad ? refusalOf(text, "E1002", "Invalid token") : undefined;
  };
  await world.start();
  await world.pass(30 * 60_000, 10_000);
  equal(world.json.ticks().length, 249);
  ok(askedFor(world, "nfo:40123") <= 14, `${askedFor(world, "nfo:40123")} requests`);
  const rows = await world.subscriptions();
  const silent = rows.filter(({ state }) => state === "no_data");
  deepEqual(silent.map(({ instrument }) => instrument), ["nfo:40123"]);
  await world.stop();
});

Deno.test("what nobody wants any more, or wants in another mode, is not asked for again", () => {
  const clock = new FakeClock();
  const refused = new RefusedRequests(clock);
  const change = { action: "subscribe", mode: "ltp", keys: ["nse:1", "nse:2", "nse:3"] } as const;
  equal(refused.note(change, "E1001", "no"), 30_000);
  ok(refused.holds("nse:1", "ltp") && !refused.holds("nse:1", "quote"));
  const wanted = new Map([["nse:2", "ltp"], ["nse:3", "quote"]] as const);
  equal(refused.takeDue(wanted), undefined);
  clock.advance(30_000);
  deepEqual(refused.takeDue(wanted), { action: "subscribe", mode: "ltp", keys: ["nse:2"] });
  equal(refused.takeDue(wanted), undefined);
  equal(refused.nextInMs, undefined);
});
