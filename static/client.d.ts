/**
 * A client of the proxy for programs, in a browser, Deno, Node 22 and Bun:
 *
 * ```js
 * import { connect } from "http://localhost:8765/client.js";
 *
 * const client = connect();
 * await client.subscribe({ symbols: ["NIFTY 50", "SBIN"], mode: "quote" });
 * for await (const tick of client.ticks()) console.log(tick.symbol, tick.last_traded_price);
 * ```
 *
 * It connects by itself, and again whenever the connection is lost, subscribing anew to all that was wanted.
 */

export type Mode = "ltp" | "quote" | "snapquote";

export interface Level {
  price: number;
  quantity: number;
  orders: number;
}

/** Prices in rupees, times in ms since 1970; what the broker did not say, or `fields` left out, is absent. */
export interface Tick {
  exchange: string;
  token: string;
  symbol: string;
  exchange_type: number;
  mode: Mode;
  /** Absent for what has not been traded yet, and where the price is not to be believed. */
  last_traded_price?: number;
  /** The exchange's clock in Indian time, as in `2026-11-20 10:15:32`. */
  timestamp?: string;
  exchange_timestamp?: number;
  sequence_number: number;
  last_traded_quantity?: number;
  average_traded_price?: number;
  volume?: number;
  total_buy_quantity?: number;
  total_sell_quantity?: number;
  open?: number;
  high?: number;
  low?: number;
  /** Of the previous session. */
  close?: number;
  last_traded_timestamp?: number;
  open_interest?: number;
  upper_circuit?: number;
  lower_circuit?: number;
  week52_high?: number;
  week52_low?: number;
  bids?: Level[];
  asks?: Level[];
  received_at?: number;
  freshness?: "live" | "quiet" | "stale" | "closed" | "suspect";
  /** A last known value, and no trade of now. */
  snapshot?: true;
  /** Of a recording, and no price of now. */
  source?: "replay";
}

/** An exchange alone means its watch list; tokens need their exchange; symbols are names such as `NSE:SBIN-EQ`. */
export interface Choice {
  exchange?: string | number;
  tokens?: (string | number)[];
  symbols?: string[];
}

/** An option chain that follows the money. */
export interface ChainChoice {
  /** Its name, or that of an instrument that leads to it: `NIFTY`, `Nifty Bank`, `RELIANCE`, `CRUDEOIL`. */
  underlying: string;
  exchange?: string | number;
  /** `nearest`, `next`, `monthly`, or a day such as `2026-12-29`; the nearest by default. */
  expiry?: string;
  /** On each side of the money, 1 to 100; 10 by default. */
  strikes?: number;
}

/** How a chain of this client's stands. */
export interface Chain {
  /** Such as `nfo:NIFTY nearest`. */
  id: string;
  underlying: string;
  expiry: string;
  /** The day that this means now; absent while none is listed. */
  expires?: string;
  strikes: number;
  mode: Mode;
  state: "waiting" | "following" | "ended";
  /** The instrument whose price tells which strike is at the money. */
  reference?: string;
  price?: number;
  at_the_money?: number;
}

/** An instrument of a chain; that which tells where the money is has no strike. */
export interface ChainPart {
  instrument: string;
  symbol: string;
  strike?: number;
  side?: "CE" | "PE";
}

/** Strikes were added and dropped since the money moved, or another expiry follows, or the chain is there, or over. */
export interface ChainChange {
  type: "chain";
  status: "started" | "moved" | "rolled" | "changed" | "ended";
  message: string;
  chain: Chain;
  added: ChainPart[];
  dropped: ChainPart[];
  /** What there is no room for. */
  refused?: { instrument: string; code: string; message: string }[];
}

export interface ChainSubscribed extends Subscribed {
  chain: Chain;
  /** All of its instruments, the nearest to the money first. */
  added: ChainPart[];
}

export type Interval = "1s" | "5s" | "1m" | "3m" | "5m" | "10m" | "15m" | "30m" | "1h" | "1d";

/** Without a mode: what is subscribed keeps its own; where candles are wanted no ticks come; the rest gets `ltp`. */
export interface SubscribeChoice extends Choice {
  mode?: Mode;
  /** They are told as `candles`. */
  candles?: Interval | Interval[];
  /** How often the one that is being made comes, in ms; 1000. For all candles of this client. */
  every?: number;
  /** Whether the one that is being made comes at all; true. */
  forming?: boolean;
  /** Today's recorded ticks since then come first, with `source: "replay"`: `"09:15"`, `"-15m"`, or ms since 1970. */
  from?: string | number;
}

