import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
// @ts-types="npm:@types/ws@8.18.2"
import { WebSocket as PausableSocket } from "ws";
import { exchangeOfType, type InstrumentKey, keyOf, type Mode, MODE_NUMBERS } from "../lib/market/market.ts";
import { createPacketDecoder, PacketRefusal } from "../lib/smartapi/packet.ts";
import type { Findings } from "./findings.ts";
import { type Told, toldByMessage, toldByTick, type Truth } from "./truth.ts";

// deno-lint-ignore no-explicit-any
export type Message = Record<string, any>;

/** A gap that the client was told of. Times in ms since the Unix epoch. */
export interface ToldGap {
  readonly from: number;
  readonly to: number;
  readonly instruments: ReadonlySet<string>;
}

export interface SoakClientOptions {
  /** What it is, for people. */
  readonly name: string;
  readonly url: string;
  readonly truth: Truth;
  /** What must never be told. */
  readonly secrets: readonly string[];
  readonly findings: Findings;
  /** With a socket that can be told not to read; such a client is expected to be conflated. */
  readonly slow?: boolean;
}

/** How long an answer may take. */
const ANSWER_WITHIN_MS = 20_000;

/** One client of the proxy that keeps its own books and holds the proxy to them. */
export class SoakClient {
  /** What it has subscribed, by the answers it got. */
  readonly wants = new Map<InstrumentKey, Mode>();
  /** When each was first wanted without a break, ms since the Unix epoch. */
  readonly since = new Map<InstrumentKey, number>();
  readonly prices = new Map<InstrumentKey, number>();
  /** Ticks of each instrument that were not of a snapshot, since the last {@linkcode countAnew}. */
  readonly counts = new Map<InstrumentKey, number>();
  readonly gaps: ToldGap[] = [];
  /** When each outage began that it was told of, in the order of the news. */
  readonly downs: number[] = [];
  readonly connectedAt = Date.now();
  /** Ticks that newer ones replaced, since the last {@linkcode countAnew}. */
  conflated = 0;
  /** The same since it connected. */
  conflatedInAll = 0;
  ticks = 0;
  heardAt = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** Its own end, and what was said against it, are to be expected. */
  mayBeClosed = false;
  every = true;
  #leaving = false;
  #seq = 0;
  #ids = 0;
  readonly #asked = new Map<number, (answer: Message) => void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #decode = createPacketDecoder();
  readonly #opened = Promise.withResolvers<void>();
  readonly #socket: WebSocket | PausableSocket;

  constructor(private readonly options: SoakClientOptions) {
    const { url, slow = false } = options;
    const socket = slow ? new PausableSocket(url, { perMessageDeflate: false }) : new WebSocket(url);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened.resolve();
    socket.onerror = () => this.#opened.reject(new Error(`${options.name} could not connect`));
    socket.onmessage = ({ data }: { data: unknown }) => this.#heard(data as string | ArrayBuffer);
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.#ended(code, reason);
    this.#opened.promise.catch(() => {});
  }

  get name(): string {
    return this.options.name;
  }

