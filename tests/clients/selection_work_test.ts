/** What one command with thousands of names may do at a time, counted. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { MAX_SUGGESTED } from "../../lib/clients/instrument_selection.ts";
import type { Instruments } from "../../lib/instruments/instrument.ts";
import { WELL_KNOWN } from "../../lib/instruments/symbols.ts";
import { builtInCatalog } from "../instruments/catalog_of.ts";
import { last, Stage } from "./stage.ts";
import { TurnClock } from "./turn_clock.ts";

/** Names that one turn of the event loop may look up. */
const MOST_A_TURN = 600;

/** The instruments that are built in, with all look-ups counted. */
function counted() {
  const counts = { resolved: 0, suggested: 0 };
  const builtIn = builtInCatalog(WELL_KNOWN);
  const instruments: Instruments = {
    ...builtIn,
    resolve(word, exchange) {
      counts.resolved++;
      const found = builtIn.resolve(word, exchange);
      if (found.kind === "found") return found;
      return {
        ...found,
        suggest(limit) {
          counts.suggested++;
          return found.suggest(limit);
        },
      };
    },
  };
  return { counts, instruments };
}

for (const command of ["subscribe", "unsubscribe"]) {
  Deno.test(`${command} of 3000 unknown names is done in pieces, and suggests for the first few`, async () => {
    const { counts, instruments } = counted();
    const clock = new TurnClock();
    const stage = new Stage({ clock, instruments });
    const { send, socket } = stage.connect();
    const symbols = Array.from({ length: 3_000 }, (_, i) => `ZZQ${i * 7919 % 100_000}XY`);
    const before = socket.frames.length;
    send({ command, symbols });
    let most = counts.resolved;
    for (let turns = 0; socket.frames.length === before; turns++) {
      ok(turns < 1_000, "no answer");
      const resolved = counts.resolved;
      clock.turn();
      await stage.drain();
      most = Math.max(most, counts.resolved - resolved);
    }
    const { status, results } = last(socket) as { status: string; results: { suggestions?: unknown }[] };
    equal(status, "error");
    equal(results.length, 3_000);
    equal(counts.resolved, 3_000);
    equal(counts.suggested, MAX_SUGGESTED);
    ok(most <= MOST_A_TURN, `${most} names in one turn`);
  });
}

Deno.test("commands behind a long one are answered after it, in their order", async () => {
  const { instruments } = counted();
  const clock = new TurnClock();
  const stage = new Stage({ clock, instruments });
  const { send, socket } = stage.connect();
  send({ command: "subscribe", symbols: Array.from({ length: 900 }, (_, i) => `ZZQ${i}`), id: 1 });
  send({ command: "subscribe", symbols: ["SBIN"], id: 2 });
  send({ command: "ping", id: 3 });
  for (let turns = 0; turns < 20; turns++) {
    clock.turn();
    await stage.drain();
  }
  equal(socket.frames.slice(1, 4).map((frame) => JSON.parse(frame).id).join(), "1,2,3");
});

Deno.test("ticks of what a long command subscribes come after its answer, whatever else there is to do", async () => {
  const clock = new TurnClock();
  const stage = new Stage({ clock, upstream: { capacity: 1_000 }, watchlist: new Map() });
  const { send, socket } = stage.connect("encoding=json");
  const others = Array.from({ length: 20 }, () => stage.connect("encoding=json"));
  const tokens = Array.from({ length: 300 }, (_, i) => String(i + 1));
  const before = socket.frames.length;
  send({ command: "subscribe", exchange: "nse", tokens });
  for (let turns = 0; socket.frames.length === before; turns++) {
    ok(turns < 100, "no answer");
    for (const other of others) other.send({ command: "search", query: "nifty" });
    clock.turn();
    await stage.drain();
    stage.tick("nse:1", 100 + turns);
    await stage.drain();
    stage.clock.advance(20);
    await stage.drain();
  }
  const { status, data } = JSON.parse(socket.frames[before] as string);
  equal(status, "success");
  equal(data[0].tokens.length, 300);
});

