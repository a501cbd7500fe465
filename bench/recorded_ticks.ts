/** Ticks in mode snapquote as the simulator makes them, and a recorder of them, for the benches of the recording. */
import { type InstrumentKey, keyOf } from "../lib/market/market.ts";
import { Recorder } from "../lib/recording/recorder.ts";
import { manyInstruments } from "../lib/simulator/instruments.ts";
import { SimulatedMarket } from "../lib/simulator/market.ts";
import type { Clock } from "../lib/util/clock.ts";

const INSTRUMENTS = manyInstruments(1_000);

/** All of them, as a recorder is told of them. */
export const SUBSCRIBED = new Map(
  INSTRUMENTS.map(({ exchange, token }) => [keyOf(exchange, token), "snapquote" as const]),
);

export interface Sent {
  readonly key: InstrumentKey;
  readonly packet: Uint8Array;
}

/** So many ticks of any of them, from a moment on; times in ms. */
export function madeTicks(count: number, from: number, between: number): Sent[] {
  const market = new SimulatedMarket(INSTRUMENTS, Math.random);
  return Array.from({ length: count }, (_, i) => {
    const { exchange, token } = INSTRUMENTS[Math.floor(Math.random() * INSTRUMENTS.length)]!;
    const key = keyOf(exchange, token);
    const at = from + between * i;
    market.move(key, at);
    return { key, packet: market.packet(key, "snapquote", at)! };
  });
}

export function recorderIn(folder: string, clock: Clock): Recorder {
  return new Recorder({
    folder,
    source: "simulated",
    version: "bench",
    bounds: { bytes: 1e12, days: 1 },
    clock,
  });
}
