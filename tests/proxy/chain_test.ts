/** Option chains from the simulated market to the clients' sockets. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { DATA_CALLS } from "../../lib/smartapi/data_calls.ts";
import { simulatedInstruments } from "../../lib/simulator/instruments.ts";
import { withOptionChains } from "../../lib/simulator/option_chains.ts";
import { TEN_O_CLOCK } from "../ticks.ts";
import { jsonCall } from "./rest_call.ts";
import { Rig } from "./rig.ts";

const INSTRUMENTS = withOptionChains(simulatedInstruments(TEN_O_CLOCK), TEN_O_CLOCK);

function start(): Promise<Rig> {
  return Rig.start({ simulator: { instruments: INSTRUMENTS, rate: 1_000 } });
}

// deno-lint-ignore no-explicit-any
type Body = Record<string, any>;

Deno.test("what /chain computes is what the broker's option Greeks say, in the same units", async () => {
  await using rig = await start();
  const chain = await jsonCall(rig, "/chain?underlying=NIFTY&expiry=2026-12-29&strikes=8");
  equal(chain.forward.from, "future");
  const { path } = DATA_CALLS.optionGreeks;
  const broker = await jsonCall(rig, path, { body: { name: "NIFTY", expirydate: "29DEC2026" } });
  let compared = 0;
  for (const greek of broker.data as Record<string, string>[]) {
    const row = chain.data.find(({ strike }: Body) => strike === Number(greek.strikePrice));
    if (row === undefined) continue;
    const side = row[greek.optionType === "CE" ? "call" : "put"];
    const near = (name: string, own: number, tolerance: number) =>
      ok(Math.abs(own - Number(greek[name])) <= tolerance, `${row.strike} ${name} ${own} ${greek[name]}`);
    near("impliedVolatility", side.implied_volatility, 0.1);
    near("delta", side.delta, 0.01);
    near("gamma", side.gamma, 0.0001);
    near("theta", side.theta, 0.1);
    near("vega", side.vega, 0.1);
    compared++;
  }
  equal(compared, 34);
  const names = Object.keys(broker.data[0]);
  deepEqual(names, [
    "name",
    "expiry",
    "strikePrice",
    "optionType",
    "delta",
    "gamma",
    "theta",
    "vega",
    "impliedVolatility",
    "tradeVolume",
  ]);
});

Deno.test("an index that runs through its strikes has its chain beside it all the way, with prices", async () => {
  await using rig = await start();
  const client = await rig.connect("/?encoding=json");
  client.send({ command: "subscribe", chain: { underlying: "NIFTY", strikes: 3 }, mode: "snapquote" });
  const news = () => client.messages.filter(({ type }) => type === "chain");
  await rig.until(() => news().length > 0);
  const follows = () => news().at(-1)!.chain.at_the_money as number;
  const index = () => client.ticks.findLast(({ token }) => token === "99926000")?.last_traded_price as number;
  rig.control.set({ strikesPerMinute: 50 });
  let behindMs = 0;
  let mostBehindMs = 0;
  for (let passed = 0; passed < 10_000; passed += 100) {
    await rig.turn(100);
    behindMs = Math.abs(index() - follows()) > 37.5 ? behindMs + 100 : 0;
    mostBehindMs = Math.max(mostBehindMs, behindMs);
  }
  ok(mostBehindMs < 1_000, `${mostBehindMs} ms behind`);
  const moves = news().filter(({ status }) => status === "moved");
  ok(moves.length >= 6, `${moves.length} moves`);
  for (const { added, dropped } of moves) ok(added.length > 0 && added.length === dropped.length);
  const { added } = moves.at(-2)!;
  for (const { instrument } of added) {
    const token = instrument.slice(4);
    ok(
      client.ticks.some((tick) => tick.token === token && tick.bids.length > 0),
      `${instrument} never ticked`,
    );
  }
  client.send({ command: "list_subscriptions" });
  await rig.until(() => client.answers.some(({ chains }) => chains !== undefined));
  const { data, chains } = client.answers.at(-1)!;
  equal(data.length, 15);
  deepEqual(chains.map(({ id }: Body) => id), ["nfo:NIFTY nearest"]);
});
