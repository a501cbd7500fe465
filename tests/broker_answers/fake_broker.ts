import type { InstrumentKey, Mode } from "../../lib/market/market.ts";
import type { PublicWords } from "../../lib/smartapi/public_words.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { readRequest } from "../../lib/smartapi/request_reader.ts";
import type { BrokerSession } from "../../lib/smartapi/rest.ts";
import {
  closure,
  handshakeRefusal,
  type OpenStream,
  type StreamEnd,
  type StreamEvents,
} from "../../lib/smartapi/stream.ts";
import type { Control } from "../../lib/simulator/control.ts";
import { type Faults, NO_FAULTS, type PacketFault } from "../../lib/simulator/faults.ts";
import type { FakeClock } from "../fakes.ts";
import { ltpTick, quoteTick, snapQuoteTick } from "../ticks.ts";
import { faultyPackets } from "./faulty_packets.ts";

/** The tokens of a login, recognisable wherever they turn up. */
export const TOKENS = {
  jwtToken: "eyJhbGciOiJIUzUxMiJ9.eyJ1c2VybmFtZSI6IldJVE5FU1MxIn0.jwtsignaturewitness",
  refreshToken: "eyJhbGciOiJIUzUxMiJ9.eyJyZWZyZXNoIjoxfQ.refreshsignaturewitness",
  feedToken: "WITNESSOFTHEFEED0042",
} as const;

/** How the broker answers a login: a response, one that never comes, or one that comes late. */
export type LoginAnswer =
  | Response
  | "hang"
  | "reset"
  | { readonly afterMs: number; readonly answer: Response };

/** How the broker answers a handshake. */
export type HandshakeAnswer = "open" | "hang" | StreamEnd | { readonly afterMs: number };

export function json(body: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(body), { ...init, headers: { ...init.headers } });
}

export function success(data: unknown = TOKENS): Response {
  return json({ status: true, message: "SUCCESS", errorcode: "", data });
}

/** A refusal in the application's shape. */
export function refusal(errorcode: string, message: string, init?: ResponseInit): Response {
  return json({ status: false, message, errorcode, data: null }, init);
}

/** One socket of the stream, as the broker has it. */
export class BrokerSide {
  readonly held = new Map<InstrumentKey, Set<Mode>>();
  #open = true;

  constructor(readonly broker: FakeBroker, readonly events: StreamEvents) {}

  get isOpen(): boolean {
    return this.#open;
  }

