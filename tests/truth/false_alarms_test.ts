import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { MarketData } from "../../lib/feed/market_data.ts";
import type { InstrumentKind } from "../../lib/market/calendar_file.ts";
import { isIndexToken, keyOf, MODES } from "../../lib/market/market.ts";
import { simulatedInstruments } from "../../lib/simulator/instruments.ts";
import { SimulatedMarket } from "../../lib/simulator/market.ts";
import { createPacketDecoder, PacketRefusal } from "../../lib/smartapi/packet.ts";
import { FakeClock, seededRandom } from "../fakes.ts";
import { hoursOfPhase } from "../hours.ts";

const OPENING = Date.parse("2026-11-20T09:15:00+05:30");
const SECONDS = 6.25 * 3_600;

const NO_PACKET = new Uint8Array(0);

/** What each instrument does between two ticks, at the most: the walk of ten minutes in a wild market. */
const MOVES = 2_000;

for (const seed of [1, 777]) {
  Deno.test(`a day of the wildest simulated market, seed ${seed}: not one packet is doubted or held back`, () => {
    const clock = new FakeClock(OPENING);
    const random = seededRandom(seed);
    const instruments = simulatedInstruments(OPENING);
    const market = new SimulatedMarket(instruments, random);
    const keys = instruments.map(({ exchange, token }) => keyOf(exchange, token));
    const kindOf = (key: string): InstrumentKind | undefined => {
      const [exchange, token] = key.split(":") as [string, string];
      if (isIndexToken(token)) return "index";
      return exchange === "nse" || exchange === "bse" ? "closing_auction_stock" : undefined;
    };
    const data = new MarketData({
      clock,
      hours: (key) => ({ ...hoursOfPhase("open"), kind: kindOf(key) }),
      seenTrading: () => {},
      upSince: () => 0,
    });
    const decode = createPacketDecoder();
    let ticks = 0;
    for (let second = 0; second < SECONDS; second += 10) {
      const now = clock.now();
      for (const [i, key] of keys.entries()) {
        const isBusy = i % 4 !== 0;
        for (let moves = isBusy ? 20 : MOVES / 60; moves > 0; moves--) market.move(key, now);
        // Every fourth is quiet, and is heard of every ten minutes.
        if (!isBusy && second % 600 !== 0) continue;
        const tick = decode(market.packet(key, MODES[i % 3]!, now)!, now);
        ok(!(tick instanceof PacketRefusal) && tick.mode !== "depth20");
        data.accept(tick, NO_PACKET);
        ticks++;
      }
      clock.advance(10_000);
    }
    ok(ticks > 20_000, String(ticks));
    deepEqual([...data.rejected.counts], []);
  });
}
