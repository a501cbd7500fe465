import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import type { FakeSocket } from "./fake_socket.ts";
import { Stage, type StageOptions } from "./stage.ts";

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