  received(text: string): void {
    const { broker } = this;
    const { freeze, silentPong } = broker.faults;
    if (freeze) return;
    if (text === "ping") {
      if (!silentPong) queueMicrotask(() => this.#open && this.events.text("pong"));
      return;
    }
    broker.requests.push({ at: broker.clock.now(), text });
    const request = readRequest(text);
    if (request.problem !== undefined || request.mode === "depth20") return;
    const { mode } = request;
    const answer = broker.onRequest?.(text);
    if (answer !== undefined) {
      queueMicrotask(() => this.#open && this.events.text(answer));
      return;
    }
    for (const key of request.keys) {
      if (request.action === 0) {
        this.held.get(key)?.delete(mode);
        if (this.held.get(key)?.size === 0) this.held.delete(key);
        continue;
      }
      if (broker.swallows(key)) continue;
      const modes = this.held.get(key) ?? new Set();
      const isNew = !modes.has(mode);
      this.held.set(key, modes.add(mode));
      if (isNew && broker.snapshots(key)) queueMicrotask(() => broker.lastValue(this, key, mode));
    }
  }

  end(end: StreamEnd): void {
    if (!this.#open) return;
    this.#open = false;
    this.events.ended(end);
  }
}

/** A broker in the hand: its answers, its stream, and a record of what was asked of it. Nothing goes over a network. */
export class FakeBroker {
  /** When each login came, and the body it brought. */
  readonly logins: { at: number; body: { totp: string } }[] = [];
  /** When each handshake came. */
  readonly dials: { at: number; session: BrokerSession }[] = [];
  readonly requests: { at: number; text: string }[] = [];
  readonly sides: BrokerSide[] = [];
  /** How it misbehaves, in the simulator's words; of handshakes and the stream alone. */
  faults: Faults = { ...NO_FAULTS };
  login: (number: number) => LoginAnswer = () => success();
  handshake: (number: number) => HandshakeAnswer = () => "open";
  /** What a request is answered with; undefined for the broker's silence, with which it follows. */
  onRequest: ((text: string) => string | undefined) | undefined;
  /** Requests for it are lost. */
  swallows: (key: InstrumentKey) => boolean = () => false;
  /** A new subscription is answered with a first packet. */
  snapshots: (key: InstrumentKey) => boolean = () => true;
  /** It trades. */
  ticks: (key: InstrumentKey) => boolean = () => true;
  /** How old the exchange's time in each packet is, ms. */
  ageMs = 0;
  /** Times in the packets are multiplied by this: those of another unit. */
  timeFactor = 1;
  /** What becomes of a packet on its way; by default it is sent alone and whole. */
  frames: (packet: Uint8Array) => readonly Uint8Array[] = (packet) => [packet];
  /** The exchange's clock stands still at this time. */
  frozenAt: number | undefined;
  #sequence = 1_000;
  readonly prices = new Map<InstrumentKey, number>();
  #disarm = () => {};

  constructor(readonly clock: FakeClock) {}

  /** In place of `fetch`. */
  readonly fetch: typeof fetch = (_input, init) => {
    this.logins.push({ at: this.clock.now(), body: JSON.parse(String(init?.body)) });
    const answer = this.login(this.logins.length);
    if (answer instanceof Response) return Promise.resolve(answer);
    if (answer === "reset") return Promise.reject(new TypeError("connection reset by peer"));
    return new Promise((resolve, reject) => {
      const disarm = answer === "hang"
        ? () => {}
        : this.clock.after(answer.afterMs, () => resolve(answer.answer));
      init?.signal?.addEventListener("abort", () => {
        disarm();
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  };

  /** In place of the stream's opener. */
  readonly openStream = (_credentials: unknown, words: PublicWords): OpenStream => (session, events) => {
    words.learn([session.jwt.reveal(), session.feedToken.reveal()]);
    this.dials.push({ at: this.clock.now(), session });
    const side = new BrokerSide(this, events);
    const answer = this.#faultyHandshake() ?? this.handshake(this.dials.length);
    const open = () => {
      if (!side.isOpen) return;
      this.sides.push(side);
      events.opened();
    };
    if (answer === "open") queueMicrotask(open);
    else if (answer === "hang") { /* Nothing comes. */ }
    else if ("afterMs" in answer) this.clock.after(answer.afterMs, open);
    else queueMicrotask(() => side.end(answer));
    const leave = () => queueMicrotask(() => side.end({ kind: "closed", message: "closed by us" }));
    return {
      send: (text) => queueMicrotask(() => side.isOpen && side.received(text)),
      close: leave,
      pause: () => {},
      resume: () => {},
      terminate: leave,
    };
  };

  /** Back to good behaviour. */
  recover(): void {
    this.control.set(NO_FAULTS);
    this.handshake = () => "open";
    this.onRequest = undefined;
    this.swallows = () => false;
    this.snapshots = this.ticks = () => true;
    this.ageMs = 0;
    this.timeFactor = 1;
    this.frozenAt = undefined;
    this.frames = (packet) => [packet];
  }

  /** The next packets are numbered from here. */
  renumber(from: number): void {
    this.#sequence = from;
  }

  get open(): BrokerSide[] {
    return this.sides.filter(({ isOpen }) => isOpen);
  }

  /** The same levers as the simulator has, so that both can play the same rows. */
  readonly control: Pick<Control, "set" | "dropSockets" | "inject" | "send"> = {
    set: (faults) => {
      this.faults = { ...this.faults, ...faults };
      this.#flap();
    },
    dropSockets: (code = 1006, reason = "") => this.drop(closure(code, reason)),
    inject: (fault, times = 1) => {
      for (let i = 0; i < times; i++) this.#inject(fault);
    },
    send: (data) => typeof data === "string" ? this.say(data) : this.send(data),
  };

  #disarmFlap = () => {};

  #flap(): void {
    this.#disarmFlap();
    const { flapMs } = this.faults;
    if (flapMs === 0) return;
    this.#disarmFlap = this.clock.after(flapMs, () => {
      this.drop(closure(1006, ""));
      this.#flap();
    });
  }

  /** How its faults have the next handshake answered. */
  #faultyHandshake(): HandshakeAnswer | undefined {
    const { freeze, handshake, handshakeDelayMs, refuseHandshake } = this.faults;
    if (freeze || handshake === "hang") return "hang";
    if (handshake === "garbage") return { kind: "network", message: "Parse Error" };
    if (refuseHandshake !== null) {
      const { status, times } = refuseHandshake;
      this.faults = {
        ...this.faults,
        refuseHandshake: times > 1 ? { ...refuseHandshake, times: times - 1 } : null,
      };
      return handshakeRefusal(status, "");
    }
    return handshakeDelayMs > 0 ? { afterMs: handshakeDelayMs } : undefined;
  }

  #inject(fault: PacketFault): void {
    for (const side of this.open) {
      for (const [key, modes] of side.held) {
        const mode = [...modes][0]!;
        for (const frame of faultyPackets(fault, (price, more) => this.packet(key, mode, price, more))) {
          if (typeof frame === "string") side.events.text(frame);
          else side.events.binary(frame);
        }
        if (fault === "huge" || fault === "endless_text") side.end(closure(1006, ""));
      }
    }
  }

  /** Lets what is subscribed tick, each every so often. */
  run(everyMs = 1_000): void {
    this.#disarm = this.clock.after(everyMs, () => {
      for (const key of new Set(this.open.flatMap(({ held }) => [...held.keys()]))) {
        if (this.ticks(key) && this.faults.session === "open") this.tick(key);
      }
      this.run(everyMs);
    });
  }

