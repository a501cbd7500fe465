import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { PACKET_FAULTS } from "../../lib/simulator/faults.ts";
import { Rig } from "./rig.ts";

/** What a fault is counted as; those that are no fault to us are not here. */
const COUNTED: Readonly<Record<string, string>> = {
  truncated_47: "wrong_length",
  truncated_50: "wrong_length",
  truncated_122: "wrong_length",
  truncated_378: "wrong_length",
  unknown_mode_0: "unknown_mode",
  unknown_mode_9: "unknown_mode",
  token_without_nul: "not_asked",
  negative_price: "no_price",
  time_backwards: "time_backwards",
  // The price is twice what it was, which is seen without any circuits.
  outside_circuits: "price_jump",
  crossed_book: "crossed_book",
  not_asked: "not_asked",
};

/** Those that a client which wants the instrument's price must hear of; a crossed book says nothing of that. */
const DOUBTED = new Set([
  "truncated_47",
  "truncated_50",
  "truncated_122",
  "truncated_378",
  "negative_price",
  "time_backwards",
  "outside_circuits",
]);

/** Frames that are too large to be the broker's end the socket. */
const ENDS_THE_SOCKET = new Set(["huge", "endless_text"]);

for (const fault of PACKET_FAULTS) {
  Deno.test(`${fault}: the feed goes on, and no wrong price reaches a client`, async () => {
    await using rig = await Rig.start();
    const client = await rig.connect();
    client.send({ command: "subscribe", exchange: "nse" });
    await rig.until(() => client.ticks.length > 30);
    rig.control.inject(fault);
    const count = client.ticks.length;
    await rig.until(() => client.ticks.length > count + 60);
    if (ENDS_THE_SOCKET.has(fault)) {
      await rig.until(() => client.news.some(({ status }) => status === "fresh"));
    }
    // Of one instrument, clients are told once a second at most.
    await rig.pass(1_200);
    const suspects = (await rig.health()).suspect_packets;
    deepEqual(suspects, COUNTED[fault] === undefined ? {} : { [COUNTED[fault]]: 1 });
    const news = client.news.map(({ status }) => status);
    if (ENDS_THE_SOCKET.has(fault)) {
      // The gap is told when its instruments tick again, the exchange at the next look: a second at most lies between.
      deepEqual(news.slice(0, 2), ["upstream_down", "stale"]);
      deepEqual(news.slice(2).toSorted(), ["fresh", "upstream_up"]);
    } else {
      deepEqual(news, DOUBTED.has(fault) ? ["suspect", "fresh"] : []);
      equal(rig.control.stats().handshakes[101], 1);
      if (DOUBTED.has(fault)) equal(client.news[0]!.reason, COUNTED[fault]);
    }
    for (const { symbol, last_traded_price: price } of client.ticks) {
      const [low, high] = {
        "Nifty 50": [22_000, 28_000],
        "SBIN-EQ": [720, 900],
        "RELIANCE-EQ": [1_260, 1_570],
      }[
        symbol as string
      ]!;
      ok(price > low! && price < high!, `${symbol} ${price}`);
    }
  });
}
