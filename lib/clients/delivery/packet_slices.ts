import { encodingSlot, type MarketTick } from "../../feed/market_tick.ts";
import { type Mode, MODE_NUMBERS } from "../../market/market.ts";

/** Bytes of the broker's packet that a mode has; each begins with the one before it. */
const PACKET_BYTES: Readonly<Record<Mode, number>> = { ltp: 51, quote: 123, snapquote: 379 };

const slices = {
  ltp: encodingSlot((tick) => sliceOf(tick, "ltp")),
  quote: encodingSlot((tick) => sliceOf(tick, "quote")),
  snapquote: encodingSlot((tick) => sliceOf(tick, "snapquote")),
};

/** The broker's packet, or the beginning of it that a lower mode has, with that mode's number. Made once per tick. */
export function packetIn(tick: MarketTick, mode: Mode): Uint8Array<ArrayBuffer> {
  return tick.encoded(slices[mode]);
}

function sliceOf({ packet }: MarketTick, mode: Mode): Uint8Array<ArrayBuffer> {
  const length = PACKET_BYTES[mode];
  if (packet.length <= length) return packet;
  const cut = packet.slice(0, length);
  cut[0] = MODE_NUMBERS[mode];
  return cut;
}
