import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal, throws } from "node:assert/strict";
import { type Client, CommandError, connect, type Events, type Options } from "../../static/client.js";
import { compressed, settle } from "../fakes.ts";
import { Rig } from "../proxy/rig.ts";
import { drop, HandSocket, inHand, told } from "./hand_socket.ts";

function client(rig: Rig, options: Options = {}): Client {
  return connect(`ws://127.0.0.1:${rig.proxy.port}`, { retryBase: 50, ...options });
}

/** Turns the rig's clock until a promise has settled. */
async function settled<T>(rig: Rig, promise: Promise<T>): Promise<T> {
  let done = false;
  promise.then(() => done = true, () => done = true);
  await rig.until(() => done);
  return await promise;
}

Deno.test("subscribe gives a row for each instrument, and unsubscribe what is left", async () => {
  await using rig = await Rig.start();
  await using own = client(rig);
  const answer = await settled(
    rig,
    own.subscribe({ symbols: ["SBIN", "NIFTY 50", "RELIANC"], mode: "quote" }),
  );
  equal(answer.status, "partial");
  deepEqual(answer.results.map(({ status, instrument, mode }) => [status, instrument, mode]), [
    ["accepted", "nse:3045", "quote"],
    ["accepted", "nse:99926000", "quote"],
    ["refused", "RELIANC", undefined],
  ]);
  deepEqual([...own.wanted], [["nse:3045", "quote"], ["nse:99926000", "quote"]]);
  equal(answer.budget?.used, 2);
  const list = await settled(rig, own.subscribe({ exchange: "mcx" }));
  deepEqual(list.results.map(({ instrument }) => instrument), ["mcx:574841", "mcx:999999"]);
  deepEqual((await settled(rig, own.listSubscriptions())).length, 4);
  equal((await settled(rig, own.unsubscribe({ exchange: "nse", tokens: [3045] }))).left, 3);
  deepEqual([...own.wanted.keys()], ["nse:99926000", "mcx:574841", "mcx:999999"]);
  equal((await settled(rig, own.unsubscribe({ all: true }))).left, 0);
  equal(own.wanted.size, 0);
});

Deno.test("ticks come by loop and by callback, in the order of the wire, whatever is compressed", async () => {
  await using rig = await Rig.start({ simulator: { rate: 2_000 } });
  const reference = await rig.connect("/?encoding=json");
  reference.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => reference.ticks.length > 50);
  await using own = client(rig);
  const [live, snapshots, gaps] = [told(own, "tick"), told(own, "snapshot"), told(own, "gap")];
  const looped: Events["tick"][] = [];
  const reading = (async () => {
    for await (const tick of own.ticks()) looped.push(tick);
  })();
  await settled(rig, own.subscribe({ exchange: "nse" }));
  await rig.until(() => live.length > 3_000);
  await own.close();
  await reading;
  equal(snapshots.length, 1);
  deepEqual(snapshots[0]!.map(({ token, snapshot, freshness }) => [token, snapshot, freshness]), [
    ["99926000", true, "live"],
    ["3045", true, "live"],
    ["2885", true, "live"],
  ]);
  deepEqual(looped, [...snapshots[0]!, ...live]);
  const line = (ticks: readonly object[]) => ticks.map((tick) => JSON.stringify(tick));
  const whole = line(reference.ticks);
  const from = whole.indexOf(JSON.stringify(live[0]));
  deepEqual(line(live.slice(0, 2_500)), whole.slice(from, from + 2_500));
  deepEqual(gaps, []);
});