  stop(): void {
    this.#disarmFlap();
    this.#disarm();
  }

  price(key: InstrumentKey): number {
    return this.prices.get(key) ?? 800;
  }

  /** The next packet of an instrument in a mode. */
  packet(key: InstrumentKey, mode: Mode, price = this.price(key), more: Record<string, unknown> = {}) {
    const make = { ltp: ltpTick, quote: quoteTick, snapquote: snapQuoteTick }[mode];
    const time = Math.floor((this.frozenAt ?? this.clock.now() - this.ageMs) / 1000) * 1000;
    const exchangeTime = time * this.timeFactor;
    return encodePacket(make(key, price, {
      sequence: ++this.#sequence,
      exchangeTime,
      ...mode === "ltp" ? {} : { volume: 1_000, lastTradeTime: time },
      ...more,
    } as never));
  }

  /** Answers a new subscription, in its mode alone. */
  lastValue(side: BrokerSide, key: InstrumentKey, mode: Mode): void {
    if (this.faults.mute || this.faults.freeze || !side.isOpen) return;
    for (const frame of this.frames(this.packet(key, mode))) side.events.binary(frame);
  }

  /** Sends a packet of an instrument in each mode in which it is held. */
  tick(key: InstrumentKey, price?: number, more?: Record<string, unknown>): void {
    if (this.faults.mute || this.faults.freeze) return;
    for (const side of this.open) {
      for (const mode of side.held.get(key) ?? []) {
        for (const frame of this.frames(this.packet(key, mode, price, more))) side.events.binary(frame);
      }
    }
  }

  /** Sends bytes on all sockets. */
  send(bytes: Uint8Array): void {
    for (const side of this.open) side.events.binary(bytes);
  }

  say(text: string): void {
    for (const side of this.open) side.events.text(text);
  }

  drop(end: StreamEnd = { kind: "network", message: "broken" }): void {
    for (const side of this.open) side.end(end);
  }
}
