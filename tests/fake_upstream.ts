import type { Demand } from "../lib/market/demand.ts";
import type { InstrumentKey, Tick } from "../lib/market/market.ts";
import { encodePacket } from "../lib/smartapi/packet_encoder.ts";
import type { Upstream, UpstreamEvent, UpstreamHandler, UpstreamStatus } from "../lib/upstream/upstream.ts";

const UP: UpstreamStatus = {
  state: "up",
  capacity: 1_000,
  login: { tries: 1, outcomes: { ok: 1 }, succeeded: true },
  sockets: [],
  traffic: { packets: 0, bytes: 0, refusedRequests: 0, connects: {}, losses: {} },
};

/** An upstream in the hand: a test says what comes from it, and how it stands. */
export class FakeUpstream implements Upstream {
  #demand: Demand | undefined;
  #handler: UpstreamHandler | undefined;
  state: UpstreamStatus;
  /** What `upSince` answers for every instrument. */
  up: number | undefined = 0;
  readonly often = new Set<InstrumentKey>();
  started = false;

  constructor(state: Partial<UpstreamStatus> = {}) {
    this.state = { ...UP, ...state };
  }

  attach(demand: Demand, handler: UpstreamHandler): void {
    this.#demand = demand;
    this.#handler = handler;
    demand.onChange(() => handler.subscribed(demand.wanted));
  }

  start(): void {
    this.started = true;
  }

  stop(): Promise<void> {
    this.started = false;
    return Promise.resolve();
  }

  status(): UpstreamStatus {
    return this.state;
  }

  upSince(_key: InstrumentKey): number | undefined {
    return this.up;
  }

  refusalOf(_key: InstrumentKey): undefined {
    return undefined;
  }

  ticksOften(key: InstrumentKey): boolean {
    return this.often.has(key);
  }

  get demand(): Demand {
    return this.#demand!;
  }

  tick(tick: Tick, packet: Uint8Array<ArrayBuffer> = encodePacket(tick).slice()): void {
    this.#handler!.tick(tick, packet);
  }

  reject(reason: string, key?: InstrumentKey): void {
    this.#handler!.rejected({ reason, packet: new Uint8Array(1), ...key === undefined ? {} : { key } });
  }

  event(event: UpstreamEvent): void {
    this.#handler!.event(event);
  }
}
