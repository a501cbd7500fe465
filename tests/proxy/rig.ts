import type { Clock } from "../../lib/util/clock.ts";
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { ALWAYS_OPEN } from "../../lib/market/calendar_file.ts";
import { instrumentHours } from "../../lib/market/instrument_hours.ts";
import { simulatedCredentials } from "../../lib/commands/credentials.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { createInstrumentCatalog, type InstrumentCatalog } from "../../lib/instruments/catalog.ts";
import { WELL_KNOWN } from "../../lib/instruments/symbols.ts";
import { type Proxy, type ProxyOptions, startProxy } from "../../lib/proxy.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../lib/simulator/simulator.ts";
import type { Credentials } from "../../lib/smartapi/rest.ts";
import { type Account, createAccount } from "../../lib/upstream/account/account.ts";
import { BrokerUpstream } from "../../lib/upstream/broker/broker_upstream.ts";
import { createBrokerData } from "../../lib/upstream/data/broker_data.ts";
import { DEFAULT_POLICY, type Policy } from "../../lib/upstream/policy.ts";
import type { Upstream } from "../../lib/upstream/upstream.ts";
import { FakeClock, seededRandom } from "../fakes.ts";
import { catalogOf } from "../instruments/catalog_of.ts";
import { connectClient, type TestClient } from "./test_client.ts";

export interface RigOptions {
  readonly start?: string;
  /** In place of a new one, for what needs it earlier. */
  readonly clock?: FakeClock;
  readonly simulator?: Partial<SimulatorOptions>;
  /** The stream's address for the proxy, in place of the simulator's own: a relay's. */
  readonly streamUrl?: (own: string) => string;
  readonly proxy?: RigProxyOptions;
}

/** The upstream of a rig, beside what the simulator decides. */
export interface BrokerRigOptions {
  readonly credentials: Credentials;
  readonly maxSockets: number;
  readonly policy: Partial<Policy>;
}

export type RigProxyOptions = Partial<ProxyOptions> & Partial<BrokerRigOptions>;

/** A handshake that takes so many turns of the event loop is one that the simulator holds back. */
const MAX_DIAL_TURNS = 2_000;

/** Real milliseconds that packets may take. */
const MAX_PACKET_TURNS = 200;

/** Simulator and proxy on real sockets, with time in the hand. */
export class Rig implements AsyncDisposable {
  readonly clients: TestClient[] = [];
  #stopped = false;

  private constructor(
    readonly clock: FakeClock,
    readonly simulator: Simulator,
    readonly proxy: Proxy,
    private readonly broker: Broker,
    private readonly catalog: InstrumentCatalog,
  ) {}

  /** Logs in anew with other credentials. */
  changeCredentials(credentials: Credentials): void {
    this.broker.account.changeCredentials(credentials);
    this.broker.upstream.reconnect({ kind: "renewed", message: "the credentials have changed" });
  }

  static async start(
    { start, simulator: simulatorOptions, streamUrl, proxy: given = {}, clock: givenClock }: RigOptions = {},
  ): Promise<Rig> {
    const clock = givenClock ?? new FakeClock(start === undefined ? undefined : Date.parse(start));
    const random = seededRandom(7);
    const simulator = await startSimulator({ clock, random, rate: 200, ...simulatorOptions });
    const reached = streamUrl === undefined
      ? simulator
      : { ...simulator, streamUrl: streamUrl(simulator.streamUrl) };
    const catalog = createInstrumentCatalog({
      clock,
      random: () => 0.5,
      url: simulator.instrumentsUrl,
      builtIn: WELL_KNOWN,
    });
    catalog.start();
    await catalog.ready;
    const { instruments } = catalog;
    const { proxy, broker } = startProxyOn(reached, clock, random, { instruments, ...given });
    return new Rig(clock, simulator, proxy, broker, catalog);
  }

  get control() {
    return this.simulator.control;
  }

  async connect(path = ""): Promise<TestClient> {
    const client = await connectClient(`ws://127.0.0.1:${this.proxy.port}${path}`);
    this.clients.push(client);
    await this.until(() => client.messages.length > 0);
    return client;
  }

  async health(): Promise<Record<string, unknown>> {
    return await (await fetch(`http://127.0.0.1:${this.proxy.port}/healthz`)).json();
  }

  /**
   * Turns the clock until something is so, letting the sockets work in between: in small steps at first, and in
   * larger ones when it takes long.
   */
  async until(isSo: () => boolean, limitMs = 60_000): Promise<void> {
    const begin = this.clock.now();
    for (let passed = 0; !isSo(); passed = this.clock.now() - begin) {
      if (passed > limitMs) throw new Error(`not so within ${limitMs} ms: ${isSo}`);
      await this.turn(Math.max(20, Math.min(400, passed / 20)));
    }
  }

