import { SessionTokens } from "../../lib/access/session_tokens.ts";
import { ANYONE } from "../../lib/access/entitlement.ts";
import type { Opening } from "../../lib/clients/protocol.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";

import { MarketCalendar } from "../../lib/market/calendar.ts";
import { ALWAYS_OPEN } from "../../lib/market/calendar_file.ts";
import { hoursOf } from "../../lib/market/instrument_hours.ts";
import { type Exchange, type InstrumentKey, type Mode, splitKey } from "../../lib/market/market.ts";
import type { Instruments } from "../../lib/instruments/instrument.ts";
import { createMetrics } from "../../lib/metrics/metrics.ts";
import { createPipeline, type Pipeline } from "../../lib/pipeline.ts";
import { healthReport } from "../../lib/status/health.ts";
import { subscriptionRequest } from "../../lib/smartapi/request.ts";
import { type Account, createAccount } from "../../lib/upstream/account/account.ts";
import { BrokerUpstream } from "../../lib/upstream/broker/broker_upstream.ts";
import { DEFAULT_POLICY } from "../../lib/upstream/policy.ts";
import { Secret } from "../../lib/util/secret.ts";
import { FakeSocket } from "../clients/fake_socket.ts";
import { FakeClock, seededRandom, settle } from "../fakes.ts";
import { builtInCatalog } from "../instruments/catalog_of.ts";
import { FakeBroker } from "./fake_broker.ts";
import { SECRETS } from "./secrets.ts";

export const CREDENTIALS = {
  clientCode: "WITNESS1",
  pin: new Secret(SECRETS.pin),
  apiKey: new Secret(SECRETS.apiKey),
  totpSecret: new Secret(SECRETS.totpSecret),
};

export interface WorldOptions {
  readonly start?: string;
  readonly calendar?: MarketCalendar;
  readonly watch?: readonly InstrumentKey[];
  readonly instruments?: Instruments;
  /** How often what is subscribed ticks. */
  readonly tickEveryMs?: number;
}

/** The whole program between a broker in the hand and clients in the hand, with time in the hand as well. */
export class World {
  readonly clock: FakeClock;
  readonly broker: FakeBroker;
  readonly account: Account;
  readonly upstream: BrokerUpstream;
  readonly pipeline: Pipeline;
  /** A client of our JSON wire, and one of the broker's wire. */
  readonly json = new FakeSocket();
  readonly smart = new FakeSocket();
  readonly watch: readonly InstrumentKey[];
  readonly #tickEveryMs: number;
  readonly #metrics: ReturnType<typeof createMetrics>;
  readonly #clients: { received(frame: string): void }[] = [];

