import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../util/clock.ts";
import type { InstrumentKey, Mode, Tick } from "../../market/market.ts";
import { createPacketDecoder, PacketRefusal } from "../../smartapi/packet.ts";
import { readTextFrame } from "../../smartapi/request.ts";
import type { OpenStream } from "../../smartapi/stream.ts";
import type { Cause, ConnectionState, Policy } from "./connection_state.ts";
import { GracePeriod } from "./grace_period.ts";
import { TickRates } from "./tick_rates.ts";
import type { BrokerEvent } from "./events.ts";
import { INSTRUMENTS_PER_SOCKET, SocketAssignment } from "./socket_assignment.ts";
import type { BrokerLogin, LoginStatus } from "../account/broker_login.ts";
import { type BrokerSocket, createBrokerSocket } from "./broker_socket.ts";
import type { SubscriptionChange } from "./subscription_plan.ts";
import { BrokerTraffic } from "./broker_traffic.ts";

export interface BrokerOptions {
  readonly clock: Clock;
  readonly policy: Policy;
  readonly keeper: BrokerLogin;
  readonly open: OpenStream;
  /** Sockets that may be opened, at most; each is opened when the ones before it are full. */
  readonly maxSockets: number;
  /** Whether an instrument's exchange trades at a moment, so that what is liquid must tick. */
  readonly ticking: (key: InstrumentKey, at: number) => boolean;
  /** What all clients together want: the one truth about what to subscribe. */
  readonly wanted: () => ReadonlyMap<InstrumentKey, Mode>;
  /** A tick of an instrument that was asked for; `packet` is what it was read from. */
  readonly tick: (tick: Tick, packet: Uint8Array) => void;
  /** A packet that is not to be believed, why, and whose price it makes doubtful where that can be told. */
  readonly suspect: (reason: string, packet: Uint8Array, key?: InstrumentKey) => void;
  /** What the sockets carry now: the wanted instruments and those that linger. */
  readonly carried: (keys: ReadonlyMap<InstrumentKey, Mode>) => void;
  readonly news: (news: BrokerEvent) => void;
}

export interface Broker {
  start(): void;
  /** What is wanted has changed; the sockets hear of it within {@linkcode COALESCE_MS}. */
  demandChanged(): void;
  /** Replaces every socket, and starts those again that had stopped for good. */
  reconnect(cause: Cause): void;
  /** When the feed that carries an instrument came up; undefined while it is down or mute. */
  upSince(key: InstrumentKey): number | undefined;
  /** Whether an instrument ticks so often that its silence in trading hours means something. */
  ticksOften(key: InstrumentKey): boolean;
  /** Unsubscribes and closes everything; settles when every socket is gone. */
  stop(): Promise<void>;
  status(): BrokerStatus;
}

export interface BrokerStatus {
  readonly sockets: readonly ConnectionState[];
  readonly login: LoginStatus;
  readonly traffic: BrokerTraffic;
  /** (Instrument, mode) pairs that the sockets hold. */
  readonly pairs: number;
  /** Instruments that all sockets together can carry. */
  readonly capacity: number;
}

/** Changes within this time leave as one message. */
const COALESCE_MS = 100;

/** How often the sockets are looked at for muteness. */
const WATCH_EVERY_MS = 5_000;

/** Requests that an error may still name. */
const MAX_REMEMBERED = 200;

const log = getLogger(["broker"]);