  /** Turns the clock by so much, in steps. */
  async pass(ms: number, step = 20): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) await this.turn(Math.min(step, end - this.clock.now()));
  }

  /** Lets what was sent arrive, then turns the clock; for real so many ms before and after. */
  async turn(ms: number, realMs = 1): Promise<void> {
    await ioTurn(realMs);
    this.clock.advance(ms);
    await ioTurn(realMs);
  }

  /** Lets a handshake with the broker come to its end, however slow this machine is, before time goes on. */
  async dialled(): Promise<void> {
    const { upstream } = this.broker;
    const isDialling = () => upstream.status().sockets.some(({ state }) => state === "connecting");
    for (let turns = 0; isDialling() && turns < MAX_DIAL_TURNS; turns++) await ioTurn(1);
  }

  /** Turns the clock, and lets every packet that leaves the broker meanwhile arrive, however slow this machine is. */
  async turnAndReceive(ms: number): Promise<void> {
    const sent = () => this.simulator.control.stats().packets;
    const received = () => this.broker.upstream.status().traffic.packets;
    const [sentBefore, receivedBefore] = [sent(), received()];
    await this.turn(ms);
    const missing = () => sent() - sentBefore > received() - receivedBefore;
    // Those of a socket that broke off never arrive.
    for (let turns = 0; missing() && turns < MAX_PACKET_TURNS; turns++) await ioTurn(1);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    let done = false;
    const stopping = this.proxy.stop().then(() => done = true);
    while (!done) await this.turn(50);
    await stopping;
    await Promise.all(this.clients.map((client) => client.close()));
    await this.catalog.stop();
    await this.simulator.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export interface Broker {
  readonly account: Account;
  readonly upstream: BrokerUpstream;
}

/** The simulator as the proxy's upstream. */
export function startBroker(
  simulator: Simulator,
  clock: Clock,
  random: () => number,
  options: Partial<BrokerRigOptions> & { readonly calendar?: MarketCalendar } = {},
): Broker {
  const policy = { ...DEFAULT_POLICY, random, ...options.policy };
  const calendar = options.calendar ?? new MarketCalendar(ALWAYS_OPEN);
  const account = createAccount({
    credentials: options.credentials ?? simulatedCredentials(),
    restUrl: simulator.restUrl,
    streamUrl: simulator.streamUrl,
    addresses: { localIp: "127.0.0.1", publicIp: "127.0.0.1", mac: "00:00:00:00:00:00" },
    clock,
    policy,
  });
  const upstream = new BrokerUpstream({
    account,
    clock,
    policy,
    maxSockets: options.maxSockets ?? 1,
    ticking: (key, at) => instrumentHours(calendar, key, {}, at).continuous,
  });
  return { account, upstream };
}

/** A proxy whose upstream is a simulator. */
export function startProxyOn(
  simulator: Simulator,
  clock: Clock,
  random: () => number,
  { credentials, maxSockets, policy, ...options }: RigProxyOptions = {},
): { proxy: Proxy; broker: Broker } {
  const broker = startBroker(simulator, clock, random, {
    ...credentials === undefined ? {} : { credentials },
    ...maxSockets === undefined ? {} : { maxSockets },
    ...policy === undefined ? {} : { policy },
    ...options.calendar === undefined ? {} : { calendar: options.calendar },
  });
  const data = createBrokerData(broker.account, clock);
  return { proxy: startProxy({ ...proxyOptions(broker.upstream, clock), data, ...options }), broker };
}

const { instruments: SIMULATED_CATALOG } = await catalogOf(SIMULATED_INSTRUMENTS);

/** A proxy on a free port. */
export function proxyOptions(upstream: Upstream, clock: Clock): ProxyOptions {
  return {
    host: "127.0.0.1",
    port: 0,
    limits: DEFAULT_LIMITS,
    allowedOrigins: [],
    upstream,
    batchMs: 10,
    watchlist: new Map([["nse", ["99926000", "3045", "2885"]], ["mcx", ["574841", "999999"]]]),
    instruments: SIMULATED_CATALOG,
    calendar: new MarketCalendar(ALWAYS_OPEN),
    source: "simulated",
    version: "0.0.0-test",
    staticFolder: new URL("../../static", import.meta.url).pathname,
    clock,
  };
}

/** One round of the event loop with its sockets: a timer of the runtime, since sockets have no other end of a turn. */
function ioTurn(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
