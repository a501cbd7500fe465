import { encodingSlot, type MarketTick } from "../../feed/market_tick.ts";
import { type Mode, MODE_NUMBERS } from "../../market/market.ts";
import { PACKET_BYTES } from "../../smartapi/endpoints.ts";

const slices = {
  ltp: encodingSlot((tick) => sliceOf(tick, "ltp")),
  quote: encodingSlot((tick) => sliceOf(tick, "quote")),
  snapquote: encodingSlot((tick) => sliceOf(tick, "snapquote")),
};

/**
 * The packet of a view that shows something. These wires have no place for a mark: a price that is not believed does not
 * go out on them, while a crossed book can be seen to be one.
 */
export function shownPacketIn(tick: MarketTick, mode: Mode): Uint8Array<ArrayBuffer> | undefined {
  if (!tick.isShown(mode) || tick.doubtIn(mode)?.part === "price") return undefined;
  return packetIn(tick, mode);
}

/** The broker's packet, or (each mode's begins with the one below it) the beginning of it that a lower mode has, with that mode's number. Made once per tick. */
export function packetIn(tick: MarketTick, mode: Mode): Uint8Array<ArrayBuffer> {
  return tick.encoded(slices[mode]);
}

function sliceOf({ packet }: MarketTick, mode: Mode): Uint8Array<ArrayBuffer> {
  const length = PACKET_BYTES[MODE_NUMBERS[mode]];
  if (packet.length <= length) return packet;
  const cut = packet.slice(0, length);
  cut[0] = MODE_NUMBERS[mode];
  return cut;
}