/** Prices in rupees; `time`, when it begins, in ms since 1970. */
export interface Candle {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  /** Absent where no packet told. */
  volume?: number;
  /** At its end; absent where nobody told. */
  open_interest?: number;
  origin: "ticks" | "recording" | "broker" | "mixed";
  /** Its time is over, and all of it was seen. */
  complete: boolean;
}

/** Candles of one instrument, oldest first. */
export interface CandleRow {
  instrument: string;
  symbol?: string;
  interval?: Interval;
  candles: Candle[];
  /** `refused` with a `code` and a `message`, for one that was asked for. */
  status?: "accepted" | "refused";
  code?: string;
  message?: string;
  /** Why candles may be missing. */
  missing?: string;
}

export interface CandleQuery extends Choice {
  /** `1m` by default. */
  interval?: Interval;
  /** ms or seconds since 1970, a day `2026-11-20`, or a time `2026-11-20 09:15` in India; by default today. */
  from?: number | string;
  /** Not included, but for a day; by default now. */
  to?: number | string;
  /** Told after each call that the proxy made to the broker. */
  progress?: (progress: { done: number; total: number }) => void;
  /** Calls it off. */
  signal?: AbortSignal;
}

export interface Contract {
  encoding?: "gzip" | "json" | "binary";
  /** In ms; 0 for every tick. */
  interval?: number;
  fields?: string[] | null;
}

/** How one instrument fares. */
export interface Row {
  status: "accepted" | "refused";
  /** `exchange:token`, or the name that was refused. */
  instrument: string;
  symbol?: string;
  mode?: Mode;
  state?: string;
  since?: number;
  reason?: string;
  freshness?: string;
  last_tick_age_ms?: number;
  code?: string;
  message?: string;
  suggestions?: string[];
}

/** What came over the wire. */
// deno-lint-ignore no-explicit-any
export type Message = Record<string, any>;

export interface Subscribed extends Message {
  status: "success" | "partial";
  message: string;
  results: Row[];
  /** Instruments that the broker carries for all clients. Absent for a watch list without a `mode`. */
  budget?: { used: number; capacity: number; reserved: number; left: number };
}

/**
 * What was not seen. `messages`: data messages numbered `from` to `to` never came. `upstream`: the proxy saw nothing
 * from the broker. `connection`: this client was not connected. For both, `from` and `to` are ms since 1970.
 */
export interface Gap {
  kind: "messages" | "upstream" | "connection";
  from: number;
  to: number;
  instruments?: string[];
}

export interface Events {
  /** One that is of now. */
  tick: Tick;
  /** Last known values, in one list. */
  snapshot: Tick[];
  /** The broker's own, with `encoding: "binary"`. */
  packets: Uint8Array[];
  /** Those that were subscribed; a later one of the same time replaces an earlier one. */
  candles: CandleRow[];
  gap: Gap;
  /** Ticks that newer ones replaced, at the proxy or before a slow reader. */
  conflated: { count: number; by: "proxy" | "reader" };
  /** The news `stale`, `fresh` and `suspect`. */
  freshness: Message;
  /** All news. */
  news: Message;
  /** What changes in an option chain that is subscribed. */
  chain: ChainChange;
  /** The first message of a connection. */
  open: Message;
  lost: { code: number; reason: string; retryAt: number };
  closed: undefined;
  /** What nobody awaits; written to the console where nobody listens. */
  error: Error;
}

/** What the client needs of a WebSocket: that of browsers and runtimes, and that of npm's `ws`. */
export interface Socket {
  binaryType: string;
  readonly readyState: number;
  // deno-lint-ignore no-explicit-any
  onmessage: ((event: any) => void) | null;
  // deno-lint-ignore no-explicit-any
  onclose: ((event: any) => void) | null;
  // deno-lint-ignore no-explicit-any
  onerror: ((event: any) => void) | null;
  send(data: string): void;
  close(): void;
  addEventListener(type: "close", listener: () => void): void;
}

