import { type InstrumentKey, MODE_NUMBERS, type Tick } from "../market/market.ts";
import { encodePacket } from "../smartapi/packet_encoder.ts";
import type { PacketFault } from "./faults.ts";
import { frameOf } from "./frame.ts";
import type { StreamedMarket } from "./streamed_market.ts";

/** Larger than anything a client should take. */
const HUGE_BYTES = 10 * 1024 * 1024;

/** The WebSocket frames of something that no broker should send about an instrument. */
export function faultyFrames(
  fault: PacketFault,
  key: InstrumentKey,
  market: StreamedMarket,
  now: number,
): Uint8Array[] {
  const time = Math.floor(now / 1000) * 1000;
  const tick = (mode: Tick["mode"]) => market.tick(key, mode, time)!;
  const packet = (mode: Tick["mode"]) => encodePacket(tick(mode));
  const binary = (...packets: Uint8Array[]) => packets.map((each) => frameOf(2, each));
  switch (fault) {
    case "truncated_47":
      return binary(packet("ltp").subarray(0, 47));
    case "truncated_50":
      return binary(packet("ltp").subarray(0, 50));
    case "truncated_122":
      return binary(packet("quote").subarray(0, 122));
    case "truncated_378":
      return binary(packet("snapquote").subarray(0, 378));
    case "unknown_mode_0":
      return binary(withByte(packet("ltp"), 0, 0));
    case "unknown_mode_9":
      return binary(withByte(packet("ltp"), 0, 9));
    case "token_without_nul":
      return binary(packet("ltp").fill("7".charCodeAt(0), 2, 27));
    case "negative_price": {
      const bytes = packet("ltp");
      new DataView(bytes.buffer).setBigInt64(43, -81_235n, true);
      return binary(bytes);
    }
    case "time_backwards":
      return binary(encodePacket({ ...tick("ltp"), exchangeTime: time - 600_000 }));
    case "outside_circuits":
      return binary(encodePacket(outsideCircuits(tick("snapquote"))));
    case "crossed_book":
      return binary(encodePacket(crossed(tick("snapquote"))));
    case "not_asked":
      return binary(encodePacket({ ...tick("ltp"), token: "424242" }));
    case "duplicate": {
      const bytes = packet("ltp");
      return binary(bytes, bytes);
    }
    case "two_in_one": {
      const one = packet("ltp");
      const both = new Uint8Array(one.length * 2);
      both.set(one);
      both.set(packet("ltp"), one.length);
      return binary(both);
    }
    case "unknown_json":
      return [
        frameOf(1, new TextEncoder().encode(JSON.stringify({ hello: "world", mode: MODE_NUMBERS.ltp }))),
      ];
    case "fragmented": {
      const bytes = packet("ltp");
      return [frameOf(2, bytes.subarray(0, 20), false), frameOf(0, bytes.subarray(20), true)];
    }
    case "huge":
      return binary(new Uint8Array(HUGE_BYTES));
    case "endless_text":
      return [frameOf(1, new Uint8Array(HUGE_BYTES).fill(97))];
  }
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  bytes[at] = value;
  return bytes;
}

function outsideCircuits(tick: Tick): Tick {
  if (tick.mode !== "snapquote" || tick.lastPrice === undefined) return tick;
  return { ...tick, lastPrice: tick.lastPrice * 2, upperCircuit: tick.lastPrice * 1.1, lowerCircuit: 1 };
}

function crossed(tick: Tick): Tick {
  if (tick.mode !== "snapquote" || tick.lastPrice === undefined) return tick;
  const level = (price: number) => [{ price, quantity: 10, orders: 1 }];
  return { ...tick, bids: level(tick.lastPrice * 1.02), asks: level(tick.lastPrice * 0.98) };
}
