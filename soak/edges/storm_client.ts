import type { InstrumentKey } from "../../lib/market/market.ts";
import type { Findings } from "../findings.ts";
import type { MadeTicks } from "./made_ticks.ts";

// deno-lint-ignore no-explicit-any
type Message = Record<string, any>;

/** What a client was told to miss of an instrument, and when it heard it first. Times in ms since the Unix epoch. */
interface Gap {
  readonly heardAt: number;
  from: number;
  /** None as long as it lasts. */
  to?: number;
}

export interface StormClientOptions {
  readonly name: string;
  /** Where its edge is. */
  readonly url: string;
  readonly keys: readonly InstrumentKey[];
  readonly made: MadeTicks;
  readonly findings: Findings;
  /** Whether its edge stood still at some moment of a span, and so could say nothing. */
  readonly stoodStill: (from: number, to: number) => boolean;
}

/** Within this time a client is to know that it misses something. */
const TOLD_WITHIN_MS = 3_000;

/** On their way, and before a busy process reads them. */
const SLACK_MS = 1_500;

/** How often it asks what its prices are worth. */
const ASK_EVERY_MS = 1_000;

const RECONNECT_MS = 300;

/** A client of one edge that writes everything down, and compares it with what was made. */
export class StormClient {
  readonly #options: StormClientOptions;
  #socket: WebSocket | undefined;
  /** Of the present connection: sequence numbers by instrument. */
  #ticks = new Map<InstrumentKey, number[]>();
  #gaps = new Map<InstrumentKey, Gap[]>();
  #asking: ReturnType<typeof setInterval> | undefined;
  #reconnecting: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  /** Ticks, and those that were missed within gaps, over all connections. */
  readonly counts = { ticks: 0, missed: 0, connections: 0, asked: 0 };
  /** By the last answer. */
  freshness: readonly string[] = [];

  constructor(options: StormClientOptions) {
    this.#options = options;
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#reconnecting);
    this.#socket?.close();
    this.#end();
  }

  #connect(): void {
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    socket.onopen = () => {
      this.counts.connections++;
      socket.send(JSON.stringify({ command: "subscribe", symbols: this.#options.keys, mode: "ltp" }));
      this.#asking = setInterval(
        () => socket.readyState === WebSocket.OPEN && socket.send('{"command":"list_subscriptions"}'),
        ASK_EVERY_MS,
      );
    };
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onerror = () => {};
    socket.onclose = () => {
      this.#end();
      if (!this.#stopped) this.#reconnecting = setTimeout(() => this.#connect(), RECONNECT_MS);
    };
  }

  #hear(message: Message): void {
    const heardAt = Date.now();
    if (message.type === "market_data") {
      for (const tick of message.data) this.#tick(tick);
    } else if (message.status === "upstream_down") {
      for (const key of message.instruments) this.#missing(key, { heardAt, from: message.since });
    } else if (message.status === "subscription_refused") {
      for (const key of message.instruments) this.#missing(key, { heardAt, from: heardAt });
    } else if (message.status === "upstream_up") {
      const { from, to } = message;
      for (const key of message.instruments) this.#missing(key, { heardAt, from, to });
    } else if (message.message === "Subscriptions") {
      this.#compare(message.data, heardAt);
    }
  }

  /** A gap that lasts becomes the one whose end is told. */
  #missing(key: InstrumentKey, gap: Gap): void {
    const gaps = this.#gaps.get(key) ?? [];
    this.#gaps.set(key, gaps);
    const last = gaps.at(-1);
    if (last === undefined || last.to !== undefined) return void gaps.push(gap);
    last.from = Math.min(last.from, gap.from);
    if (gap.to !== undefined) last.to = gap.to;
  }

  #tick({ exchange, token, sequence_number }: Message): void {
    const key = `${exchange}:${token}` as InstrumentKey;
    const ticks = this.#ticks.get(key);
    this.counts.ticks++;
    if (ticks === undefined) return void this.#ticks.set(key, [sequence_number]);
    const last = ticks.at(-1)!;
    // A last value may repeat the tick before it.
    if (sequence_number < last) {
      this.#found("an older price after a newer one", `${key} ${sequence_number} < ${last}`);
    }
    if (sequence_number > last) ticks.push(sequence_number);
  }

  /** Nothing that is called live may be older than what was made a while ago. */
  #compare(rows: readonly Message[], at: number): void {
    this.counts.asked++;
    this.freshness = rows.map(({ freshness, state }) => freshness ?? state);
    if (this.#options.stoodStill(at - TOLD_WITHIN_MS - 2 * SLACK_MS, at)) return;
    for (const { instrument, freshness } of rows) {
      const last = this.#ticks.get(instrument)?.at(-1);
      const made = this.#options.made.lastBefore(instrument, at - TOLD_WITHIN_MS - SLACK_MS);
      if (freshness !== "live" || last === undefined || made === undefined || made.sequence <= last) continue;
      this.#found(
        "a stale price called live",
        `${instrument} ${last}, and ${made.sequence} was made ${at - made.at} ms ago`,
      );
    }
  }

  /** Looks the ended connection through: what was missed must be in a gap that was told, and told in time. */
  #end(): void {
    clearInterval(this.#asking);
    const endedAt = Date.now();
    for (const [key, ticks] of this.#ticks) {
      const seen = new Set(ticks);
      const [first, last] = [ticks[0]!, ticks.at(-1)!];
      for (const { sequence, at } of this.#options.made.of(key)) {
        if (sequence <= first || sequence >= last || seen.has(sequence)) continue;
        this.counts.missed++;
        this.#judge(key, at, endedAt);
      }
    }
    this.#ticks = new Map();
    this.#gaps = new Map();
  }

  #judge(key: InstrumentKey, at: number, endedAt: number): void {
    const about = (this.#gaps.get(key) ?? []).filter(({ from, to = Infinity }) =>
      from <= at + SLACK_MS && at <= to + SLACK_MS
    );
    if (about.length === 0) {
      return this.#found("a gap that was not told", `${key} at ${new Date(at).toISOString()}`);
    }
    const heardAt = Math.min(...about.map((gap) => gap.heardAt));
    const until = at + TOLD_WITHIN_MS + SLACK_MS;
    if (heardAt <= until || endedAt <= until || this.#options.stoodStill(at, until)) return;
    this.#found("a gap that was told late", `${key}: after ${heardAt - at} ms`);
  }

  #found(what: string, details: string): void {
    this.#options.findings.add(what, `${this.#options.name}: ${details}`);
  }
}
