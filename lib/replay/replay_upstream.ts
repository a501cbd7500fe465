import { isDoubtReason } from "../feed/guard.ts";
import type { Demand } from "../market/demand.ts";
import type { InstrumentKey } from "../market/market.ts";
import { keyOfPacket } from "../smartapi/packet_keys.ts";
import type { RecordedEvent } from "../recording/recorded_event.ts";
import type { Recorded } from "../recording/records.ts";
import { PacketCopies } from "../upstream/broker/packet_copies.ts";
import { createPacketDecoder, PacketRefusal } from "../smartapi/packet.ts";
import type {
  Upstream,
  UpstreamCause,
  UpstreamEvent,
  UpstreamHandler,
  UpstreamStatus,
} from "../upstream/upstream.ts";

export interface ReplayUpstreamOptions {
  /** Market time, ms since the Unix epoch. */
  readonly now: () => number;
  /** How many instruments were recorded. */
  readonly recorded: number;
  /** Told when an instrument is wanted, or none any more. */
  readonly demandChanged?: (isWanted: boolean) => void;
}

/** As the live wire carries at least. */
const MIN_CAPACITY = 3_000;

const NOT_RECORDED: UpstreamCause = {
  kind: "not_recorded",
  message: "The recording has nothing of this time: the proxy did not run, or did not record",
};

/** A recorded day in the place of the broker: who drives it says which record comes when. */
export class ReplayUpstream implements Upstream {
  readonly #options: ReplayUpstreamOptions;
  readonly #decode = createPacketDecoder();
  readonly #copies = new PacketCopies();
  #demand: Demand | undefined;
  #handler: UpstreamHandler | undefined;
  /** Since when it was recorded at all; undefined where it was not. */
  #since: number | undefined;
  /** Since when not, otherwise. */
  #lostSince = 0;
  /** Instruments whose feed was down, and since when that of others has been up again. */
  readonly #down = new Set<InstrumentKey>();
  readonly #upAgain = new Map<InstrumentKey, number>();
  /** Clients were told that nothing comes. */
  #isToldDown = false;
  #packets = 0;
  #bytes = 0;

  constructor(options: ReplayUpstreamOptions) {
    this.#options = options;
  }

  attach(demand: Demand, handler: UpstreamHandler): void {
    this.#demand = demand;
    this.#handler = handler;
    demand.onChange(() => {
      handler.subscribed(demand.wanted);
      this.#options.demandChanged?.(demand.wanted.size > 0);
    });
  }

  start(): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }

  status(): UpstreamStatus {
    return {
      state: this.#since === undefined ? "down" : "up",
      ...this.#since === undefined ? { reason: NOT_RECORDED.message } : {},
      capacity: Math.max(MIN_CAPACITY, this.#options.recorded),
      login: { tries: 0, outcomes: {}, succeeded: true },
      sockets: [],
      traffic: {
        packets: this.#packets,
        bytes: this.#bytes,
        refusedRequests: 0,
        connects: {},
        losses: {},
      },
    };
  }

  upSince(key: InstrumentKey): number | undefined {
    return this.#down.has(key) ? undefined : this.#upAgain.get(key) ?? this.#since;
  }

  refusalOf(): undefined {
    return undefined;
  }

  /** Silence is what the recording says it was. */
  ticksOften(): boolean {
    return false;
  }

  /** Begins at another time: nothing is known of before but what {@linkcode remember} is told next. */
  begin(): void {
    this.#lose(this.#options.now());
    this.#isToldDown = false;
    this.#down.clear();
    this.#upAgain.clear();
  }

  /** What happened before the beginning, in its order. */
  remember(event: RecordedEvent, at: number): void {
    this.#follow(event, at);
  }

  /** A record has come. Ticks of what nobody wants are passed by. */
  take(record: Recorded): void {
    const { at } = record;
    if (record.kind === "event") return this.#event(record.event, at);
    if (this.#since === undefined) this.missed(this.#lostSince, at);
    const key = record.kind === "refused" && record.key !== undefined
      ? record.key
      : keyOfPacket(record.packet);
    if (key === undefined || !this.#demand!.wanted.has(key)) return;
    this.#packets++;
    this.#bytes += record.packet.length;
    const reason = record.kind === "refused" ? record.reason : undefined;
    if (reason !== undefined && !isDoubtReason(reason)) {
      return this.#handler!.rejected({ reason, packet: record.packet, key });
    }
    // The record is a view of its block: who keeps a tick is not to keep that. One of which a part was doubted had reached
    // the clients, marked, and does so again.
    const packet = this.#copies.copy(record.packet);
    const tick = this.#decode(packet, at);
    if (!(tick instanceof PacketRefusal) && tick.mode !== "depth20") this.#handler!.tick(tick, packet);
  }

  /** From now on the recording has nothing, until its next record. */
  interrupted(): void {
    if (this.#since === undefined) return;
    this.#lose(this.#options.now());
    this.#isToldDown = true;
    this.#tell({ kind: "down", since: this.#lostSince, cause: NOT_RECORDED, keys: this.#wanted() });
  }

  /** The recording lacks what came between two moments, and goes on. */
  missed(from: number, to: number): void {
    this.#since = to;
    this.#upAgain.clear();
    // A day that begins here lacks nothing.
    if (from >= to && !this.#isToldDown) return;
    this.#isToldDown = false;
    this.#tell({ kind: "up", from, to, keys: this.#wanted() });
  }

  #event(event: RecordedEvent, at: number): void {
    const { kind } = event;
    // They stand before everything else, also before a start.
    if (kind === "phase") return;
    if (kind === "stop") return this.interrupted();
    if (kind === "start") this.interrupted();
    if (this.#since === undefined) this.missed(this.#lostSince, at);
    this.#follow(event, at);
    if (kind === "lost") this.missed(event.from, event.to);
    else if (kind !== "start" && kind !== "subscribed" && kind !== "login") this.#tell(event);
  }

  #follow(event: RecordedEvent, at: number): void {
    switch (event.kind) {
      case "phase":
        return;
      case "stop":
        return this.#lose(at);
      case "start":
        this.#down.clear();
        this.#upAgain.clear();
        this.#since = at;
        return;
      case "down":
      case "silent":
        for (const key of event.keys) this.#down.add(key);
        break;
      case "up":
        for (const key of event.keys) {
          this.#down.delete(key);
          this.#upAgain.set(key, event.to);
        }
    }
    // Whatever is recorded shows that it was recorded.
    this.#since ??= at;
  }

  #lose(at: number): void {
    this.#since = undefined;
    this.#lostSince = at;
  }

  #wanted(): InstrumentKey[] {
    return [...this.#demand!.wanted.keys()];
  }

  #tell(event: UpstreamEvent): void {
    this.#handler!.event(event);
  }
}
