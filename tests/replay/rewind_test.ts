import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { FakeClock } from "../fakes.ts";
import { FakeSocket } from "../clients/fake_socket.ts";
import { Stage } from "../clients/stage.ts";
import { recorderIn } from "../recording/files.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { turn } from "../../lib/util/pace.ts";
import type { Exchange } from "../../lib/market/market.ts";
import { at, until } from "./stage.ts";

// deno-lint-ignore no-explicit-any
type Message = Record<string, any>;

/** The live wire with a recorder, both ends in the hand. */
class RecordedStage implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly clock = new FakeClock(at("10:00:00"));
  readonly recorder;
  readonly stage;

  constructor(exchanges?: readonly Exchange[]) {
    const { clock, folder } = this;
    this.recorder = recorderIn(folder.path, { clock, ...exchanges === undefined ? {} : { exchanges } });
    this.stage = new Stage({ clock, recorder: this.recorder });
    this.recorder.start();
  }

  connect(query = "encoding=json") {
    const { client, send, socket } = this.stage.connect(query);
    return {
      client,
      send,
      socket,
      ask: (more: Message) => send({ command: "subscribe", exchange: "nse", ...more }),
    };
  }

  /** Somebody who wants an instrument, so that there is something to be recorded. */
  async wanted(): Promise<void> {
    const { ask } = this.connect();
    ask({ tokens: [KEY, "nse:2"], mode: "ltp" });
    await turn();
  }

  tick(price: number, key: InstrumentKey = KEY): void {
    this.stage.tick(key, price);
  }

  /** What waits for its turn has it, though no time passes. */
  until(isSo: () => boolean, each = () => this.clock.advance(0)): Promise<void> {
    return until(isSo, each);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stage.gateway.shutdown();
    await this.recorder.stop();
    this.folder[Symbol.dispose]();
  }
}

const KEY = "nse:1" as const;

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const completed = (socket: FakeSocket) =>
  socket.messages().filter(({ status }) => status === "replay_completed");

/** The prices of an instrument, and how many of them came before the live ones. */
function seen(socket: FakeSocket, token = "1") {
  const prices: unknown[] = [];
  let before: number | undefined;
  for (const frame of socket.frames) {
    const message: Message = JSON.parse(frame);
    if (message.status === "replay_completed") before = prices.length;
    if (message.type !== "market_data") continue;
    const ticks = message.data.filter((tick: Message) => tick.token === token);
    if (ticks.length > 0) {
      equal(message.source, before === undefined ? "replay" : undefined, "what is recorded is marked");
    }
    prices.push(...ticks.map((tick: Message) => tick.last_traded_price));
  }
  return { prices, before };
}

Deno.test("a rewind and what follows it are the whole sequence, wherever they are divided", async () => {
  const counts = fc.record({
    before: fc.integer({ min: 0, max: 900 }),
    /** Ticks of one round of the event loop, over and over, while the rewind goes on. */
    during: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 9 }),
    after: fc.integer({ min: 1, max: 50 }),
    isOwn: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(counts, async ({ before, during, after, isOwn }) => {
      await using live = new RecordedStage();
      await live.wanted();
      const client = live.connect();
      // One that has others already is in a group of its own.
      if (isOwn) client.ask({ tokens: ["nse:2"] });
      let price = 0;
      const next = () => {
        live.tick(++price);
        live.clock.advance(3);
      };
      for (let i = 0; i < before; i++) next();
      client.ask({ tokens: [KEY], from: "10:00" });
      let round = 0;
      await live.until(() => completed(client.socket).length > 0, () => {
        for (let i = during[round++ % during.length]!; i > 0; i--) next();
        live.clock.advance(0);
      });
      for (let i = 0; i < after; i++) next();
      await live.stage.pass();
      deepEqual(seen(client.socket).prices, range(1, price));
      equal(completed(client.socket).length, 1);
      equal(live.stage.demand.get(KEY), "ltp");
    }),
    { numRuns: 12 },
  );
});

Deno.test("it begins at the time that is asked for, in whatever form", async () => {
  await using live = new RecordedStage();
  await live.wanted();
  for (let i = 1; i <= 60; i++) {
    live.tick(i);
    live.clock.advance(1_000);
  }
  const from = async (from: unknown) => {
    const { socket, ask } = live.connect();
    ask({ tokens: [KEY], from });
    await live.until(() => completed(socket).length > 0);
    return seen(socket).prices[0];
  };
  equal(await from("10:00:30"), 31);
  equal(await from("-10s"), 51);
  equal(await from("-1h"), 1);
  equal(await from(at("10:00:59")), 60);
  equal(await from("2026-11-20T04:30:20Z"), 21);
  equal(await from("10:01"), undefined);
  const refused = async (from: unknown) => {
    const { socket, ask } = live.connect();
    ask({ tokens: [KEY], from });
    await live.until(() => socket.messages().at(-1)!.status === "error");
    return String(socket.messages().at(-1)!.message);
  };
  match(await refused("10:02"), /"from" is in the future: it is 2026-11-20 10:01:00 IST/);
  match(await refused(at("10:00:00", "2026-11-19")), /"from" is before today/);
  match(await refused("yesterday"), /"from" must be a time of today/);
  match(await refused(true), /"from" must be a time of today/);
});

