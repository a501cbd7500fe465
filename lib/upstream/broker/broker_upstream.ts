import { getLogger } from "@logtape/logtape";
import type { Demand } from "../../market/demand.ts";
import { type InstrumentKey, MODE_NUMBERS } from "../../market/market.ts";
import { PACKET_BYTES } from "../../smartapi/endpoints.ts";
import { createPacketDecoder, PacketRefusal, packetsOf } from "../../smartapi/packet.ts";
import type { Clock } from "../../util/clock.ts";
import type { Account } from "../account/account.ts";
import type { Cause } from "../cause.ts";
import type { Policy } from "../policy.ts";
import type { Refusal, Upstream, UpstreamHandler, UpstreamStatus } from "../upstream.ts";
import { BrokerSocket } from "./broker_socket.ts";
import { brokerStatus } from "./broker_status.ts";
import { BrokerTraffic } from "./broker_traffic.ts";
import { ErrorFrames } from "./error_frames.ts";
import { GracePeriod } from "./grace_period.ts";
import { PacketCopies } from "./packet_copies.ts";
import { INSTRUMENTS_PER_SOCKET, SocketAssignment } from "./socket_assignment.ts";
import { TickRates } from "./tick_rates.ts";

export interface BrokerUpstreamOptions {
  readonly account: Account;
  readonly clock: Clock;
  readonly policy: Policy;
  /** Sockets that may be opened, at most; each is opened when the ones before it are full. */
  readonly maxSockets: number;
  /** Whether an instrument's market trades continuously at a moment, so that what ticks often must tick. */
  readonly ticking: (key: InstrumentKey, at: number) => boolean;
}

/** Changes within this time leave as one message. */
const COALESCE_MS = 100;

/** How often the sockets are looked at. */
const WATCH_EVERY_MS = 5_000;

/** The wall clock running ahead of the timers by this much between two looks means that the machine slept. */
const SLEPT_MS = 10_000;

const log = getLogger(["broker"]);

/** The account's sockets: the demand is kept subscribed on them, their packets become ticks. */
export class BrokerUpstream implements Upstream {
  readonly #options: BrokerUpstreamOptions;
  readonly #decode = createPacketDecoder();
  readonly #copies = new PacketCopies();
  readonly #assignment: SocketAssignment;
  readonly #grace: GracePeriod;
  readonly #tickRates = new TickRates();
  readonly #errors: ErrorFrames;
  readonly #sockets: BrokerSocket[] = [];
  readonly #traffic = new BrokerTraffic();
  readonly #capacity: number;
  #attached: { readonly demand: Demand; readonly handler: UpstreamHandler } | undefined;
  /** Wall time less elapsed time at the last look, ms. */
  #clockOffset = 0;
  #stopping = false;
  #stopListening = () => {};
  #disarmWatch = () => {};
  #disarmStep = () => {};
  /** Set while changes of the demand are being collected. */
  #disarmUpdate: (() => void) | undefined;

