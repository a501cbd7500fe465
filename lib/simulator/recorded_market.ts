import {
  type InstrumentKey,
  keyOf,
  type Mode,
  MODE_NUMBERS,
  type SnapQuoteTick,
  type Tick,
} from "../market/market.ts";
import { PACKET_BYTES } from "../smartapi/endpoints.ts";
import { createPacketDecoder, PacketRefusal } from "../smartapi/packet.ts";
import type { WireMode } from "../smartapi/request_reader.ts";
import type { SimulatedInstrument } from "./instruments.ts";
import type { StreamClient } from "./stream_client.ts";
import type { StreamedMarket } from "./streamed_market.ts";

/** A recorded day, as it comes. */
export interface RecordedDaySource {
  readonly instruments: readonly SimulatedInstrument[];
  /** Begins. @param take Takes a packet, as the broker sent it, at its time. */
  start(take: (key: InstrumentKey, packet: Uint8Array) => void): void;
  stop(): Promise<void>;
}

/** A market whose packets are those of a recorded day. */
export class RecordedMarket implements StreamedMarket {
  readonly #keys: ReadonlySet<InstrumentKey>;
  readonly #last = new Map<InstrumentKey, Uint8Array>();
  readonly #decode = createPacketDecoder();
  #isStarted = false;
  #isFlushing = false;

  constructor(
    private readonly source: RecordedDaySource,
    private readonly clients: () => Iterable<StreamClient>,
  ) {
    this.#keys = new Set(source.instruments.map(({ exchange, token }) => keyOf(exchange, token)));
  }

  /** The day begins when somebody has subscribed. */
  subscriptionsChanged(): void {
    if (this.#isStarted || [...this.clients()].every(({ subscriptions }) => subscriptions.all.size === 0)) {
      return;
    }
    this.#isStarted = true;
    this.source.start((key, packet) => this.#take(key, packet));
  }

  stop(): Promise<void> {
    return this.source.stop();
  }

  knows(key: InstrumentKey): boolean {
    return this.#keys.has(key);
  }

  tick(key: InstrumentKey, mode: Mode, time: number): Tick | undefined {
    const packet = this.packet(key, mode);
    const tick = packet && this.#decode(packet, time);
    return tick === undefined || tick instanceof PacketRefusal || tick.mode === "depth20" ? undefined : tick;
  }

  /** Undefined where less of it was recorded than a call tells. */
  peek(key: InstrumentKey, time: number): SnapQuoteTick | undefined {
    const tick = this.tick(key, "snapquote", time);
    return tick?.mode === "snapquote" ? tick : undefined;
  }

  /** The last packet; one of less, where no more was recorded. */
  packet(key: InstrumentKey, mode: WireMode): Uint8Array | undefined {
    const last = this.#last.get(key);
    return last === undefined || mode === "depth20" ? undefined : cut(last, mode);
  }

  /** Nothing in a recorded market follows a model. */
  modelValueOf(): undefined {
    return undefined;
  }

  newDay(): void {}

  #take(key: InstrumentKey, packet: Uint8Array): void {
    const kept = new Uint8Array(packet);
    if (!(this.#decode(kept, 0) instanceof PacketRefusal)) this.#last.set(key, kept);
    for (const client of this.clients()) {
      for (const mode of client.subscriptions.all.get(key) ?? []) {
        if (mode !== "depth20") client.push(cut(kept, mode));
      }
    }
    if (this.#isFlushing) return;
    // What comes in one go leaves in one write.
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      for (const client of this.clients()) client.flush();
    });
  }
}

/** The beginning of a packet that a lower mode has, with that mode's number; anything else as it came. */
function cut(packet: Uint8Array, mode: Mode): Uint8Array {
  const number = MODE_NUMBERS[mode];
  const own = packet[0]!;
  if (own <= number || own > 3 || packet.length < PACKET_BYTES[number]) return packet;
  const bytes = packet.slice(0, PACKET_BYTES[number]);
  bytes[0] = number;
  return bytes;
}