  /** Whether it changes what it is subscribed to while the load is on. */
  get changes(): boolean {
    return this.name.startsWith("changing");
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get isOpen(): boolean {
    return this.closed === undefined && !this.#leaving;
  }

  /** Sends a command and keeps its answer in the books. Undefined where the client was closed meanwhile. */
  async ask(command: Message): Promise<Message | undefined> {
    if (!this.isOpen) return undefined;
    const id = ++this.#ids;
    const { promise, resolve } = Promise.withResolvers<Message | undefined>();
    this.#asked.set(id, (answer) => {
      this.#asked.delete(id);
      this.#note(command, answer);
      resolve(answer);
    });
    this.#socket.send(JSON.stringify({ ...command, id }));
    const timer = setTimeout(() => {
      if (this.isOpen && !this.mayBeClosed) {
        this.#finding("a command was not answered in time", JSON.stringify(command));
      }
      resolve(undefined);
    }, ANSWER_WITHIN_MS);
    this.#gone.promise.then(() => resolve(undefined));
    const answer = await promise;
    clearTimeout(timer);
    return answer;
  }

  /** Sends whatever it is. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.isOpen) this.#socket.send(data);
  }

  /** Stops or begins to read; only of a slow one. */
  read(reads: boolean): void {
    const socket = this.#socket as PausableSocket;
    if (!this.isOpen || socket.readyState !== PausableSocket.OPEN) return;
    if (reads) socket.resume();
    else socket.pause();
  }

  async close(): Promise<void> {
    if (this.closed !== undefined) return;
    this.#leaving = true;
    this.#socket.close(1000);
    await this.#gone.promise;
  }

  countAnew(): void {
    this.counts.clear();
    this.conflated = 0;
  }

  #finding(what: string, details: string): void {
    this.options.findings.add(what, `${this.name}: ${details}`);
  }

  #ended(code: number, reason: string): void {
    this.closed = { code, reason };
    this.#opened.reject(new Error(`${this.name} was closed with ${code} ${reason}`));
    if (!this.#leaving && !this.mayBeClosed) this.#finding("a client was closed", `${code} "${reason}"`);
    this.#gone.resolve();
  }

  #heard(data: string | ArrayBuffer): void {
    if (typeof data !== "string") return this.#packets(new Uint8Array(data));
    const secret = this.options.secrets.find((each) => data.toLowerCase().includes(each.toLowerCase()));
    if (secret !== undefined) this.#finding("a secret was told to a client", data.slice(0, 300));
    const message: Message = JSON.parse(data);
    if (message.type === "market_data") return this.#batch(message);
    if (message.type === "system") return this.#news(message);
    if (message.id !== undefined) return this.#asked.get(message.id)?.(message);
  }

  #batch(message: Message): void {
    if (message.seq !== ++this.#seq) {
      this.#finding("a hole in the sequence numbers", `${message.seq} in place of ${this.#seq}`);
      this.#seq = message.seq;
    }
    this.#conflated(message.conflated ?? 0);
    const ticks: Message[] = message.compressed
      ? JSON.parse(gunzipSync(Buffer.from(message.data, "base64")).toString())
      : message.data;
    for (const tick of ticks) {
      const told = toldByMessage(tick);
      // A price that is told as not to be believed is one that the broker has sent, spoilt or not.
      if (tick.freshness === "suspect") continue;
      if (told === undefined) this.#finding("a tick lacks what it must have", JSON.stringify(tick));
      else this.#tick(told, message.snapshot === true);
    }
  }

  /** Binary messages count, although they have no place for their number. */
  #packets(bytes: Uint8Array): void {
    this.#seq++;
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length;) {
      const length = view.getUint16(at, true);
      const tick = this.#decode(bytes.subarray(at + 2, at + 2 + length), Date.now());
      at += 2 + length;
      if (tick instanceof PacketRefusal || tick.mode === "depth20") {
        this.#finding(
          "a packet that cannot be read",
          tick instanceof PacketRefusal ? tick.detail : tick.mode,
        );
      } else this.#tick(toldByTick(tick), false);
    }
  }

  #tick(told: Told, snapshot: boolean): void {
    const { key, mode, price } = told;
    this.ticks++;
    this.heardAt = Date.now();
    const differs = this.options.truth.differs(told);
    if (differs !== undefined) {
      this.#finding("a price that was not sent", `${JSON.stringify(told)}: ${differs}`);
    }
    const wanted = this.wants.get(key);
    if (wanted === undefined) {
      return this.#finding("a tick of something not wanted", `${key} at ${price}`);
    }
    if (mode !== undefined && MODE_NUMBERS[mode] > MODE_NUMBERS[wanted]) {
      this.#finding("a tick in a higher mode than was asked for", `${key} in ${mode}, asked for ${wanted}`);
    }
    this.prices.set(key, price);
    if (!snapshot) this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  #conflated(count: number): void {
    this.conflated += count;
    this.conflatedInAll += count;
  }

  #news(news: Message): void {
    if (news.status === "conflated") this.#conflated(news.conflated);
    else if (news.status === "upstream_down" || news.status === "upstream_silent") {
      this.downs.push(news.since);
    } else if (news.status === "upstream_up") {
      this.gaps.push({ from: news.from, to: news.to, instruments: new Set(news.instruments) });
    } else if (news.status === "upstream_refused" || news.status === "subscription_refused") {
      this.#finding(`the news ${news.status}`, news.message);
    }
  }

  /** Takes over what an answer says is subscribed now. */
  #note(command: Message, answer: Message): void {
    if (answer.code === "internal") this.#finding("the proxy failed at a command", JSON.stringify(command));
    if (command.command === "configure" && answer.status === "success") {
      this.every = answer.data.interval === 0;
    } else if (command.command === "subscribe") this.#subscribed(answer);
    else if (command.command === "unsubscribe") this.#unsubscribed(command, answer);
    else if (command.command === "list_subscriptions" && answer.status === "success") {
      this.#compare(answer.data);
    }
  }

  #subscribed(answer: Message): void {
    const rows: Message[] | undefined = answer.results;
    if (rows !== undefined) {
      for (const { status, instrument, mode } of rows) {
        if (status === "accepted") this.#want(instrument, mode);
      }
      return;
    }
    for (const key of keysOf(answer.data)) this.#want(key, this.wants.get(key) ?? "ltp");
  }

  #want(key: InstrumentKey, mode: Mode): void {
    this.wants.set(key, mode);
    if (!this.since.has(key)) this.since.set(key, Date.now());
  }

  #unsubscribed({ all }: Message, answer: Message): void {
    if (answer.status === "error") return;
    for (const key of all ? [...this.wants.keys()] : keysOf(answer.data)) {
      this.wants.delete(key);
      this.since.delete(key);
      this.prices.delete(key);
    }
    if (answer.left !== undefined && answer.left !== this.wants.size) {
      this.#finding("another number of subscriptions is left", `${answer.left} and not ${this.wants.size}`);
    }
  }

  #compare(rows: readonly Message[]): void {
    const theirs = rows.map(({ instrument, mode }) => `${instrument} ${mode}`).sort().join();
    const ours = [...this.wants].map(([key, mode]) => `${key} ${mode}`).sort().join();
    if (theirs !== ours) {
      this.#finding("list_subscriptions differs from the client's books", `${theirs} / ${ours}`);
    }
  }
}

function keysOf(data: readonly Message[] | undefined): InstrumentKey[] {
  return (data ?? []).flatMap(({ exchangeType, tokens }) =>
    tokens.map((token: string) => keyOf(exchangeOfType(exchangeType)!, token))
  );
}