  constructor(
    {
      start,
      calendar = new MarketCalendar(ALWAYS_OPEN),
      watch = ["nse:3045"],
      instruments = builtInCatalog([]),
      tickEveryMs = 1_000,
    }: WorldOptions = {},
  ) {
    this.clock = new FakeClock(start === undefined ? undefined : Date.parse(start));
    this.broker = new FakeBroker(this.clock);
    this.watch = watch;
    this.#tickEveryMs = tickEveryMs;
    const policy = { ...DEFAULT_POLICY, random: seededRandom(11) };
    const { clock } = this;
    this.account = createAccount({
      credentials: CREDENTIALS,
      restUrl: "http://broker.test",
      streamUrl: "ws://broker.test/smart-stream",
      addresses: { localIp: "127.0.0.1", publicIp: "127.0.0.1", mac: "02:00:00:00:00:01" },
      clock,
      policy,
      wire: { fetch: this.broker.fetch, openStream: this.broker.openStream },
    });
    const hours = hoursOf(calendar, instruments);
    this.upstream = new BrokerUpstream({
      account: this.account,
      clock,
      policy,
      maxSockets: 1,
      ticking: (key, at) => hours(key, at).continuous,
    });
    const watchlist = new Map<Exchange, string[]>();
    for (const key of watch) {
      const { exchange, token } = splitKey(key);
      watchlist.set(exchange, [...watchlist.get(exchange) ?? [], token]);
    }
    this.pipeline = createPipeline({
      clock,
      upstream: this.upstream,
      calendar,
      instruments,
      watchlist,
      limits: DEFAULT_LIMITS,
      batchMs: 10,
      source: "live",
      version: "1.2.3",
      epoch: "this run",
      sessions: new SessionTokens(clock),
    });
    this.#metrics = createMetrics({
      clock,
      status: () => this.pipeline.status.current(),
      clients: {
        connected: () => this.pipeline.gateway.clients,
        lagging: () => this.pipeline.gateway.lagging,
        groups: () => this.pipeline.groups.size,
        traffic: this.pipeline.traffic,
      },
      refused: new Map(),
      ticks: this.pipeline.marketData.stats,
      rejected: this.pipeline.marketData.rejected.counts,
      wanted: () => this.pipeline.marketData.demand.wanted.size,
    });
  }

  /** Starts the program and connects the clients, which subscribe to the watch list. */
  async start(mode: "ltp" | "snapquote" = "ltp"): Promise<void> {
    this.broker.run(this.#tickEveryMs);
    this.upstream.start();
    this.pipeline.exchanges.start();
    for (const [index, socket] of [this.json, this.smart].entries()) {
      this.#clients.push(this.#connect(socket, index, ""));
    }
    for (const exchange of new Set(this.watch.map((key) => splitKey(key).exchange))) {
      this.ask({ command: "subscribe", exchange, mode });
    }
    this.#clients[1]!.received(subscriptionRequest("subscribe", "smart00001", mode, this.watch));
    await this.pass(1);
  }

  /** Connects one more client of our JSON wire. @param commands What it sends at once. */
  async join(query: string, commands: readonly Record<string, unknown>[]): Promise<FakeSocket> {
    const socket = new FakeSocket();
    const client = this.#connect(socket, 0, query);
    for (const command of commands) client.received(JSON.stringify(command));
    await this.pass(1_000);
    return socket;
  }

  #connect(socket: FakeSocket, protocol: number, query: string) {
    const { protocols, gateway } = this.pipeline;
    const handshake = { query: new URLSearchParams(query), headers: new Headers() };
    const opening = protocols[protocol]!.open(handshake) as Opening;
    return gateway.connect(socket, { from: "127.0.0.1:1", opening, entitlement: ANYONE });
  }

  ask(command: Record<string, unknown>): void {
    this.#clients[0]!.received(JSON.stringify(command));
  }

  /** Turns the clock, letting everything that waits for promises run. A login needs a step of its own. */
  async pass(ms: number, stepMs = 1_000): Promise<void> {
    const end = this.clock.elapsed() + ms;
    while (this.clock.elapsed() < end) {
      await this.clock.advanceAsync(Math.min(stepMs, end - this.clock.elapsed()));
      // A response's body is read in turns of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      await settle();
    }
  }

  async stop(): Promise<void> {
    this.broker.stop();
    this.pipeline.exchanges.stop();
    this.pipeline.gateway.shutdown();
    this.pipeline.leases.stop();
    let done = false;
    const stopping = this.upstream.stop().then(() => done = true);
    while (!done) await this.pass(1_000);
    await stopping;
  }

  get readiness() {
    return this.pipeline.status.current().readiness;
  }

  /** What the JSON client was told beside ticks and answers: the status of each event. */
  get told(): string[] {
    return this.events.map(({ status }) => String(status));
  }

  get events(): Record<string, unknown>[] {
    return this.json.messages().filter(({ type }) => type === "system");
  }

  /** The last prices that the JSON client was told. */
  get prices(): number[] {
    return this.json.ticks().map((tick) => Number(tick.last_traded_price));
  }

  freshness(key: InstrumentKey = this.watch[0]!): string {
    return this.pipeline.marketData.freshness(key, "ltp");
  }

  /** What the last price of an instrument is worth, by `list_subscriptions`, by a quote over HTTP, and by the market data. */
  async worth(key: InstrumentKey = this.watch[0]!): Promise<unknown[]> {
    const row = (await this.subscriptions()).find(({ instrument }) => instrument === key);
    const { exchange, token } = splitKey(key);
    const response = await this.pipeline.api.answer({
      method: "GET",
      path: "/quotes",
      query: new URLSearchParams({ exchange, tokens: token, mode: row!.mode as string, wait: "0" }),
      headers: new Headers(),
      entitlement: ANYONE,
      peer: "127.0.0.1",
      from: "127.0.0.1:1",
      acquirePlace: () => () => {},
    });
    const [quote] = (await response.json()).data;
    return [row!.freshness, quote.freshness, this.pipeline.marketData.freshness(key, row!.mode as Mode)];
  }

  /** The rows of `list_subscriptions`. */
  async subscriptions(): Promise<Record<string, unknown>[]> {
    const before = this.json.frames.length;
    this.ask({ command: "list_subscriptions" });
    await this.pass(10);
    const answer = this.json.frames.slice(before).map((frame) => JSON.parse(frame))
      .find(({ message }) => message === "Subscriptions");
    return answer.data;
  }

  /** Everything that anyone outside was told or can ask for, as one text. */
  outputs(): string {
    const status = this.pipeline.status.current();
    const { gateway, groups, marketData } = this.pipeline;
    return [
      ...this.json.frames,
      ...this.smart.frames.map(String),
      JSON.stringify(status),
      JSON.stringify(healthReport(status, { gateway, groups, marketData })),
      this.#metrics.text(),
    ].join("\n");
  }
}