Deno.test("the proxy starts again on its port: all is wanted as before, and the gap is said", async () => {
  await using cleanup = new AsyncDisposableStack();
  const first = cleanup.use(await Rig.start());
  const { port } = first.proxy;
  const own = cleanup.use(client(first, { encoding: "json", fields: ["last_traded_price"] }));
  const [live, lost, gaps, opened, news] = [
    told(own, "tick"),
    told(own, "lost"),
    told(own, "gap"),
    told(own, "open"),
    told(own, "news"),
  ];
  await settled(first, own.subscribe({ symbols: ["SBIN"], mode: "quote" }));
  await settled(first, own.subscribe({ exchange: "mcx", tokens: ["574841"] }));
  await first.until(() => live.length > 10);
  const before = Date.now();
  await first.stop();
  await first.until(() => lost.length > 0);
  equal(lost[0]!.code, 1001);
  equal(news.at(-1)!.status, "shutdown");
  // Asked while there is no proxy; answered by the next one.
  const asked = own.search("nifty bank");
  const tries = lost.length;
  await first.until(() => lost.length > tries);
  const second = cleanup.use(await Rig.start({ proxy: { port } }));
  const count = live.length;
  await second.until(() => live.length > count + 20);
  equal((await asked)[0]!.token, "99926009");
  equal(opened.length, 2);
  ok(opened[0]!.epoch !== opened[1]!.epoch);
  await second.until(() => second.control.stats().subscriptions[0]!.length === 2);
  deepEqual([...second.control.stats().subscriptions[0]!].sort(), ["mcx:574841 ltp", "nse:3045 quote"]);
  deepEqual(Object.keys(live.at(-1)!).filter((field) => field !== "freshness"), [
    "exchange",
    "token",
    "last_traded_price",
  ]);
  const [gap, ...others] = gaps;
  deepEqual(others, []);
  deepEqual([gap!.kind, gap!.instruments], ["connection", ["nse:3045", "mcx:574841"]]);
  ok(gap!.from <= gap!.to && gap!.from >= before - 5_000 && gap!.to >= lost[0]!.retryAt - 1_000);
});

Deno.test("news of the feed are told: the gap of the proxy's own connection, and what is stale", async () => {
  await using rig = await Rig.start();
  await using own = client(rig);
  const [live, gaps, freshness] = [told(own, "tick"), told(own, "gap"), told(own, "freshness")];
  await settled(rig, own.subscribe({ exchange: "nse" }));
  await rig.until(() => live.length > 10);
  rig.control.dropSockets();
  await rig.until(() => gaps.length > 0);
  const [{ kind, from, to, instruments }] = gaps as [typeof gaps[number]];
  equal(kind, "upstream");
  ok(from < to);
  deepEqual(instruments, ["nse:99926000", "nse:3045", "nse:2885"]);
  await rig.until(() => freshness.length === 2);
  deepEqual(freshness.map(({ status, exchange }) => [status, exchange]), [["stale", "nse"], [
    "fresh",
    "nse",
  ]]);
});

Deno.test("a slow reader gets the latest of each instrument, and learns how many were replaced", async () => {
  await using rig = await Rig.start({ simulator: { rate: 1_000 } });
  await using own = client(rig);
  const [live, snapshots, conflated] = [told(own, "tick"), told(own, "snapshot"), told(own, "conflated")];
  const ticks = own.ticks({ limit: 50 });
  await settled(rig, own.subscribe({ exchange: "nse" }));
  await rig.until(() => live.length > 1_000);
  const all = [...snapshots.flat(), ...live];
  const waiting = [];
  for (let i = 0; i < 3; i++) waiting.push((await ticks.next()).value!);
  const last = (token: string) => live.findLast((tick) => tick.token === token);
  deepEqual(new Set(waiting), new Set(["99926000", "3045", "2885"].map(last)));
  equal(waiting.length + ticks.conflated, all.length, "what was left out was said");
  equal(conflated.reduce((sum, { count }) => sum + count, 0), ticks.conflated);
  // It has caught up, and gets every tick again.
  const count = live.length;
  const next = ticks.next();
  await rig.until(() => live.length > count);
  deepEqual((await next).value, live[count]);
});

Deno.test("leaving the loop ends it for its reader alone", async () => {
  await using rig = await Rig.start();
  await using own = client(rig);
  const [left, stays] = [own.ticks(), own.ticks()];
  await settled(rig, own.subscribe({ exchange: "nse" }));
  let seen = 0;
  await settled(
    rig,
    (async () => {
      for await (const _ of left) if (++seen === 5) break;
    })(),
  );
  deepEqual(await left.next(), { value: undefined, done: true });
  equal((await settled(rig, stays.next())).done, false);
});

