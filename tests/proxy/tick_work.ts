import { SessionTokens } from "../../lib/access/session_tokens.ts";
import { ANYONE } from "../../lib/access/entitlement.ts";
import type { ClientSocket } from "../../lib/clients/delivery/outbox.ts";
import type { Opening } from "../../lib/clients/protocol.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { ALWAYS_OPEN } from "../../lib/market/calendar_file.ts";
import { type InstrumentKey, keyOf } from "../../lib/market/market.ts";
import { createPipeline, type PipelineOptions } from "../../lib/pipeline.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import type { StreamEvents } from "../../lib/smartapi/stream.ts";
import { BrokerUpstream } from "../../lib/upstream/broker/broker_upstream.ts";
import { DEFAULT_POLICY } from "../../lib/upstream/policy.ts";
import { compressed, FakeClock, settle } from "../fakes.ts";
import { ListInHand } from "../instruments/list_in_hand.ts";
import { fileRow, tableOfRows } from "../instruments/master.ts";
import { CHAIN_ROWS } from "../instruments/option_rows.ts";
import { quoteTick } from "../ticks.ts";
import { fakeAccount } from "./fake_account.ts";

const WINDOW_MS = 10;

/** Shares, a hundred of them. */
export const TOKENS = Array.from({ length: 100 }, (_, i) => String(10_001 + i));

export const KEYS: readonly InstrumentKey[] = TOKENS.map((token) => keyOf("nse", token));

const TABLE = await tableOfRows([
  ...CHAIN_ROWS,
  ...TOKENS.map((token) => fileRow({ token, symbol: `S${token}-EQ`, name: `S${token}` })),
]);

/** What is done for ticks, counted; of what is done in JavaScript, all that has a price of its own. */
export interface Work {
  /** `get` and `has` of a `Map`. */
  lookUps: number;
  /** `set` and `delete` of a `Map`. */
  mapChanges: number;
  /** Calls of `JSON.stringify`. */
  texts: number;
  /** Messages that were made, for all the clients that share one. */
  messages: number;
  /** Frames that were handed to clients' sockets. */
  sends: number;
  /** Pieces of memory that were cut or copied. */
  slices: number;
  timers: number;
  microtasks: number;
  clockReads: number;
}

function noWork(): Work {
  return {
    lookUps: 0,
    mapChanges: 0,
    texts: 0,
    messages: 0,
    sends: 0,
    slices: 0,
    timers: 0,
    microtasks: 0,
    clockReads: 0,
  };
}

/**
 * Counts the calls of a method from here on, until it is disposed of. A look-up is no part of the program that could be
 * handed in, so the language's own object is asked; a test file has a global object of its own.
 */
// deno-lint-ignore no-explicit-any
function counted(owner: any, name: string, note: () => void): Disposable {
  const method = owner[name];
  owner[name] = function (...values: unknown[]) {
    note();
    return method.apply(this, values);
  };
  return { [Symbol.dispose]: () => owner[name] = method };
}

/** A clock that counts what it is asked for; it begins in the week of the chains' list. */
export class CountingClock extends FakeClock {
  work = noWork();

  constructor() {
    super(Date.parse("2026-11-27T10:00:00+05:30"));
  }

  /** The time for the test itself. */
  get time(): number {
    return super.now();
  }

  override now(): number {
    this.work.clockReads++;
    return super.now();
  }

  override elapsed(): number {
    this.work.clockReads++;
    return super.elapsed();
  }

  override after(ms: number, run: () => void): () => void {
    this.work.timers++;
    return super.after(ms, run);
  }
}

/** The whole way of a tick, from the broker's frame to the clients' sockets, as `lib/pipeline.ts` joins it. */
export class TickWork {
  readonly clock: CountingClock;
  readonly pipeline: ReturnType<typeof createPipeline>;
  readonly #upstream: BrokerUpstream;
  #stream: StreamEvents | undefined;
  #sequence = 0;
  #price = 100;

