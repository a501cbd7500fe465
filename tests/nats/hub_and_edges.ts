import type { Bus } from "../../lib/nats/bus.ts";
import { HubService } from "../../lib/hub/hub_service.ts";
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { ALWAYS_OPEN } from "../../lib/market/calendar_file.ts";
import { inboxPrefix, Subjects } from "../../lib/nats/subjects.ts";
import { type Proxy, type ProxyOptions, startProxy } from "../../lib/proxy.ts";
import { HubRequests } from "../../lib/upstream/nats/hub_requests.ts";
import { NatsUpstream } from "../../lib/upstream/nats/nats_upstream.ts";
import type { Clock } from "../../lib/util/clock.ts";
import { FakeClock } from "../fakes.ts";
import { FakeUpstream } from "../fake_upstream.ts";
import { proxyOptions } from "../proxy/rig.ts";
import { connectClient, type TestClient } from "../proxy/test_client.ts";
import { FakeServer } from "./fake_bus.ts";

export const SUBJECTS = new Subjects("test");

export interface Edge {
  readonly name: string;
  readonly upstream: NatsUpstream;
  readonly requests: HubRequests;
  readonly proxy: Proxy;
  readonly bus: Bus;
}

/** Of an HTTP request. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface HubAndEdgesOptions {
  readonly perEdge?: number;
  readonly capacity?: number;
  /** Of hub and edges. */
  readonly proxy?: Partial<ProxyOptions>;
  readonly hub?: Partial<ProxyOptions>;
  /** The way to a real server, in place of one to the server in the hand. */
  readonly connect?: (inbox: string) => Bus;
}

/** A hub whose upstream is in the hand, edges, and clients on real sockets; time and the message server in the hand. */
export class HubAndEdges implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly server: FakeServer;
  source: FakeUpstream;
  hub: Proxy;
  service: HubService;
  readonly edges: Edge[] = [];
  readonly clients: TestClient[] = [];
  #hubBus: Bus;
  #runs = 0;

  constructor(private readonly given: HubAndEdgesOptions = {}) {
    this.clock = new FakeClock();
    this.server = new FakeServer(this.clock);
    this.#hubBus = this.#connect("hub");
    [this.source, this.service, this.hub] = this.#newHub();
  }

  #connect(name: string): Bus {
    const inbox = inboxPrefix(name);
    return this.given.connect?.(inbox) ?? this.server.connect(inbox);
  }

  #newHub(): [FakeUpstream, HubService, Proxy] {
    const { clock, given: { perEdge = 1_000, capacity = 1_000, proxy, hub } } = this;
    const source = new FakeUpstream({ capacity });
    source.up = clock.elapsed();
    const service = new HubService({
      bus: this.#hubBus,
      clock,
      subjects: SUBJECTS,
      source: "simulated",
      perEdge,
      epoch: 1_000 + ++this.#runs,
    });
    const options = { ...proxyOptions(source, clock), hub: service, ...proxy, ...hub };
    return [source, service, startProxy(options)];
  }

  /** The hub dies without a word. */
  async killHub(): Promise<void> {
    await this.#hubBus.stop();
    await this.hub.stop();
  }

  /** Another hub takes the place of the one that was killed. */
  startHub(): void {
    this.#hubBus = this.#connect("hub");
    [this.source, this.service, this.hub] = this.#newHub();
  }

  /** @param clock That of its machine; by default the hub's. @param own What it alone has. */
  edge(name = "one", clock: Clock = this.clock, own: Partial<ProxyOptions> = {}): Edge {
    const bus = this.#connect(name);
    const requests = new HubRequests({ bus, subjects: SUBJECTS, edge: name });
    const { proxy: both } = this.given;
    const upstream = new NatsUpstream({
      bus,
      calendar: own.calendar ?? new MarketCalendar(ALWAYS_OPEN),
      clock,
      subjects: SUBJECTS,
      requests,
      source: "simulated",
      capacity: 1_000,
    });
    const proxy = startProxy({ ...proxyOptions(upstream, clock), data: requests, ...both, ...own });
    const edge = { name, upstream, requests, proxy, bus };
    this.edges.push(edge);
    return edge;
  }

  async connect({ proxy }: { readonly proxy: Proxy }, path = "/?encoding=json"): Promise<TestClient> {
    const client = await connectClient(`ws://127.0.0.1:${proxy.port}${path}`);
    this.clients.push(client);
    await this.until(() => client.messages.length > 0);
    return client;
  }

  /** What a proxy answers over HTTP, while the clock is turned. */
  async ask({ proxy }: { readonly proxy: Proxy }, path: string, init: RequestInit = {}): Promise<Answer> {
    let answer: Answer | undefined;
    const asking = fetch(`http://127.0.0.1:${proxy.port}${path}`, init).then(async (response) => {
      const text = await response.text();
      answer = { status: response.status, type: response.headers.get("content-type") ?? "", text };
    });
    await this.until(() => answer !== undefined);
    await asking;
    return answer!;
  }

  /** Turns the clock until something is so: in small steps at first, and in larger ones when it takes long. */
  async until(isSo: () => boolean, limitMs = 30_000): Promise<void> {
    const begin = this.clock.now();
    for (let passed = 0; !isSo(); passed = this.clock.now() - begin) {
      if (passed > limitMs) throw new Error(`not so within ${limitMs} ms: ${isSo}`);
      await this.turn(Math.max(10, Math.min(100, passed / 10)));
    }
  }

  async pass(ms: number, step = 200): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) await this.turn(Math.min(step, end - this.clock.now()));
  }

  /** Lets what was sent arrive, and turns the clock. */
  async turn(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await this.clock.advanceAsync(ms);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let done = false;
    const stopping = (async () => {
      await Promise.all(this.edges.map(({ proxy }) => proxy.stop()));
      await this.hub.stop();
      done = true;
    })();
    while (!done) await this.turn(50);
    await stopping;
    await Promise.all(this.clients.map((client) => client.close()));
  }
}
