import { SessionTokens } from "../../lib/access/session_tokens.ts";
import { ANYONE, type Entitlement } from "../../lib/access/entitlement.ts";
import type { Watchlist } from "../../lib/clients/instrument_selection.ts";
import type { ClientHandle, Opening } from "../../lib/clients/protocol.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { builtInCatalog } from "../instruments/catalog_of.ts";
import type { Instruments } from "../../lib/instruments/instrument.ts";
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { ALWAYS_OPEN } from "../../lib/market/calendar_file.ts";
import type { InstrumentKey, Mode } from "../../lib/market/market.ts";
import { createPipeline, type Pipeline, type PipelineOptions } from "../../lib/pipeline.ts";
import type { UpstreamStatus } from "../../lib/upstream/upstream.ts";
import { FakeUpstream } from "../fake_upstream.ts";
import { compressed, FakeClock, settle } from "../fakes.ts";
import { ltpTick } from "../ticks.ts";
import { FakeSocket } from "./fake_socket.ts";

export const WATCHLIST: Watchlist = new Map([["nse", ["99926000", "99926009"]], ["mcx", ["426265"]]]);

export const BATCH_MS = 10;

export interface StageOptions extends Partial<Omit<PipelineOptions, "clock" | "upstream">> {
  /** In place of a new one, for what needs it earlier. */
  readonly clock?: FakeClock;
  readonly upstream?: Partial<UpstreamStatus>;
}

/** Everything between the upstream and the clients' sockets, with both ends in the hand. */
export class Stage {
  readonly clock: FakeClock;
  readonly upstream: FakeUpstream;
  readonly pipeline: Pipeline;
  /** Those of the built-in list, unless others were given. */
  readonly instruments: Instruments;

  constructor({ upstream, clock = new FakeClock(), ...options }: StageOptions = {}) {
    this.clock = clock;
    this.upstream = new FakeUpstream({ capacity: 100, ...upstream });
    this.upstream.up = this.clock.elapsed() - 1_000;
    const instruments = builtInCatalog([]);
    // Prices of tests go up in ones, which is more than any price of a known kind moves.
    instruments.tradedAs = () => ({});
    instruments.symbolOf = (key) => `name of ${key.slice(key.indexOf(":") + 1)}`;
    this.pipeline = createPipeline({
      clock: this.clock,
      upstream: this.upstream,
      calendar: new MarketCalendar(ALWAYS_OPEN),
      instruments,
      watchlist: WATCHLIST,
      batchMs: BATCH_MS,
      limits: DEFAULT_LIMITS,
      source: "live",
      version: "1.2.3",
      epoch: "this run",
      sessions: new SessionTokens(this.clock),
      ...options,
    });
    this.instruments = options.instruments ?? instruments;
  }

  get gateway() {
    return this.pipeline.gateway;
  }

  get groups(): number {
    return this.pipeline.groups.size;
  }

  /** What all clients together want. */
  get demand(): ReadonlyMap<InstrumentKey, Mode> {
    return this.upstream.demand.wanted;
  }

  /** A connection that was let in. */
  join(socket: FakeSocket, query = "", entitlement: Entitlement = ANYONE): ClientHandle {
    const handshake = { query: new URLSearchParams(query), headers: new Headers() };
    const opening = this.pipeline.protocols[0]!.open(handshake) as Opening;
    return this.gateway.connect(socket, {
      from: "127.0.0.1:1",
      protocol: "json",
      isOwner: entitlement === ANYONE,
      opening,
      entitlement,
    });
  }

  connect(query = ""): { socket: FakeSocket; client: ClientHandle; send(value: unknown): void } {
    const socket = new FakeSocket();
    const client = this.join(socket, query);
    return { socket, client, send: (value) => client.received(JSON.stringify(value)) };
  }

  /** Connects a client that has subscribed to an exchange and been answered. */
  async subscribed(exchange: string | number = "nse", query = "") {
    const client = this.connect(query);
    client.send({ command: "subscribe", exchange });
    await this.drain();
    return client;
  }

  tick(key: InstrumentKey, price: number): void {
    const now = this.clock.now();
    this.upstream.tick(ltpTick(key, price, { exchangeTime: now, receivedAt: now }));
  }

  /** Lets all that is under way arrive. */
  async drain(): Promise<void> {
    await settle();
    await compressed();
  }

  /** Turns the clock far enough for every window to end. */
  async pass(ms = 3 * BATCH_MS): Promise<void> {
    await this.drain();
    const end = this.clock.elapsed() + ms;
    const stride = Math.max(BATCH_MS, ms / 10);
    while (this.clock.elapsed() < end) {
      this.clock.advance(Math.min(stride, end - this.clock.elapsed()));
      await this.drain();
    }
  }
}

/** The last frame that a socket was given, parsed. */
export function last(socket: FakeSocket): Record<string, unknown> {
  return JSON.parse(socket.frames.at(-1)!);
}