/** Times in ms. */
export interface Options extends Contract {
  /** Where there is no global one, as in Node 20: that of `ws`. */
  WebSocket?: new (url: string) => Socket;
  /**
   * The access token, where the proxy asks for one; a function is asked at each connection. It is sent as the first
   * message and never stands in an address. Where there is none (`token_required`) or it is refused (`token_refused`),
   * the client ends at once: see {@linkcode connect}. A function that fails is told as `error` and asked again.
   */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** For an answer; 10 s. */
  timeout?: number;
  /** The longest wait before the first retry, doubled each time; 500. */
  retryBase?: number;
  /** The longest wait before any retry; 30 s. */
  retryCap?: number;
  /** How often silence is looked at, 5 s: after two looks the proxy is asked, after five the connection is given up. */
  look?: number;
  /** From 0 to 1. */
  random?: () => number;
  /** The runtime's own; another one is for tests. */
  clock?: Clock;
}

/** Time, in ms. */
export interface Clock {
  /** Since 1970. */
  now(): number;
  /** Calls `run` once after so long; the answer calls it off. */
  after(ms: number, run: () => void): () => void;
}

/**
 * An answer that says no, or none: `code` is the proxy's, or `timeout`, `lost`, `closed`, `too_long`, `token_required`
 * or `token_refused`.
 */
export class CommandError extends Error {
  constructor(code: string, message: string, answer?: Message);
  readonly code: string;
  readonly answer?: Message;
}

/** One reader's ticks. A slow one gets the latest of each instrument; `conflated` counts what it missed so. */
export interface Ticks extends AsyncIterableIterator<Tick, undefined> {
  readonly conflated: number;
  next(): Promise<IteratorResult<Tick, undefined>>;
  return(): Promise<IteratorResult<Tick, undefined>>;
  [Symbol.asyncIterator](): Ticks;
}

/** All commands reject with a {@linkcode CommandError}, and wait for a connection where there is none. */
export interface Client extends AsyncDisposable {
  /** The instruments that are subscribed, and will be again after each loss, with their modes. */
  readonly wanted: Map<string, Mode>;

  /**
   * Subscribes. Without a mode, what is subscribed keeps its own and the rest gets `ltp`. The answer has a row for each
   * instrument in `results`; rejects where none was accepted. With `from`, today's recorded ticks since then come first.
   */
  subscribe(choice: SubscribeChoice): Promise<Subscribed>;

  /** Candles of a stretch of time, a row for each instrument; however long it takes, as long as parts of it come. */
  candles(query: CandleQuery): Promise<CandleRow[]>;

  /** `{ all: true }` for everything. */
  unsubscribe(choice: Choice & { all?: boolean }): Promise<Message>;

  /** Subscribes to the strikes around the money, wherever it goes; `chain` tells of each change. */
  subscribeChain(choice: ChainChoice & { mode?: Mode }): Promise<ChainSubscribed>;

  /** Without an `expiry`, all chains of the underlying. */
  unsubscribeChain(choice: Omit<ChainChoice, "strikes">): Promise<Message>;

  /** Chooses how ticks come; answers the contract now in force. */
  configure(contract: Contract): Promise<Contract>;

  /** Finds instruments by parts of their names. */
  search(query: string, options?: { limit?: number; exchange?: string | number }): Promise<Message[]>;

  /** How the feed, the markets, the budget and this client stand. */
  status(): Promise<Message>;

  listSubscriptions(): Promise<Row[]>;

  /** The way to the proxy and back, in ms. */
  ping(): Promise<number>;

  /**
   * All ticks from now on, last known values (`snapshot: true`) among them. Leaving the loop ends it.
   *
   * @param options.limit How many may wait before only the latest of each instrument is kept; 10,000.
   */
  ticks(options?: { limit?: number }): Ticks;

  /** Answers a function that takes the listener away again. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;

  /** Ends everything: loops, open commands (rejected as `closed`), retries. Settles when the socket is gone. */
  close(): Promise<void>;
}

/**
 * Connects to a proxy, for ever: until `close()`, or until the proxy asks for an access token and there is none that it
 * takes. Then all commands, and loops over `ticks()`, end with an error whose `code` is `token_required` or
 * `token_refused`; it is told as `error`, then comes `closed`.
 *
 * @param url By default `ws://localhost:8765`.
 * @throws {DOMException} The address is none. What of it may be a secret is not repeated.
 * @throws {TypeError} The token is neither a string nor a function.
 */
export function connect(url?: string | URL, options?: Options): Client;