/** The account's sockets: wanted subscriptions in, ticks and news out. */
export function createBroker(options: BrokerOptions): Broker {
  const { clock } = options;
  const decode = createPacketDecoder();
  const assignment = new SocketAssignment(options.maxSockets);
  const capacity = options.maxSockets * INSTRUMENTS_PER_SOCKET;
  const gracePeriod = new GracePeriod(clock, capacity, reconcile);
  const tickRates = new TickRates();
  const requests = new Map<string, SubscriptionChange>();
  const sockets: BrokerSocket[] = [];
  const traffic = new BrokerTraffic();
  let messages = 0;
  let coalescing = false;
  let stopping = false;
  let disarmWatch = () => {};

  function openSocket(): void {
    const index = sockets.length;
    const shard = createBrokerSocket({
      ...options,
      number: index + 1,
      tickRates,
      traffic,
      wanted: () => assignment.of(index),
      register,
      text: heardText,
      binary: heardPacket,
    });
    sockets.push(shard);
    shard.start();
  }

  function register(change: SubscriptionChange): string {
    const id = String(++messages).padStart(10, "0");
    requests.set(id, change);
    if (requests.size > MAX_REMEMBERED) requests.delete(requests.keys().next().value!);
    return id;
  }

  function heardText(text: string): void {
    const frame = readTextFrame(text);
    if (frame.kind === "pong") return;
    if (frame.kind === "unknown") {
      log.warn("the broker sent a text that nobody knows, and that is passed over: {text}", {
        text: frame.text,
      });
      return;
    }
    traffic.rejections++;
    const change = requests.get(frame.correlationId ?? "");
    log.error("the broker refused to {action} {count} instruments ({first}): {code} {message}; {remedy}", {
      first: change === undefined ? "unknown" : change.keys.slice(0, 3).join(", "),
      remedy: "are these tokens of today? see WATCHLIST, or what the clients ask for",
      action: change?.action ?? "serve",
      count: change?.keys.length ?? "some",
      code: frame.code,
      message: frame.message,
    });
    options.news({ kind: "rejected", code: frame.code, message: frame.message, keys: change?.keys ?? [] });
  }

  function heardPacket(bytes: Uint8Array, shard: BrokerSocket): void {
    traffic.packets++;
    traffic.bytes += bytes.length;
    const packet = decode(bytes, clock.now());
    if (packet instanceof PacketRefusal) {
      const { reason, key } = packet;
      return options.suspect(reason, bytes, key !== undefined && assignment.has(key) ? key : undefined);
    }
    if (packet.mode === "depth20") return options.suspect("unknown_mode", bytes);
    if (assignment.has(packet.key)) {
      shard.noteTick(packet.key);
      options.tick(packet, bytes);
    } else if (!gracePeriod.wasDropped(packet.key)) {
      options.suspect("not_asked", bytes);
    }
  }

  function reconcile(): void {
    if (stopping || sockets.length === 0) return;
    const refused = assignment.update(gracePeriod.extend(options.wanted()));
    if (refused.length > 0) {
      log.error(
        "{count} instruments fit on no socket: raise SMARTAPI_MAX_SOCKETS (3 at most), or subscribe to less",
        {
          count: refused.length,
        },
      );
    }
    tickRates.keepOnly(gracePeriod.extended());
    options.carried(gracePeriod.extended());
    for (let index = 0; index < options.maxSockets; index++) {
      if (sockets[index] !== undefined) sockets[index].pump();
      else if (assignment.of(index).size > 0) openSocket();
    }
  }

  /** One timer looks after what time alone brings about: mute sockets, and the next day's session. */
  function watch(): void {
    if (clock.now() >= options.keeper.renewAt()) {
      // The others get the new session anyway, as soon as it may be asked for.
      for (const shard of sockets.filter((each) => each.state().kind === "live")) {
        shard.redial({ kind: "renewed", message: "a new day needs a new session" });
      }
    }
    for (const shard of sockets) shard.watch();
    disarmWatch = clock.after(WATCH_EVERY_MS, watch);
  }

  let disarmReconcile = () => {};

  return {
    start() {
      openSocket();
      reconcile();
      disarmWatch = clock.after(WATCH_EVERY_MS, watch);
    },
    demandChanged() {
      if (coalescing || stopping || sockets.length === 0) return;
      coalescing = true;
      disarmReconcile = clock.after(COALESCE_MS, () => {
        coalescing = false;
        reconcile();
      });
    },
    reconnect(cause) {
      for (const shard of sockets) {
        shard.redial(cause);
        shard.start();
      }
    },
    upSince(key) {
      // One that is wanted since a moment ago has no place yet; the first socket stands for the one it will get.
      return sockets[assignment.socketOf(key) ?? 0]?.upSince();
    },
    ticksOften: (key) => tickRates.ticksOften(key),
    async stop() {
      stopping = true;
      disarmWatch();
      disarmReconcile();
      gracePeriod.stop();
      await Promise.all(sockets.map((shard) => shard.stop()));
    },
    status: () => ({
      sockets: sockets.map((shard) => shard.state()),
      login: options.keeper.status(),
      traffic,
      pairs: sockets.reduce((sum, shard) => sum + shard.pairs(), 0),
      capacity,
    }),
  };
}
