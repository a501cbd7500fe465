import { type InstrumentKey, splitKey } from "../market/market.ts";
import { keyOfPacket } from "../smartapi/packet_keys.ts";
import type { RecordedDay } from "../recording/reader.ts";
import type { SimulatedInstrument } from "../simulator/instruments.ts";
import type { RecordedDaySource } from "../simulator/recorded_market.ts";
import type { Clock } from "../util/clock.ts";
import { turn } from "../util/pace.ts";
import { DayPlay } from "./day_play.ts";
import { ReplayReader } from "./replay_reader.ts";

export interface RecordedSourceOptions {
  readonly day: RecordedDay;
  /** ms since the Unix epoch; by default that of the first record. */
  readonly from?: number | undefined;
  readonly speed: number;
  readonly clock: Clock;
  /** Nothing more comes: the day is over, or the file cannot be read any further. */
  readonly ended: (error?: unknown) => void;
}

const NIFTY = { key: "nse:99926000", symbol: "Nifty 50" } as const;

/** What a simulated broker plays instead of made-up prices: all packets of a day, believed or not, as they came. */
export async function openRecordedSource(options: RecordedSourceOptions): Promise<RecordedDaySource> {
  const { clock, day, ended, speed } = options;
  const reader = new ReplayReader(day, turn);
  const symbols = new Map<InstrumentKey, string>();
  for (const { event } of await reader.events()) {
    if (event.kind !== "subscribed") continue;
    for (const { key, symbol } of event.instruments) symbols.set(key, symbol);
  }
  // Without an index of the NSE, no list of instruments is believed to be the broker's.
  if (!symbols.has(NIFTY.key)) symbols.set(NIFTY.key, NIFTY.symbol);
  const play = new DayPlay({ reader, clock, from: options.from, speed, state: "playing" });
  let take: (key: InstrumentKey, packet: Uint8Array) => void = () => {};
  const player = play.attach({
    take(record) {
      if (record.kind !== "tick" && record.kind !== "refused") return;
      const key = record.kind === "refused" ? record.key : keyOfPacket(record.packet);
      if (key !== undefined) take(key, record.packet);
    },
    ended: () => ended(),
    failed: ended,
  });
  return {
    instruments: Array.from(symbols, ([key, symbol]) => instrumentOf(key, symbol)),
    start(taker) {
      take = taker;
      player.start();
    },
    stop: () => play.stop(),
  };
}

/** A recording has a symbol and a number; the rest is not known, and nothing is made up for it. */
function instrumentOf(key: InstrumentKey, symbol: string): SimulatedInstrument {
  return {
    ...splitKey(key),
    symbol,
    price: 0,
    previousClose: 0,
    tickSize: 0,
    lotSize: 1,
    band: 0,
    book: "full",
  };
}
