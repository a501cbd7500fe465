import { getLogger } from "@logtape/logtape";
import type { Demand } from "../../market/demand.ts";
import type { MarketCalendar } from "../../market/calendar.ts";
import type { InstrumentKey } from "../../market/market.ts";
import type { Bus } from "../../nats/bus.ts";
import { type LeaseAnswer, news, readJson } from "../../nats/messages.ts";
import type { Subjects } from "../../nats/subjects.ts";
import type { Clock } from "../../util/clock.ts";
import { TickRates } from "../broker/tick_rates.ts";
import type { Refusal, Upstream, UpstreamCause, UpstreamHandler, UpstreamStatus } from "../upstream.ts";
import { EdgeFeed } from "./edge_feed.ts";
import { EdgeLink, EdgeTraffic } from "./edge_link.ts";
import { EdgeOutages } from "./edge_outages.ts";
import { HubCalendar } from "./hub_calendar.ts";
import { HubFollower } from "./hub_follower.ts";
import type { HubRequests, Snapshot } from "./hub_requests.ts";
import { LeaseRenewal } from "./lease_renewal.ts";
import { RefusedLeases } from "./refused_leases.ts";

export interface NatsUpstreamOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly subjects: Subjects;
  readonly requests: Pick<HubRequests, "lease" | "snapshot">;
  /** That of the hub's feed when this edge began; it must not change under the clients. */
  readonly source: "live" | "simulated";
  /** By which this edge's clients are served; it is compared with the hub's. */
  readonly calendar: MarketCalendar;
  /** Instruments that the hub gave room for, until it says something else. */
  readonly capacity: number;
}

/** Changes within this time leave as one request. */
const COALESCE_MS = 50;

/** How often the link to the hub is looked at. */
const WATCH_EVERY_MS = 250;

const log = getLogger(["nats"]);

/** What there is once demand and handler are known. */
interface Parts {
  readonly demand: Demand;
  readonly handler: UpstreamHandler;
  readonly feed: EdgeFeed;
  readonly outages: EdgeOutages;
  readonly refused: RefusedLeases;
  readonly renewal: LeaseRenewal;
}

/**
 * A hub as the source of an edge: what is wanted is leased there, its packets become ticks. A price is live here as long
 * as the hub's beats come in time and no batch is missing; otherwise it is stale until the hub's last values have come.
 */
export class NatsUpstream implements Upstream {
  readonly #options: NatsUpstreamOptions;
  readonly #tickRates = new TickRates();
  readonly #traffic = new EdgeTraffic();
  readonly #link: EdgeLink;
  readonly #hub: HubFollower;
  readonly #hubCalendar: HubCalendar;
  #parts: Parts | undefined;
  #stopping = false;
  #ends: (() => void)[] = [];
  #disarmWatch = () => {};
  #disarmUpdate: (() => void) | undefined;