Deno.test("the contract is the client's own: interval, fields, the broker's packets", async () => {
  await using rig = await Rig.start({ simulator: { rate: 1_000 } });
  await using own = client(rig, { interval: 500 });
  const [live, conflated, packets] = [told(own, "tick"), told(own, "conflated"), told(own, "packets")];
  await settled(rig, own.subscribe({ symbols: ["SBIN"] }));
  await rig.pass(3_000);
  ok(live.length <= 8 && conflated.some(({ count, by }) => count > 50 && by === "proxy"));
  deepEqual(await settled(rig, own.configure({ interval: 0, fields: ["volume"] })), {
    encoding: "gzip",
    interval: 0,
    fields: ["volume"],
  });
  await settled(rig, own.configure({ encoding: "binary" }));
  await rig.until(() => packets.length > 3);
  ok(packets.flat().every((packet) => packet.length === 51));
  // Binary messages count as well: none is missed when it goes back.
  const gaps = told(own, "gap");
  await settled(rig, own.configure({ encoding: "json" }));
  const count = live.length;
  await rig.until(() => live.length > count + 3);
  deepEqual(gaps, []);
});

Deno.test("search, status, list and ping answer", async () => {
  await using rig = await Rig.start();
  await using own = client(rig);
  equal((await settled(rig, own.search("nifty", { limit: 2, exchange: "nse" }))).length, 2);
  equal((await settled(rig, own.status())).budget.capacity, 990);
  deepEqual(await settled(rig, own.listSubscriptions()), []);
  const way = await settled(rig, own.ping());
  ok(way >= 0 && way < 5_000);
});

Deno.test("whoever runs the proxy sees who is connected, and closes one", async () => {
  await using rig = await Rig.start();
  const other = await rig.connect("/?encoding=json");
  await using own = client(rig);
  const clients = await settled(rig, own.clients());
  const [number] = clients.filter(({ is_this }) => !is_this).map(({ number }) => number);
  equal(clients.length, 2);
  await settled(rig, own.disconnectClient(number));
  await rig.until(() => other.closed !== undefined);
  equal(other.closed!.code, 1008);
  await rejects(settled(rig, own.disconnectClient(number)), { code: "unknown_client" });
  const overview = await settled(rig, own.overview({ after: 1 }));
  equal(typeof overview.ready, "boolean");
});

Deno.test("no client is closed by a number of another connection", async () => {
  const { own, socket } = inHand();
  const closing = own.disconnectClient(7);
  await rejects(closing, { code: "lost" });
  equal(socket().sent.some(({ command }) => command === "disconnect"), false);
  await own.close();
});

Deno.test("what is refused rejects with its code, and is not wanted", async () => {
  await using rig = await Rig.start();
  await using own = client(rig);
  const refused = async (promise: Promise<unknown>, code: string) => {
    await rejects(settled(rig, promise), (error) => error instanceof CommandError && error.code === code);
  };
  await refused(own.subscribe({ exchange: "nasdaq" }), "unknown_exchange");
  await refused(own.subscribe({ exchange: "bse" }), "unknown_exchange");
  await refused(own.subscribe({ symbols: ["NOBODY"] }), "unknown_instrument");
  await refused(own.configure({ interval: -1 }), "bad_command");
  await refused(own.search(""), "bad_command");
  equal(own.wanted.size, 0);
  // Nobody waits for this one, and nobody is hurt.
  own.subscribe({ symbols: ["NOBODY"] });
  await rig.pass(100);
});

Deno.test("without a proxy it keeps trying, commands time out, and close() ends it", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const own = connect(`ws://127.0.0.1:${port}`, { timeout: 100, retryBase: 1, retryCap: 5 });
  const [lost, closed] = [told(own, "lost"), told(own, "closed")];
  await rejects(
    own.status(),
    (error: CommandError) => error.code === "timeout" && /not connected/.test(error.message),
  );
  ok(lost.length >= 2, `${lost.length} tries`);
  const open = own.subscribe({ exchange: "nse" });
  const reading = own.ticks().next();
  await own.close();
  await rejects(open, { code: "closed" });
  deepEqual(await reading, { value: undefined, done: true });
  await rejects(own.ping(), { code: "closed" });
  deepEqual(await own.ticks().next(), { value: undefined, done: true });
  await own.close();
  equal(closed.length, 1);
});