  constructor(options: BrokerUpstreamOptions) {
    this.#options = options;
    this.#capacity = options.maxSockets * INSTRUMENTS_PER_SOCKET;
    this.#assignment = new SocketAssignment(options.maxSockets);
    this.#grace = new GracePeriod(options.clock, this.#capacity, () => this.#update());
    this.#errors = new ErrorFrames({
      account: options.account,
      traffic: this.#traffic,
      sockets: this.#sockets,
      event: (event) => this.#joined().handler.event(event),
    });
  }

  attach(demand: Demand, handler: UpstreamHandler): void {
    this.#attached = { demand, handler };
  }

  start(): void {
    const { demand } = this.#joined();
    const { clock } = this.#options;
    this.#clockOffset = clock.now() - clock.elapsed();
    this.#stopListening = demand.onChange(() => this.#updateSoon());
    this.#openSocket();
    this.#update();
    this.#disarmWatch = clock.after(WATCH_EVERY_MS, () => this.#watch());
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stopListening();
    this.#disarmWatch();
    this.#disarmUpdate?.();
    this.#disarmStep();
    this.#grace.stop();
    await Promise.all(this.#sockets.map((socket) => socket.stop()));
  }

  /** Replaces every socket, and starts those again that had stopped for good. */
  reconnect(cause: Cause): void {
    for (const socket of this.#sockets) {
      socket.reconnect(cause);
      socket.start();
    }
  }

  status(): UpstreamStatus {
    return brokerStatus({
      sockets: this.#sockets,
      login: this.#options.account.loginStatus(),
      traffic: this.#traffic.status(),
      capacity: this.#capacity,
    });
  }

  upSince(key: InstrumentKey): number | undefined {
    // An instrument that has just been wanted is not assigned yet; the first socket stands for the one it will get.
    return this.#sockets[this.#assignment.socketOf(key) ?? 0]?.upSince;
  }

  refusalOf(key: InstrumentKey): Refusal | undefined {
    return this.#sockets[this.#assignment.socketOf(key) ?? -1]?.refusalOf(key);
  }

  unanswered(key: InstrumentKey): number {
    return this.#sockets[this.#assignment.socketOf(key) ?? -1]?.unanswered(key) ?? 0;
  }

  ticksOften(key: InstrumentKey): boolean {
    return this.#tickRates.ticksOften(key);
  }

  #joined(): { readonly demand: Demand; readonly handler: UpstreamHandler } {
    if (this.#attached === undefined) throw new Error("attach() comes before start()");
    return this.#attached;
  }

  #openSocket(): void {
    const { account, clock, policy, ticking } = this.#options;
    const { handler } = this.#joined();
    const index = this.#sockets.length;
    const socket = new BrokerSocket({
      number: index + 1,
      clock,
      policy,
      account,
      ticking,
      tickRates: this.#tickRates,
      traffic: this.#traffic,
      wanted: () => this.#assignment.of(index),
      register: (change) => this.#errors.noteRequest({ change, socket: index }),
      text: (text) => this.#errors.read(text, index),
      binary: (frame, cameAt) => this.#onFrame(frame, index, cameAt),
      event: (event) => handler.event(event),
    });
    this.#sockets.push(socket);
    socket.start();
  }

  #onFrame(frame: Uint8Array, index: number, cameAt: number): void {
    this.#traffic.packets++;
    this.#traffic.bytes += frame.length;
    for (const packet of packetsOf(frame)) this.#onPacket(packet, index, cameAt);
  }

  #onPacket(bytes: Uint8Array, index: number, cameAt: number): void {
    const { handler } = this.#joined();
    const decoded = this.#decode(bytes, this.#options.clock.now());
    if (decoded instanceof PacketRefusal) {
      const { reason, key } = decoded;
      const known = key !== undefined && this.#assignment.has(key);
      return handler.rejected({ reason, packet: bytes, ...known ? { key } : {} });
    }
    if (decoded.mode === "depth20") return handler.rejected({ reason: "unknown_mode", packet: bytes });
    if (this.#assignment.has(decoded.key)) {
      this.#sockets[index]?.noteTick(decoded, cameAt);
      // What has grown at a packet's end is not passed on: those who read it count on its length.
      const length = PACKET_BYTES[MODE_NUMBERS[decoded.mode]];
      handler.tick(decoded, this.#copies.copy(bytes, length), cameAt);
    } else if (!this.#grace.wasDropped(decoded.key)) {
      handler.rejected({ reason: "not_asked", packet: bytes });
    }
  }

  #updateSoon(): void {
    if (this.#disarmUpdate !== undefined || this.#stopping) return;
    this.#disarmUpdate = this.#options.clock.after(COALESCE_MS, () => {
      this.#disarmUpdate = undefined;
      this.#update();
    });
  }

  /** Brings the sockets to what is wanted now. */
  #update(): void {
    if (this.#stopping) return;
    const { demand, handler } = this.#joined();
    const subscribed = this.#grace.extend(demand.wanted);
    const refused = this.#assignment.update(subscribed);
    if (refused.length > 0) {
      log.error(
        "{count} instruments fit on no socket: raise SMARTAPI_MAX_SOCKETS (3 at most), or subscribe to less",
        { count: refused.length },
      );
    }
    this.#inTurns([
      () => {
        this.#tickRates.keepOnly(subscribed);
        handler.subscribed(subscribed);
      },
      ...Array.from({ length: this.#options.maxSockets }, (_, index) => () => this.#wantedChanged(index)),
    ]);
  }

  /** Each step walks over thousands of instruments: the first now, the others in turns of their own. */
  #inTurns([step, ...others]: readonly (() => void)[]): void {
    this.#disarmStep();
    step?.();
    if (others.length === 0 || this.#stopping) return;
    this.#disarmStep = this.#options.clock.after(0, () => this.#inTurns(others));
  }

  #wantedChanged(index: number): void {
    const socket = this.#sockets[index];
    if (socket !== undefined) socket.wantedChanged();
    else if (this.#assignment.of(index).size > 0) this.#openSocket();
  }

  /** One timer looks after what time alone brings about: silent sockets, and the next day's session. */
  #watch(): void {
    const { clock } = this.#options;
    if (clock.now() >= this.#options.account.renewAt()) {
      // Those that are not live get the new session anyway, as soon as it may be asked for.
      for (const socket of this.#sockets) {
        if (socket.state.kind !== "live") continue;
        socket.reconnect({ kind: "renewed", message: "a new day needs a new session" });
      }
    }
    const offset = clock.now() - clock.elapsed();
    const slept = offset - this.#clockOffset > SLEPT_MS;
    this.#clockOffset = offset;
    for (const socket of this.#sockets) socket.watch(slept);
    this.#disarmWatch = clock.after(WATCH_EVERY_MS, () => this.#watch());
  }
}