  constructor(options: NatsUpstreamOptions) {
    const { calendar, capacity, clock, source } = options;
    this.#options = options;
    this.#hubCalendar = new HubCalendar(clock, calendar);
    this.#link = new EdgeLink(clock, this.#traffic, capacity);
    this.#hub = new HubFollower({
      clock,
      source,
      lost: (cause) => this.#lost(cause),
      changed: () => this.#joined().feed.changeHub(),
    });
  }

  attach(demand: Demand, handler: UpstreamHandler): void {
    const { bus, clock, requests } = this.#options;
    const tell = handler.event.bind(handler);
    const outages = new EdgeOutages(clock, demand, () => feed.instruments.granted, tell);
    const feed = new EdgeFeed({
      ...this.#options,
      hub: this.#hub,
      traffic: this.#traffic,
      isLive: () => this.#link.liveSince !== undefined,
      tick: (tick, packet, cameAt, isAnswer) => {
        this.#tickRates.noteTick(tick.key, clock.elapsed(), tick.exchangeTime);
        handler.tick(tick, packet, cameAt, isAnswer);
      },
      rejected: (packet) => handler.rejected(packet),
      current: (key) => outages.acknowledge(key),
      missed: (keys, since) => {
        outages.missed(keys, since);
        renewal.hasten();
      },
    });
    const renewal = new LeaseRenewal({
      clock,
      requests,
      isAlive: () => bus.connected && this.#hub.isAlive,
      epoch: () => this.#hub.epoch,
      wanted: () => demand.wanted,
      leased: (answer, askedAt) => this.#onLease(answer, askedAt),
      unsynced: () => feed.instruments.unsynced,
      synced: (snapshot, keys) => this.#onSnapshot(snapshot, keys),
    });
    this.#parts = { demand, handler, feed, outages, renewal, refused: new RefusedLeases(tell) };
  }

  start(): void {
    const { bus, subjects } = this.#options;
    const { demand } = this.#joined();
    this.#ends = [
      bus.subscribe(subjects.beat, ({ payload }) => this.#onBeat(payload)),
      bus.subscribe(subjects.news, ({ payload }) => this.#onNews(payload)),
      bus.onChange(() => this.#onBus()),
      demand.onChange(() => this.#updateSoon()),
    ];
    this.#update();
    this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const end of this.#ends) end();
    this.#disarmWatch();
    this.#disarmUpdate?.();
    this.#parts?.outages.stop();
    this.#parts?.renewal.stop();
    this.#parts?.feed.stop();
    // The places are free at once, and not only when the lease has run out.
    if (this.#link.liveSince !== undefined) await this.#options.requests.lease(new Map()).catch(() => {});
  }

  status(): UpstreamStatus {
    return this.#link.status(this.#hub);
  }

  upSince(key: InstrumentKey): number | undefined {
    const { liveSince } = this.#link;
    if (liveSince === undefined) return undefined;
    const feed = this.#joined().feed.instruments.feedOf(key);
    if (feed === null) return undefined;
    return feed === undefined ? liveSince : this.#hub.time.toLocal(feed);
  }

  refusalOf(key: InstrumentKey): Refusal | undefined {
    return this.#parts?.refused.of(key);
  }

  ticksOften(key: InstrumentKey): boolean {
    return this.#tickRates.ticksOften(key);
  }

  #joined(): Parts {
    if (this.#parts === undefined) throw new Error("attach() comes before start()");
    return this.#parts;
  }

  #updateSoon(): void {
    this.#disarmUpdate ??= this.#options.clock.after(COALESCE_MS, () => this.#update());
  }

  #update(): void {
    this.#disarmUpdate = undefined;
    const { demand: { wanted }, feed, handler, outages, renewal } = this.#joined();
    feed.follow(wanted);
    this.#tickRates.keepOnly(wanted);
    handler.subscribed(new Map(wanted));
    outages.wantedChanged();
    renewal.hasten();
  }

  /** Sees to what time alone brings about. */
  #watch(): void {
    this.#hub.watch(this.#link.liveSince !== undefined);
    this.#joined().renewal.renew();
    this.#disarmWatch = this.#options.clock.after(WATCH_EVERY_MS, () => this.#watch());
  }

  #onBus(): void {
    const { connected, trouble } = this.#options.bus;
    if (connected) this.#joined().renewal.hasten();
    else this.#lost({ kind: "network", message: trouble ?? "the NATS server is out of reach" });
  }

  #onBeat(payload: Uint8Array): void {
    const { feed, renewal } = this.#joined();
    const beat = this.#hub.onBeat(payload);
    if (beat === undefined) return;
    this.#hubCalendar.note(beat.phases);
    if (this.#link.liveSince !== undefined) {
      if (this.#hub.missedNews) renewal.hasten();
      feed.confirm(beat.sequences);
    }
    renewal.renew();
  }

  #onNews(payload: Uint8Array): void {
    const message = readJson(news, payload);
    if (message === undefined || !this.#hub.onNews(message)) return;
    const { feed, handler, outages } = this.#joined();
    feed.instruments.noteFeeds(message.feeds);
    const { event } = message;
    if (this.#link.liveSince === undefined || event === undefined) return;
    if (!("keys" in event)) return handler.event(event);
    const keys = event.keys.filter((key) => feed.instruments.has(key));
    if (keys.length === 0) return;
    handler.event({ ...event, keys });
    if (event.kind === "up") keys.forEach((key) => outages.acknowledge(key));
  }

  #lost(cause: UpstreamCause): void {
    if (this.#stopping) return;
    const { feed, outages, renewal } = this.#joined();
    const { wasLive, isNew } = this.#link.lost(cause);
    if (isNew) log.warn("the hub cannot be followed: {why}", { why: cause.message });
    feed.reset();
    outages.down(cause, this.#hub.lastBeatAt ?? this.#options.clock.now(), wasLive);
    renewal.hasten();
  }

  #onLease(answer: LeaseAnswer, askedAt: number): boolean {
    if (!this.#hub.onAnswer(answer, askedAt)) return false;
    const { feed, outages, refused } = this.#joined();
    this.#link.capacity = answer.capacity;
    outages.takenBack(feed.instruments.grant(answer.feeds));
    refused.replace(answer.refused);
    if (!this.#link.found()) return true;
    log.info("following the hub");
    outages.connected();
    return true;
  }

  #onSnapshot(snapshot: Snapshot, keys: readonly InstrumentKey[]): boolean {
    if (this.#link.liveSince === undefined || snapshot.epoch !== this.#hub.epoch) return false;
    this.#joined().feed.sync(snapshot, keys);
    return true;
  }
}
