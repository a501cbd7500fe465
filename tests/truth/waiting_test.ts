import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { ANYONE } from "../../lib/access/entitlement.ts";
import { LAG_BYTES } from "../../lib/clients/delivery/outbox.ts";
import type { Opening } from "../../lib/clients/protocol.ts";
import { World } from "../broker_answers/world.ts";
import { FakeSocket } from "../clients/fake_socket.ts";
import { ListInHand } from "../instruments/list_in_hand.ts";
import { contractRow, fileRow, tableOfRows } from "../instruments/master.ts";
import { builtInCalendar } from "../hours.ts";

/** A share with derivatives, and one without. */
const LIST = new ListInHand(
  await tableOfRows([
    fileRow({ token: "3045", symbol: "SBIN-EQ", name: "SBIN" }),
    fileRow({ token: "77", symbol: "SMALLCAP-EQ", name: "SMALLCAP" }),
    contractRow({
      token: "1",
      name: "SBIN",
      symbol: "SBIN29DEC26FUT",
      expiry: "29DEC2026",
      instrumenttype: "FUTSTK",
    }),
  ]),
);

for (
  const [time, stale] of [["15:15", "nse:3045"], ["15:30", "nse:77"], ["15:35", "nse:3045"]] as const
) {
  Deno.test(`what waits at ${time} is marked where its own market changes, and not where that goes on`, async () => {
    const world = new World({
      start: `2026-11-20T${time}:00+05:30`,
      watch: ["nse:3045", "nse:77"],
      calendar: builtInCalendar(),
      instruments: LIST,
    });
    world.clock.setWall(-30_000);
    await world.start();
    const { gateway, protocols } = world.pipeline;
    const sockets = ["3045", "77"].map((token) => {
      const socket = new FakeSocket();
      const query = new URLSearchParams("encoding=json&interval=60000");
      const opening = protocols[0]!.open({ query, headers: new Headers() }) as Opening;
      const client = gateway.connect(socket, { from: "127.0.0.1:2", opening, entitlement: ANYONE });
      client.received(JSON.stringify({ command: "subscribe", exchange: "nse", tokens: [token] }));
      return socket;
    });
    await world.pass(90_000);
    const marked = sockets.map((socket) => socket.data().some((each) => each.stale === true));
    deepEqual(marked, ["nse:3045", "nse:77"].map((key) => key === stale));
    equal(world.told.includes("upstream_down"), false);
    await world.stop();
  });
}

Deno.test("what waits for a slow reader when the feed goes down is told as of before: in each message, or in a notice before it", async () => {
  const world = new World({ watch: ["nse:3045"] });
  await world.start();
  const asked = [{ command: "subscribe", exchange: "nse" }];
  const readers: FakeSocket[] = [];
  for (const encoding of ["json", "gzip", "binary"]) {
    readers.push(await world.join(`encoding=${encoding}`, asked));
  }
  await world.pass(3_000);
  for (const socket of readers) socket.held = LAG_BYTES + 1;
  await world.pass(3_000);
  world.broker.handshake = () => "hang";
  world.broker.drop();
  await world.pass(2_000);
  const before = readers.map(({ frames }) => frames.length);
  for (const socket of readers) socket.held = 0;
  await world.pass(3_000);
  const told = readers.map(({ frames }, i) =>
    frames.slice(before[i]).map((frame) => {
      if (typeof frame !== "string") return "packets";
      const { type, status, stale } = JSON.parse(frame);
      return type === "market_data" ? `ticks${stale ? ", stale" : ""}` : status;
    })
  );
  deepEqual(told, [["ticks, stale"], ["ticks, stale"], ["conflated", "waited", "packets"]]);
  await world.stop();
});

Deno.test("what waits for a slow reader when the feed falls silent is of before as well", async () => {
  const world = new World({ watch: ["nse:99926000"] });
  await world.start();
  const slow = await world.join("encoding=json", [{ command: "subscribe", exchange: "nse" }]);
  slow.held = LAG_BYTES + 1_000;
  await world.pass(3_000);
  world.broker.ticks = world.broker.snapshots = () => false;
  // It goes on reading, a little at a time.
  while (!world.told.includes("upstream_silent")) {
    slow.held--;
    await world.pass(1_000);
  }
  slow.held = 0;
  await world.pass(1_000);
  equal(slow.data().at(-1)!.stale, true);
  await world.stop();
});
