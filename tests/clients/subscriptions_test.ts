import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { keyOf } from "../../lib/market/market.ts";
import { snapQuoteTick } from "../ticks.ts";
import type { FakeSocket } from "./fake_socket.ts";
import { Stage, type StageOptions } from "./stage.ts";
import { TurnClock } from "./turn_clock.ts";

const TOKENS = Array.from({ length: 100 }, (_, i) => String(i + 1));

/** One client of a stage whose upstream carries 100 instruments; the watch list has ten others. */
function stageWith(options: StageOptions = {}): Stage {
  const watchlist = new Map([["mcx", TOKENS.slice(0, 10)]] as const);
  return new Stage({ upstream: { capacity: 100 }, watchlist, ...options });
}

async function ask(stage: Stage, { socket, send }: ReturnType<Stage["connect"]>, command: unknown) {
  send(command);
  await stage.drain();
  return last(socket);
}

function last(socket: FakeSocket) {
  return JSON.parse(socket.frames.filter((frame) => typeof frame === "string").at(-1) as string);
}

const accepted = (answer: { results: { status: string }[] }) =>
  answer.results.filter(({ status }) => status === "accepted").length;

const ALL = { command: "subscribe", exchange: "nse", tokens: TOKENS };
const OWNERS = { command: "subscribe", exchange: "mcx" };

Deno.test("no number of clients can take the places of the watch list", async () => {
  const stage = stageWith();
  const clients = [stage.connect(), stage.connect(), stage.connect()];
  const others = { command: "subscribe", exchange: "bse", tokens: ["1"] };
  equal(accepted(await ask(stage, clients[0]!, ALL)), 90);
  const second = await ask(stage, clients[1]!, others);
  equal(second.code, "budget_exhausted");
  match(second.results.at(-1).message, /carries 100 instruments.*reserved for the watch list \(10\)/);
  deepEqual(second.budget, { used: 90, capacity: 100, reserved: 10, left: 0 });
  const owner = await ask(stage, clients[2]!, OWNERS);
  deepEqual([owner.status, owner.data[0].tokens.length], ["success", 10]);
  const { data } = await ask(stage, clients[2]!, { command: "status" });
  deepEqual(data.budget, { used: 100, capacity: 100, reserved: 0, left: 0 });
});

Deno.test("a place of the watch list that is given back is reserved again", async () => {
  const stage = stageWith();
  const [owner, other] = [stage.connect(), stage.connect()];
  await ask(stage, owner, OWNERS);
  await ask(stage, owner, { command: "unsubscribe", exchange: "mcx", tokens: ["1", "2"] });
  const { budget } = await ask(stage, other, ALL);
  deepEqual(budget, { used: 98, capacity: 100, reserved: 2, left: 0 });
  equal((await ask(stage, owner, OWNERS)).status, "success");
});

Deno.test("one client may have nine tenths beside the watch list, and another one has the rest", async () => {
  const stage = stageWith({ watchlist: new Map() });
  const [greedy, other] = [stage.connect(), stage.connect()];
  const answer = await ask(stage, greedy, ALL);
  deepEqual([accepted(answer), answer.code], [90, "too_many_instruments"]);
  match(answer.results.at(-1).message, /may have 90 instruments.*of 100.*MAX_SUBSCRIPTIONS/);
  // Neither one by one.
  const one = await ask(stage, greedy, { command: "subscribe", exchange: "bse", tokens: ["1"] });
  equal(one.code, "too_many_instruments");
  equal(
    (await ask(stage, other, { command: "subscribe", exchange: "bse", tokens: ["1"] })).status,
    "success",
  );
});

Deno.test("a watch list that fills the sockets is one client's to have", async () => {
  const stage = stageWith({ watchlist: new Map([["nse", TOKENS]] as const) });
  const answer = await ask(stage, stage.connect(), { command: "subscribe", exchange: "nse" });
  deepEqual([answer.status, answer.data[0].tokens.length], ["success", 100]);
});

Deno.test("MAX_SUBSCRIPTIONS replaces the nine tenths", async () => {
  const limits = { ...DEFAULT_LIMITS, subscriptions: 95 };
  const stage = stageWith({ watchlist: new Map(), limits });
  equal(accepted(await ask(stage, stage.connect(), ALL)), 95);
});

