import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { InstrumentKey, Mode, Tick } from "../market.ts";
import { createPacketDecoder, PacketRefusal } from "../smartapi/packet.ts";
import { readTextFrame } from "../smartapi/request.ts";
import type { OpenStream } from "../smartapi/stream.ts";
import type { Cause, ConnectionState, Policy } from "./connection_state.ts";
import { Lingering } from "./lingering.ts";
import { Liquidity } from "./liquidity.ts";
import type { BrokerNews } from "./news.ts";
import { INSTRUMENTS_PER_SOCKET, Placement } from "./placement.ts";
import type { LoginStatus, SessionKeeper } from "./session_keeper.ts";
import { createShard, type Shard } from "./shard.ts";
import type { SubscriptionChange } from "./subscription_plan.ts";
import { UpstreamTraffic } from "./upstream_traffic.ts";

export interface BrokerOptions {
  readonly clock: Clock;
  readonly policy: Policy;
  readonly keeper: SessionKeeper;
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
  readonly news: (news: BrokerNews) => void;
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
  isLiquid(key: InstrumentKey): boolean;
  /** Unsubscribes and closes everything; settles when every socket is gone. */
  stop(): Promise<void>;
  status(): BrokerStatus;
}

export interface BrokerStatus {
  readonly sockets: readonly ConnectionState[];
  readonly login: LoginStatus;
  readonly traffic: UpstreamTraffic;
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
  const placement = new Placement(options.maxSockets);
  const capacity = options.maxSockets * INSTRUMENTS_PER_SOCKET;
  const lingering = new Lingering(clock, capacity, reconcile);
  const liquidity = new Liquidity();
  const requests = new Map<string, SubscriptionChange>();
  const shards: Shard[] = [];
  const traffic = new UpstreamTraffic();
  let messages = 0;
  let coalescing = false;
  let stopping = false;
  let disarmWatch = () => {};

  function openShard(): void {
    const index = shards.length;
    const shard = createShard({
      ...options,
      number: index + 1,
      liquidity,
      traffic,
      wanted: () => placement.of(index),
      register,
      text: heardText,
      binary: heardPacket,
    });
    shards.push(shard);
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

  function heardPacket(bytes: Uint8Array, shard: Shard): void {
    traffic.packets++;
    traffic.bytes += bytes.length;
    const packet = decode(bytes, clock.now());
    if (packet instanceof PacketRefusal) {
      const { reason, key } = packet;
      return options.suspect(reason, bytes, key !== undefined && placement.has(key) ? key : undefined);
    }
    if (packet.mode === "depth20") return options.suspect("unknown_mode", bytes);
    if (placement.has(packet.key)) {
      shard.noteTick(packet.key);
      options.tick(packet, bytes);
    } else if (!lingering.wasDropped(packet.key)) {
      options.suspect("not_asked", bytes);
    }
  }

  function reconcile(): void {
    if (stopping || shards.length === 0) return;
    const refused = placement.update(lingering.extend(options.wanted()));
    if (refused.length > 0) {
      log.error(
        "{count} instruments fit on no socket: raise SMARTAPI_MAX_SOCKETS (3 at most), or subscribe to less",
        {
          count: refused.length,
        },
      );
    }
    liquidity.keepOnly(lingering.extended());
    options.carried(lingering.extended());
    for (let index = 0; index < options.maxSockets; index++) {
      if (shards[index] !== undefined) shards[index].pump();
      else if (placement.of(index).size > 0) openShard();
    }
  }

  /** One timer looks after what time alone brings about: mute sockets, and the next day's session. */
  function watch(): void {
    if (clock.now() >= options.keeper.renewAt()) {
      // The others get the new session anyway, as soon as it may be asked for.
      for (const shard of shards.filter((each) => each.state().kind === "live")) {
        shard.redial({ kind: "renewed", message: "a new day needs a new session" });
      }
    }
    for (const shard of shards) shard.watch();
    disarmWatch = clock.after(WATCH_EVERY_MS, watch);
  }

  let disarmReconcile = () => {};

  return {
    start() {
      openShard();
      reconcile();
      disarmWatch = clock.after(WATCH_EVERY_MS, watch);
    },
    demandChanged() {
      if (coalescing || stopping || shards.length === 0) return;
      coalescing = true;
      disarmReconcile = clock.after(COALESCE_MS, () => {
        coalescing = false;
        reconcile();
      });
    },
    reconnect(cause) {
      for (const shard of shards) {
        shard.redial(cause);
        shard.start();
      }
    },
    upSince(key) {
      // One that is wanted since a moment ago has no place yet; the first socket stands for the one it will get.
      return shards[placement.socketOf(key) ?? 0]?.upSince();
    },
    isLiquid: (key) => liquidity.isLiquid(key),
    async stop() {
      stopping = true;
      disarmWatch();
      disarmReconcile();
      lingering.stop();
      await Promise.all(shards.map((shard) => shard.stop()));
    },
    status: () => ({
      sockets: shards.map((shard) => shard.state()),
      login: options.keeper.status(),
      traffic,
      pairs: shards.reduce((sum, shard) => sum + shard.pairs(), 0),
      capacity,
    }),
  };
}