Deno.test("an address that is none is said at once", () => {
  throws(() => connect("no address"), { name: "SyntaxError" });
});

Deno.test("holes in seq are gaps, and what cannot be read is an error; the ticks after it still come", async () => {
  const { own, socket } = inHand();
  const order: unknown[] = [];
  own.on("gap", ({ kind, from, to }) => order.push(`${kind} ${from}-${to}`));
  own.on("error", ({ name }) => order.push(name));
  own.on("tick", ({ token }) => order.push(token));
  socket().says({ type: "info" });
  const data = (seq: number, token: string) => ({
    type: "market_data",
    seq,
    compressed: false,
    data: [{ token }],
  });
  socket().says(data(1, "a"));
  socket().says({ type: "market_data", seq: 2, compressed: true, data: "AAAA" });
  socket().says(data(5, "b"));
  socket().says("no JSON");
  socket().says({ type: "later versions add some" });
  socket().says(data(6, "c"));
  socket().says({ status: "error", code: "internal", message: "failed" });
  await compressed();
  deepEqual(order, ["a", "TypeError", "messages 3-4", "b", "SyntaxError", "c", "CommandError"]);
  await own.close();
});

Deno.test("a listener that throws hurts no other", async () => {
  const { own, socket } = inHand();
  const errors = told(own, "error");
  own.on("tick", () => {
    throw new Error("mine");
  });
  const ticks = told(own, "tick");
  const off = own.on("tick", () => ok(false, "was taken away"));
  off();
  socket().says({ type: "market_data", seq: 1, compressed: false, data: [{}, {}] });
  await settle();
  equal(ticks.length, 2);
  deepEqual(errors.map(({ message }) => message), ["mine", "mine"]);
  await own.close();
});

Deno.test("a silent connection is asked, then given up", async () => {
  const { own, clock, socket } = inHand();
  const lost = told(own, "lost");
  const first = socket();
  first.says({ type: "info" });
  await clock.advanceAsync(26_000);
  deepEqual(first.sent, [{ command: "list_exchanges" }]);
  equal(lost[0]!.reason, "silent");
  ok(HandSocket.made.length > 1);
  await own.close();
});

Deno.test("waits grow with each failure up to the cap, and any part of them may be drawn", async () => {
  const draws: number[] = [];
  const { own, clock } = inHand({
    retryBase: 20,
    retryCap: 120,
    random: () => (draws.push(1), 0.5),
  });
  const waits: number[] = [];
  const said: number[] = [];
  let at = 0;
  own.on("lost", ({ retryAt }) => said.push(2 * (retryAt - at)));
  for (let i = 0; i < 6; i++) {
    at = clock.now();
    await drop();
    waits.push(2 * (clock.now() - at));
  }
  deepEqual(draws.length, 6);
  deepEqual([waits, said], [[20, 40, 80, 120, 120, 120], [20, 40, 80, 120, 120, 120]]);
  await own.close();
});

Deno.test("a loss amid the resubscription keeps the gap open from its beginning", async () => {
  const { own, clock, socket } = inHand({ random: () => 0.5 });
  const gaps = told(own, "gap");
  const answer = (row: Record<string, unknown>) => ({
    status: "success",
    id: row.id,
    data: [{ exchangeType: 1, tokens: ["7"] }],
    results: [],
  });
  socket().says({ type: "info" });
  const asked = own.subscribe({ exchange: "nse", tokens: ["7"] });
  socket().says(answer(socket().sent[0]!));
  await asked;
  const heard = clock.now();
  await drop();
  socket().says({ type: "info" });
  await clock.advanceAsync(20);
  await drop();
  equal(gaps.length, 0);
  socket().says({ type: "info" });
  deepEqual(socket().sent.map(({ command, tokens }) => [command, tokens]), [["subscribe", ["7"]]]);
  socket().says(answer(socket().sent[0]!));
  await settle();
  equal(gaps.length, 1);
  deepEqual([gaps[0]!.from, gaps[0]!.to], [heard, clock.now()]);
  await own.close();
});
