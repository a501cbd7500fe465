/** Replays of many days do not delay live ticks: of all their pieces of work there is one in a round of the event loop. */
import { equal, ok } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { snapQuoteTick } from "../ticks.ts";
import { DATE, type ReplayClient, ReplayStage } from "./stage.ts";

/** Three blocks of the file: reading one is work as well. */
const TICKS = 1_800;

/** What a replay tells in one go, at most. */
const CHUNK = 200;

const SESSIONS = 25;

Deno.test("50 clients of 25 replays, as fast as they read: a round of the event loop has a piece of one of them", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => {
    recorder.subscribed(new Map([["nse:3045", "snapquote"]]));
    for (let i = 0; i < TICKS; i++) {
      const tick = snapQuoteTick("nse:3045", 100 + i, { exchangeTime: clock.now() });
      recorder.tick(encodePacket(tick).slice(), clock.now(), "nse:3045", undefined);
      clock.advance(1);
    }
  });
  const clients: ReplayClient[] = [];
  for (let i = 0; i < 2 * SESSIONS; i++) {
    const client = stage.join(`date=${DATE}&speed=0&encoding=json&session=s${i % SESSIONS}`);
    client.send({ command: "subscribe", exchange: "nse", mode: "ltp" });
    clients.push(client);
  }
  const frames = clients.map(() => 0);
  /** How many sessions had something to say since the last look, and how many ticks it was for one client at most. */
  const look = () => {
    const told = new Set<number>();
    let most = 0;
    clients.forEach(({ socket }, i) => {
      const since = socket.frames.slice(frames[i]);
      frames[i] = socket.frames.length;
      const ticks = since.join().match(/"last_traded_price"/g)?.length ?? 0;
      if (ticks > 0) told.add(i % SESSIONS);
      most = Math.max(most, ticks);
    });
    return { sessions: told.size, most };
  };
  // That they are let in, and hear how things stand, is no replaying yet.
  const isOver = () => clients.every(({ socket }) => socket.frames.some((frame) => frame.includes('"end"')));
  let rounds = 0;
  let busiest = 0;
  for (; !isOver(); rounds++) {
    ok(rounds < 100_000, "it does not end");
    if (rounds % 50 === 49) {
      // The disk is given a moment: that is many rounds.
      await new Promise((resolve) => setTimeout(resolve));
      look();
    }
    await setImmediate();
    const { sessions, most } = look();
    busiest = Math.max(busiest, sessions);
    ok(most <= 2 * CHUNK, `${most} ticks in one round`);
  }
  // This test's own place in a round may be before or behind the replays'.
  ok(busiest <= 2, `${busiest} sessions told something in one round`);
  for (const { ticks } of clients) equal(ticks.length, TICKS);
});