Deno.test("a client that does not read waits alone, and others have their ticks meanwhile", async () => {
  await using live = new RecordedStage();
  await live.wanted();
  for (let i = 1; i <= 2_000; i++) {
    live.tick(i);
    live.clock.advance(1);
  }
  const slow = live.connect();
  const other = live.connect();
  other.ask({ tokens: [KEY] });
  slow.socket.held = 1_000_000;
  slow.ask({ tokens: [KEY], from: "10:00" });
  await live.until(() => slow.socket.ticks().length > 0);
  const stuck = slow.socket.ticks().length;
  const heard = other.socket.ticks().length;
  for (let i = 2_001; i <= 2_100; i++) {
    live.tick(i);
    await live.stage.pass(30);
  }
  equal(slow.socket.ticks().length, stuck);
  equal(other.socket.ticks().length, heard + 100);
  slow.socket.held = 0;
  await live.until(() => completed(slow.socket).length > 0, () => live.clock.advance(1));
  live.tick(2_101);
  await live.stage.pass();
  deepEqual(seen(slow.socket).prices, range(1, 2_101));
});

Deno.test("who reads nothing at all is closed, and leaves nothing behind", async () => {
  await using live = new RecordedStage();
  await live.wanted();
  for (let i = 1; i <= 2_000; i++) live.tick(i);
  const { socket, ask } = live.connect();
  ask({ tokens: ["nse:2"], from: "10:00" });
  await live.until(() => completed(socket).length > 0);
  socket.held = 1_000_000;
  ask({ tokens: [KEY], from: "10:00", mode: "quote" });
  await live.until(() => socket.closes.length > 0, () => live.clock.advance(100));
  equal(socket.closes[0]!.code, 1013);
  equal(live.stage.demand.get(KEY), "ltp", "nobody wants more of it any more");
});

Deno.test("what is live already is rewound once and goes on; what is given up meanwhile does not come back", async () => {
  await using live = new RecordedStage();
  const { socket, send, ask } = live.connect();
  ask({ tokens: [KEY, "nse:2"] });
  for (let i = 1; i <= 20; i++) {
    live.tick(i);
    live.tick(i, "nse:2");
    live.clock.advance(20);
  }
  await live.stage.pass();
  socket.frames.length = 0;
  ask({ tokens: [KEY, "nse:2"], from: "10:00", mode: "quote" });
  ask({ tokens: [KEY], from: "10:00" });
  equal(socket.messages().at(-1)!.code, "rewinding");
  send({ command: "unsubscribe", tokens: ["nse:2"] });
  await live.until(() => completed(socket).length > 0);
  live.tick(21);
  live.tick(21, "nse:2");
  await live.stage.pass();
  deepEqual(seen(socket).prices, range(1, 21));
  ok(!seen(socket, "2").prices.includes(21));
  deepEqual(completed(socket)[0]!.instruments, [KEY]);
  equal(live.stage.demand.get(KEY), "quote");
});

Deno.test("gaps of the recording are told at the end of a rewind", async () => {
  await using live = new RecordedStage();
  await live.wanted();
  live.tick(1);
  live.clock.advance(60_000);
  const keys = [KEY];
  live.stage.upstream.event({ kind: "up", from: at("10:00:10"), to: at("10:00:40"), keys });
  live.tick(2);
  const { socket, ask } = live.connect();
  ask({ tokens: [KEY], from: "-2m" });
  await live.until(() => completed(socket).length > 0);
  const [{ gaps }] = completed(socket) as [{ gaps: unknown[] }];
  // The recording begins with its first record, and what was before it is not there.
  deepEqual(gaps, [{ from: at("09:59:00"), to: at("10:00:00") }, {
    from: at("10:00:10"),
    to: at("10:00:40"),
  }]);
});

Deno.test("where nothing is recorded, or not of that exchange, a rewind is refused", async () => {
  const stage = new Stage();
  const { send, socket } = stage.connect("encoding=json");
  send({ command: "subscribe", exchange: "nse", tokens: [1], from: "-5m" });
  const answer = socket.messages().at(-1)!;
  deepEqual([answer.status, answer.code], ["error", "not_recorded"]);
  await using live = new RecordedStage(["mcx"]);
  const client = live.connect();
  client.ask({ tokens: [KEY], from: "-5m" });
  match(String(client.socket.messages().at(-1)!.message), /nse is not recorded here/);
  equal(live.stage.demand.size, 0);
});
