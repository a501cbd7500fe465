/** What the modules of the client give each other. */
import type { Listeners } from "./listeners.js";
import type {
  CandleQuery,
  CandleRow,
  ChainChoice,
  Choice,
  Client,
  Clock,
  Contract,
  Message,
  Mode,
  Options,
  Row,
  Socket,
  SubscribeChoice,
  Tick,
  Ticks,
} from "../client.d.ts";

export interface DataMessage extends Message {
  compressed: boolean;
  data: unknown;
}

/** The ticks of a data message. */
export interface Data {
  ticks: Tick[];
  snapshot: boolean;
  /** Ticks that newer ones replaced at the proxy. */
  conflated: number;
  /** ms since 1970. */
  receivedAt: number;
}

export type LinkState =
  | { kind: "connecting"; attempt: number }
  | { kind: "open" }
  | { kind: "lost"; code: number; reason: string; attempt: number; retryAt: number };

/** How long a connection stood, and when it was last heard of; ms since 1970. */
export interface Stood {
  from: number;
  to: number;
}

export interface ConnectionOptions {
  url: string;
  WebSocket: new (url: string) => Socket;
  retryBase: number;
  retryCap: number;
  /** A connection that stood for so many ms was a good one: the next wait begins small again. */
  goodAfter: number;
  /** ms. */
  look?: number;
  random: () => number;
  clock?: Clock;
  on: ConnectionEvents;
}

export interface ConnectionEvents {
  /** At once, before what waits in the line is told: a proxy has greeted us. */
  up?(welcome: Message): void;
  /** At once, and at most once for each connection: the proxy wants an access token before it says anything. */
  asked?(answer: Answer): void;
  /** At once: the connection is gone, if it was more than an attempt with its times. */
  down?(stood: Stood | undefined, close: { code: number; reason: string }): void;

  // The rest is told in the order of the wire; a promise holds up what comes after it.
  link(state: LinkState): void;
  data(data: Data): void;
  packets?(packets: Uint8Array[]): void;
  /** All other JSON, the greeting included. */
  message(message: Message): void;
  /** Data messages that never came. */
  hole(hole: { from: number; to: number }): void;
  /** What could not be read, or a listener of these that failed. */
  fault(error: Error): void;
}

export interface Connection {
  readonly up: boolean;
  readonly traffic: { frames: number; bytes: number };
  /** Why not even the first attempt could be made, as with an address that is none. */
  readonly refused: Error | undefined;
  /** Sends where there is a socket that is open. */
  send(text: string): void;
  /** At once, where a retry is being waited for. */
  retry(): void;
  /** For good. Nothing is told any more; settles when the socket is gone, or does not go. */
  close(): Promise<void>;
}

/** What can be done with the connection that asked for a token, and with no later one. */
export interface Answer {
  send(text: string): void;
  /** Gives it up; the next is tried after a wait. */
  drop(reason: string): void;
}

export interface AccessOptions {
  token: Options["token"];
  /** The proxy's address, as messages may show it. */
  shown: string;
  /** No other try would help: the client ends. */
  failed: (error: Error) => void;
  fault: (error: Error) => void;
}

export interface Access {
  asked(answer: Answer): void;
  /** The proxy has let us in. */
  welcomed(): void;
  /** The connection is gone. */
  gone(code: number, reason: string): void;
}

export interface AskOptions {
  /** Run with a success before anyone hears of it, and also with one that comes after its time. */
  apply?: (answer: Message) => void;
  /** Waits for a connection where there is none, and is sent again on the next where this one is lost. */
  kept?: boolean;
  /** Hears of what comes before the answer. */
  part?: (message: Message) => void;
  /** It is sent again: what came of it comes once more. */
  again?: () => void;
  /** Calls it off. */
  signal?: AbortSignal;
}

export interface Requests {
  ask(command: Message, options?: AskOptions): Promise<Message>;
  /** Whether the message is the answer to one of them. */
  settle(message: Message): boolean;
  /** There is a connection: what is not answered goes out. */
  sendAll(): void;
  /** The connection is lost. */
  drop(): void;
  /** Nothing will ever be answered any more; all is rejected with the error, or else as `closed`. */
  close(error?: Error): void;
}

/** The candles of an instrument, and whether its ticks are not wanted. */
export interface WantedCandles {
  choice: Pick<SubscribeChoice, "candles" | "every" | "forming">;
  quiet: boolean;
}

export interface Wanted {
  readonly modes: Map<string, Mode>;
  /** What an answer to `subscribe` has granted. */
  add(answer: Message, choice: Omit<SubscribeChoice, keyof Choice>): void;
  /** What an answer to `unsubscribe` has taken away. */
  remove(answer: Message): void;
  /** The numbers of these mean nothing any more, or something else. */
  forget(keys: readonly string[]): void;
  /** What an answer to a command of ours says has another symbol now, and is no share. */
  replaced(answer: Message): Message[];
  /** There is nothing to ask for again. */
  isEmpty(): boolean;
  /** What an answer to a chain has granted. @param chain As it was asked for. */
  addChain(answer: Message, chain: ChainChoice): void;
  /** Gives up all chains but those whose ids are kept. */
  keepChains(kept: (id: string) => boolean): void;
  /** Few commands that subscribe to all of it. */
  commands(): Message[];
}

export interface ResubscriptionOptions {
  requests: Requests;
  wanted: Wanted;
  listeners: Listeners;
  clock: Clock;
  contract: Contract;
}

/** Puts the parts of an answer to `candles` together. */
export interface CandleAnswer {
  part(message: Message): void;
  /** The command is sent again: its parts come once more. */
  again(): void;
  read(answer: Message): CandleRow[];
}

export interface TickQueue extends Ticks {
  push(tick: Tick): void;
  /** What waits can still be read; nothing comes any more but the error, where there is one. */
  end(error?: Error): void;
}

export interface TickQueueOptions {
  limit: number;
  /** So many were replaced by newer ones. */
  conflated: (count: number) => void;
  /** The reader wants no more, or gets no more. */
  left: (queue: TickQueue) => void;
}

export type TicksOf = (message: DataMessage) => Promise<unknown>;
export type PacketsOf = (frame: ArrayBuffer) => Uint8Array[];
export type ShownAddress = (url: string) => string;
export type TokenInAddress = (url: string) => { url: string; token?: string };
export type ShownError = (error: Error, url: string) => Error;
export type CreateAccess = (options: AccessOptions) => Access;
export type CreateConnection = (options: ConnectionOptions) => Connection;
export type CreateRequests = (
  options: { url: string; timeout: number; clock?: Clock; isUp: () => boolean; send: (text: string) => void },
) => Requests;
export type CreateWanted = () => Wanted;
export type RowsOf = (answer: Message, modes: ReadonlyMap<string, Mode>) => Row[];
export type CandleAnswerOf = (progress: CandleQuery["progress"]) => CandleAnswer;
export type CreateTickQueue = (options: TickQueueOptions) => TickQueue;
export type Connect = (url?: string | URL, options?: Options) => Client;