Deno.test("a long list is subscribed in pieces; ticks and news that come meanwhile come after the answer", async () => {
  const clock = new TurnClock();
  const stage = new Stage({ clock, upstream: { capacity: 3_000 }, watchlist: new Map() });
  const { send, socket } = stage.connect("encoding=json");
  const tokens = Array.from({ length: 1_500 }, (_, i) => String(i + 1));
  const turn = async () => {
    clock.turn();
    await stage.drain();
  };
  /** Turns until there is an answer, and the most by which the demand changed in one of them. */
  const answered = async (each: () => void) => {
    const before = socket.messages().filter(({ status }) => status === "success").length;
    let most = 0;
    for (
      let turns = 0;
      socket.messages().filter(({ status }) => status === "success").length === before;
      turns++
    ) {
      ok(turns < 100, "no answer");
      const size = stage.demand.size;
      await turn();
      most = Math.max(most, Math.abs(stage.demand.size - size));
      each();
    }
    return most;
  };
  // Some have a last value.
  const { send: sendFirst } = stage.connect();
  sendFirst({ command: "subscribe", exchange: "nse", tokens: ["1", "2"] });
  await stage.drain();
  stage.tick("nse:1", 100);
  socket.frames.length = 0;

  send({ command: "subscribe", exchange: "nse", tokens });
  let told = false;
  const most = await answered(() => {
    if (told || stage.demand.size < 400) return;
    told = true;
    stage.tick("nse:1", 101);
    stage.gateway.announce({
      kind: "down",
      since: 5,
      cause: { kind: "login", message: "no" },
      keys: ["nse:1"],
    });
    stage.gateway.announce({ kind: "up", from: 5, to: 6, keys: ["nse:1"] });
  });
  ok(told);
  ok(most <= 800, `${most} in one turn`);
  for (let i = 0; i < 20; i++) await turn();
  await stage.pass();
  const kinds = socket.frames.map((frame) => {
    const { status, type, snapshot, data } = JSON.parse(frame);
    return type === "market_data" ? `${snapshot ? "snapshot" : "tick"} ${data[0].last_traded_price}` : status;
  });
  equal(kinds.shift(), "success");
  equal(kinds[0], "snapshot 100");
  deepEqual(kinds.slice(1).sort(), ["tick 101", "upstream_down", "upstream_up"]);
  ok(kinds.indexOf("upstream_down") < kinds.indexOf("upstream_up"));
  equal(socket.messages()[0]!.status, "success");
  equal((socket.messages()[0]!.results as unknown[]).length, 1_500);

  socket.frames.length = 0;
  send({ command: "unsubscribe", all: true });
  ok(await answered(() => {}) <= 800);
  equal(stage.demand.size, 2);
});

Deno.test("a fault in the middle of a long answer holds nothing back", async () => {
  const clock = new TurnClock();
  const stage = new Stage({ clock, upstream: { capacity: 3_000 }, watchlist: new Map() });
  const { send, socket } = stage.connect("encoding=json");
  const tokens = Array.from({ length: 900 }, (_, i) => String(i + 1));
  let asked = 0;
  const { symbolOf } = stage.instruments;
  send({ command: "subscribe", exchange: "nse", tokens });
  for (let turns = 0; socket.messages().length < 2; turns++) {
    ok(turns < 100, "no answer");
    if (stage.demand.size === 900) {
      stage.instruments.symbolOf = (key) => {
        if (asked++ === 0) throw new Error("broken");
        return symbolOf(key);
      };
    }
    clock.turn();
    await stage.drain();
  }
  equal(last(socket).code, "internal");
  stage.tick("nse:1", 100);
  for (let i = 0; i < 5; i++) {
    clock.turn();
    await stage.pass();
  }
  equal(socket.ticks().at(-1)!.last_traded_price, 100);
});