/** A stage of a client that has 550 instruments with depth, each with a last value. */
async function withDepth() {
  const clock = new TurnClock();
  const stage = new Stage({ clock, upstream: { capacity: 1_000 }, watchlist: new Map() });
  const client = stage.connect("encoding=json");
  const tokens = Array.from({ length: 550 }, (_, i) => String(i + 1));
  /** Everything that waits for turns has had them. */
  const turns = async () => {
    for (let i = 0; i < 20; i++) {
      clock.turn();
      await stage.drain();
    }
  };
  client.send({ command: "subscribe", exchange: "nse", tokens, mode: "snapquote" });
  await turns();
  const level = { price: 1_000.05, quantity: 1_000_000, orders: 100 };
  const side = Array.from({ length: 5 }, () => level);
  const tick = (token: string, price: number) => {
    const now = stage.clock.now();
    const more = { bids: side, asks: side, exchangeTime: now, receivedAt: now };
    stage.upstream.tick(snapQuoteTick(keyOf("nse", token), price, more));
  };
  for (const token of tokens) tick(token, 1_000);
  await stage.pass();
  await turns();
  client.socket.frames.length = 0;
  return { ...client, stage, tokens, tick, turns };
}

/** What the messages of a client say of one instrument, in order. */
function ofToken({ socket }: { socket: FakeSocket }, token: string) {
  return socket.data().flatMap(({ snapshot, stale, ticks }) =>
    ticks.filter((tick) => tick.token === token).map(({ last_traded_price, freshness }) => ({
      price: last_traded_price,
      ...snapshot ? { snapshot } : {},
      ...stale ? { stale } : {},
      ...freshness === undefined ? {} : { freshness },
    }))
  );
}

Deno.test("a long snapshot comes in several messages, made in turns, each value as it was when it was asked for", async () => {
  const client = await withDepth();
  const { send, socket, stage, tick, tokens, turns } = client;
  send({ command: "configure", encoding: "json" });
  await stage.drain();
  const first = socket.data().length;
  ok(first >= 1 && first < 6, `${first} messages in one turn`);
  equal(JSON.parse(socket.frames[0]!).status, "success");
  // A later value comes after the one that waits, and the later answer after all of them.
  tick("550", 1_001);
  await stage.pass();
  send({ command: "ping" });
  await stage.drain();
  await turns();
  const data = socket.data();
  deepEqual(data.map(({ ticks, snapshot }) => [ticks.length, snapshot]), [
    ...Array(5).fill([100, true]),
    [50, true],
    [1, undefined],
  ]);
  deepEqual(data.slice(0, 6).flatMap(({ ticks }) => ticks.map(({ token }) => token)), tokens);
  deepEqual(ofToken(client, "550"), [
    { price: 1_000, snapshot: true, freshness: "live" },
    { price: 1_001 },
  ]);
  equal(last(socket).type, "pong");
});

Deno.test("a value that waits while its feed goes down is stale when it is sent", async () => {
  const client = await withDepth();
  const { send, stage, tick, turns } = client;
  send({ command: "configure", encoding: "json" });
  await stage.drain();
  tick("549", 1_001);
  stage.upstream.up = undefined;
  stage.upstream.event({
    kind: "down",
    since: stage.clock.now(),
    keys: ["nse:549", "nse:550"],
    cause: { kind: "socket", message: "test" },
  });
  await turns();
  await stage.pass();
  deepEqual(ofToken(client, "550"), [{ price: 1_000, snapshot: true, freshness: "stale" }]);
  // Of two values, the later one tells of the outage.
  deepEqual(ofToken(client, "549"), [
    { price: 1_000, snapshot: true, freshness: "live" },
    { price: 1_001, stale: true },
  ]);
});

Deno.test("a client that goes while its snapshot waits is sent nothing more, and nothing is made for it", async () => {
  const { client, send, socket, stage, turns } = await withDepth();
  send({ command: "configure", encoding: "json" });
  await stage.drain();
  client.gone();
  const before = socket.frames.length;
  await turns();
  equal(socket.frames.length, before);
});
