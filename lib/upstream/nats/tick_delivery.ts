import type { InstrumentKey, Tick } from "../../market/market.ts";
import type { Batch } from "../../nats/batch.ts";
import { createPacketDecoder, PacketRefusal } from "../../smartapi/packet.ts";
import { PacketCopies } from "../broker/packet_copies.ts";
import type { RejectedPacket } from "../upstream.ts";
import type { EdgeInstruments } from "./edge_instruments.ts";

export interface TickDeliveryOptions {
  readonly instruments: EdgeInstruments;
  /** @param cameAt When it came to the hub, the hub's elapsed ms. @param isAnswer The hub took it for a last value. */
  readonly tick: (tick: Tick, packet: Uint8Array<ArrayBuffer>, cameAt: number, isAnswer: boolean) => void;
  readonly rejected: (packet: RejectedPacket) => void;
  /** The newest of an instrument is known. */
  readonly current: (key: InstrumentKey) => void;
}

/** Takes batches apart: what is wanted here and was not had before is handed on. */
export class TickDelivery {
  readonly #decode = createPacketDecoder();
  readonly #copies = new PacketCopies();

  constructor(private readonly options: TickDeliveryOptions) {}

  /** @param isLast The batch holds last values, which may have come as ticks before. */
  deliver({ elapsed, entries, wall }: Batch, isLast: boolean): void {
    const { instruments, tick, rejected, current } = this.options;
    for (const { packet, cameAt, answer = false, rejected: refusal } of entries) {
      if (refusal !== undefined) {
        if (instruments.isGranted(refusal.key)) rejected({ ...refusal, packet });
        continue;
      }
      const decoded = this.#decode(packet, Math.round(wall - (elapsed - cameAt)));
      if (decoded instanceof PacketRefusal || decoded.mode === "depth20") continue;
      const { key } = decoded;
      if (!instruments.isGranted(key)) continue;
      const taken = instruments.take(decoded, cameAt, isLast);
      if (taken === "new") tick(decoded, this.#copies.copy(packet), cameAt, answer);
      if (isLast) instruments.sync(key);
      if (taken !== "old") current(key);
    }
  }
}