  private constructor(options: Partial<PipelineOptions>, clock: CountingClock) {
    this.clock = clock;
    this.#upstream = new BrokerUpstream({
      account: fakeAccount(clock, (events) => this.#stream = events),
      clock,
      policy: { ...DEFAULT_POLICY, random: () => 0.5 },
      maxSockets: 1,
      ticking: () => true,
    });
    this.pipeline = createPipeline({
      clock,
      upstream: this.#upstream,
      calendar: new MarketCalendar(ALWAYS_OPEN),
      instruments: new ListInHand(TABLE, clock),
      watchlist: new Map(),
      batchMs: WINDOW_MS,
      limits: DEFAULT_LIMITS,
      source: "live",
      version: "1.2.3",
      epoch: "this run",
      sessions: new SessionTokens(clock),
      ...options,
    });
  }

  static async start(
    options: Partial<PipelineOptions> = {},
    clock: CountingClock = new CountingClock(),
  ): Promise<TickWork> {
    const world = new TickWork(options, clock);
    world.#upstream.start();
    await world.pass(1_000);
    return world;
  }

  /** A client of one of the wires that has said something. @param path That of its wire. */
  async join(path: string, query: string, ...commands: readonly unknown[]): Promise<void> {
    const protocol = this.pipeline.protocols.find(({ paths }) => paths.includes(path))!;
    const opening = protocol.open({ query: new URLSearchParams(query), headers: new Headers() }) as Opening;
    const socket: ClientSocket = { send: () => this.clock.work.sends++, close: () => {}, buffered: () => 0 };
    const client = this.pipeline.gateway.connect(socket, {
      from: "127.0.0.1:1",
      opening,
      entitlement: ANYONE,
    });
    for (const command of commands) client.received(JSON.stringify(command));
    await this.pass(1_000);
  }

  /** Lets time pass, with all that is on its way. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
    await compressed();
  }

  /**
   * Ticks of some instruments in rounds, each round in reads of some packets; a window later comes the next one.
   *
   * @returns What was done for each of them, to three places.
   */
  async ticks(keys: readonly InstrumentKey[], { rounds = 10, reads = 1 } = {}): Promise<Work> {
    // The first ticks find nothing prepared.
    for (let round = 0; round < 2; round++) await this.#round(keys, reads);
    await this.pass(1_000);
    const work = this.clock.work = noWork();
    const { batchTicks } = this.pipeline.traffic;
    const before = batchTicks.count;
    using counters = new DisposableStack();
    for (const name of ["get", "has"]) counters.use(counted(Map.prototype, name, () => work.lookUps++));
    for (const name of ["set", "delete"]) counters.use(counted(Map.prototype, name, () => work.mapChanges++));
    for (const name of ["slice", "subarray"]) {
      counters.use(counted(Uint8Array.prototype, name, () => work.slices++));
    }
    counters.use(counted(JSON, "stringify", () => work.texts++));
    counters.use(counted(globalThis, "queueMicrotask", () => work.microtasks++));
    for (let round = 0; round < rounds; round++) await this.#round(keys, reads);
    work.messages = batchTicks.count - before;
    const ticks = rounds * keys.length;
    return Object.fromEntries(
      Object.entries(work).map(([name, count]) => [name, Math.round(1_000 * count / ticks) / 1_000]),
    ) as unknown as Work;
  }

  async #round(keys: readonly InstrumentKey[], reads: number): Promise<void> {
    this.#price += 0.05;
    const size = Math.ceil(keys.length / reads);
    for (let from = 0; from < keys.length; from += size) {
      const now = this.clock.time;
      const more = { exchangeTime: now, receivedAt: now };
      for (const key of keys.slice(from, from + size)) {
        const sequence = ++this.#sequence;
        const tick = quoteTick(key, this.#price, { ...more, sequence, volume: sequence });
        this.#stream!.binary(encodePacket(tick));
      }
      await settle();
      await this.clock.advanceAsync(1);
    }
    await this.clock.advanceAsync(2 * WINDOW_MS);
    await compressed();
  }

  /** What all clients together want. */
  get wanted(): readonly InstrumentKey[] {
    return [...this.pipeline.marketData.demand.wanted.keys()];
  }

  async stop(): Promise<void> {
    await this.#upstream.stop();
  }
}
