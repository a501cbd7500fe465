import { isDoubtReason } from "../../feed/guard.ts";
import { MarketData } from "../../feed/market_data.ts";
import type { HoursOf } from "../../market/instrument_hours.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import { createPacketDecoder, PacketRefusal } from "../../smartapi/packet.ts";
import { keyOfPacket } from "../../smartapi/packet_keys.ts";
import type { Encoder, Piece } from "../delivery/encoder.ts";
import type { RecordedPacket } from "./rewind_source.ts";

/** Makes of recorded packets what a client would have been sent when they came. */
export class RecordedFeed {
  readonly #decode = createPacketDecoder();
  readonly #marketData: MarketData;
  #now = 0;

  constructor(hours: HoursOf) {
    const now = () => this.#now;
    this.#marketData = new MarketData({
      clock: { now, elapsed: now, after: () => () => {} },
      hours,
      seenTrading: () => {},
      upSince: () => 0,
      recorded: true,
    });
  }

  /**
   * @param modes What is wanted, and how much of it.
   * @returns Undefined for what is not wanted, or shows nothing.
   */
  pieceOf(
    { at, packet, reason }: RecordedPacket,
    modes: ReadonlyMap<InstrumentKey, Mode>,
    encoder: Encoder,
  ): { readonly key: InstrumentKey; readonly piece: Piece } | undefined {
    if (reason !== undefined && !isDoubtReason(reason)) return undefined;
    const key = keyOfPacket(packet);
    const mode = key === undefined ? undefined : modes.get(key);
    if (mode === undefined) return undefined;
    // A copy, since the record is a view of its block, and a tick keeps its packet.
    const bytes = new Uint8Array(packet);
    const tick = this.#decode(bytes, at);
    if (tick instanceof PacketRefusal || tick.mode === "depth20") return undefined;
    this.#now = Math.max(this.#now, at);
    this.#marketData.accept(tick, bytes);
    const piece = encoder.pieceOf(this.#marketData.last(tick.key)!, mode);
    return piece === undefined ? undefined : { key: tick.key, piece };
  }
}
