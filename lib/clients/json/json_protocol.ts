import { getLogger } from "@logtape/logtape";
import type { InstrumentKey } from "../../market/market.ts";
import { type RewindParts, RewindQueue } from "../rewind/rewind_queue.ts";
import type { ProxyStatus } from "../../status/proxy_status.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { PriceDoubt } from "../../feed/guard.ts";
import type { ClientEvent, PriceEvent } from "../client_event.ts";
import { CLOSE } from "../close_codes.ts";
import type { Delivery } from "../delivery/fanout_group.ts";
import { PriceThrottle } from "../price_throttle.ts";
import type { Handshake, Opening, Protocol, ProtocolSession } from "../protocol.ts";
import { RequestQueue } from "../request_queue.ts";
import type { Traffic } from "../traffic.ts";
import type { WorkQueue } from "../work_queue.ts";
import { BackgroundJobs } from "./background_jobs.ts";
import { CandleFeed } from "./candle_feed.ts";
import { readAuthentication, readCommand } from "./command_reader.ts";
import { COMMANDS, REPLAY_COMMANDS } from "./commands/commands.ts";
import type { Command, CommandContext, CommandSources, Reply } from "./commands/define_command.ts";
import { deliveryOf, type DeliveryOptions, readDeliveryOptions } from "./delivery_options.ts";
import { type CommandRefusal, isRefusal, refusal, type RequestId } from "./reply.ts";
import { replayCompleted, systemMessage } from "./system_messages.ts";
import { welcome } from "./welcome.ts";

export interface JsonProtocolOptions extends CommandSources {
  readonly traffic: Traffic;
  readonly work: WorkQueue;
  readonly status: () => ProxyStatus;
  /** Tells this run of the process from another one. */
  readonly epoch: string;
  /** What a rewind is made of; undefined where nothing is recorded. */
  readonly rewind?: RewindParts | undefined;
}

/** Who goes on after so many refused commands does not listen. */
const MAX_REFUSED = 1_000;

/** How long all commands of a client together may be that wait for their turn. */
const MAX_WAITING_LENGTH = 4 * 1024 * 1024;

const log = getLogger(["clients"]);

/** Our own wire: commands and answers in JSON; ticks as JSON, compressed or not, or as the broker's packets. */
export function createJsonProtocol(options: JsonProtocolOptions): Protocol {
  return {
    name: "json",
    paths: ["/", "/ws"],
    open({ query }: Handshake): Opening | string {
      const delivery = readDeliveryOptions(query);
      if (typeof delivery === "string") return delivery;
      return {
        delivery: deliveryOf(delivery, options.ticks),
        start: (connection) => new JsonSession(connection, delivery, options),
        authentication: { prompt: TOKEN_PROMPT, read: readAuthentication },
      };
    },
  };
}

const TOKEN_PROMPT = JSON.stringify({
  type: "system",
  status: "token_required",
  message: 'Send {"command":"authenticate","token":"…"} within 10 s',
});

/** Rows of an answer that are written in a unit of work. */
const ROWS_PER_UNIT = 30;

class JsonSession implements ProtocolSession {
  readonly #connection: ClientConnection;
  readonly #options: JsonProtocolOptions;
  readonly #context: CommandContext;
  /** A command is being answered that takes a moment. */
  #busy = false;
  /** Commands that wait for that answer. */
  readonly #behind: (Command | CommandRefusal)[] = [];
  readonly #jobs = new BackgroundJobs();
  readonly #candleFeed: CandleFeed;
  #prices: PriceThrottle | undefined;
  readonly #requests: RequestQueue;

  constructor(connection: ClientConnection, delivery: DeliveryOptions, options: JsonProtocolOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#candleFeed = new CandleFeed(connection, options);
    this.#context = {
      ...sourcesOf(options),
      connection,
      candleFeed: this.#candleFeed,
      jobs: this.#jobs,
      delivery,
      rewind: options.rewind && new RewindQueue(options.rewind, {
        ...options,
        connection,
        completed: (rewound) => this.#send(replayCompleted(rewound)),
      }),
      turn: (units, piece) => options.work.turn(connection, units, piece),
      tell: (message) => this.#send(message),
    };
    this.#requests = new RequestQueue({
      connection,
      work: options.work,
      frameBytes: options.limits.commandBytes,
      waitingLength: MAX_WAITING_LENGTH,
      take: (frame) => this.#take(frame),
    });
    this.#setPriceWindow(delivery.interval);
    this.#send(welcome(options, connection.entitlement));
  }

  received(frame: string | ArrayBuffer): void {
    this.#requests.add(frame);
  }

  event(event: ClientEvent, instruments?: readonly InstrumentKey[]): void {
    if (event.kind !== "price" || this.#prices === undefined) this.#send(systemMessage(event, instruments));
    else for (const key of instruments ?? []) this.#prices.note(key, doubtOf(event));
  }

  ended(): void {
    this.#prices?.stop();
    this.#jobs.stop();
    this.#candleFeed.stop();
    this.#requests.drop();
    const connection = this.#connection;
    this.#options.subscriptions.release(connection, [...connection.rewinding]);
    this.#options.chains.leave(connection);
  }

  /** Reads a command and follows it, unless the client has asked for too much. Returns the units of work. */
  #take(frame: string | ArrayBuffer): number {
    const connection = this.#connection;
    const read = readCommand(frame, this.#options.replay === undefined ? COMMANDS : REPLAY_COMMANDS);
    const units = this.#unitsOf(read);
    const permitted = connection.takeWork(units);
    if (connection.refused > MAX_REFUSED) {
      connection.close(CLOSE.tooMany);
      return 0;
    }
    const asked = permitted ? read : { ...TOO_MANY, ...idOf(read) };
    if (this.#busy || this.#behind.length > 0) {
      this.#behind.push(asked);
      return 0;
    }
    this.#answer(asked);
    return permitted ? units : 0;
  }

  #unitsOf(asked: Command | CommandRefusal): number {
    return isRefusal(asked) ? 1 : asked.units(this.#connection.subscriptions.size);
  }

  #answer(asked: Command | CommandRefusal): void {
    if (isRefusal(asked)) return this.#reply("refused", { answer: refusal(asked) });
    const connection = this.#connection;
    const reply = this.#handle(asked);
    if (!(reply instanceof Promise)) return this.#reply(asked.name, withId(reply, asked.id));
    if (!asked.background) this.#busy = true;
    // A long answer takes its turn as well.
    reply.then((reply) =>
      this.#options.work.add(connection, () => {
        if (!asked.background) this.#busy = false;
        if (!connection.isOpen) return 0;
        this.#reply(asked.name, withId(reply, asked.id));
        this.#catchUp();
        return 1 + rowsOf(reply.answer) / ROWS_PER_UNIT;
      })
    );
  }

  /**
   * Follows the commands that waited for an answer, up to the next one that takes a moment. Each is a piece of work of its
   * own, asked for when the present one is over and its units are counted.
   */
  #catchUp(): void {
    if (this.#behind.length === 0) return;
    queueMicrotask(() => this.#options.work.add(this.#connection, () => this.#followNext()));
  }

  #followNext(): number {
    if (this.#busy || !this.#connection.isOpen) return 0;
    const next = this.#behind.shift();
    if (next === undefined) return 0;
    // Those before it may have changed what it costs.
    const units = this.#unitsOf(next);
    this.#answer(next);
    if (!this.#busy) this.#catchUp();
    return units;
  }

  /** Whatever one command provokes stays between its client and us. The promise never rejects. */
  #handle(command: Command): Reply | Promise<Reply> {
    const failed = (error: unknown): Reply => {
      log.error("client {number}: a fault of the proxy at its command; please report it: {error}", {
        number: this.#connection.number,
        error,
      });
      return {
        answer: refusal({ code: "internal", message: "The proxy failed at this command; see its log" }),
      };
    };
    try {
      const reply = command.run(this.#context);
      return reply instanceof Promise ? reply.catch(failed) : reply;
    } catch (error) {
      return failed(error);
    }
  }

  /** In its turn, so that an answer comes after the data that was on its way before it, in its old form. */
  #reply(command: string, { answer, snapshot, delivery, after }: Reply): void {
    const connection = this.#connection;
    this.#options.traffic.command(command, answer);
    connection.outbox.inOrder(() => {
      connection.outbox.keepOnly(connection.subscriptions);
      if (delivery !== undefined) this.#setDelivery(delivery);
      this.#send(answer);
      after?.();
    });
    if (snapshot !== undefined) this.#options.subscriptions.sendSnapshot(connection, snapshot);
  }

  #setDelivery({ encoder, interval }: Delivery): void {
    this.#connection.outbox.setEncoder(encoder);
    this.#setPriceWindow(interval);
  }

  /** Who wants its ticks at intervals is told of doubtful prices at the same intervals. */
  #setPriceWindow(interval: number): void {
    this.#prices?.stop();
    this.#prices = interval === 0 ? undefined : new PriceThrottle(
      this.#options.clock,
      interval,
      (event) => this.#send(systemMessage(event, event.keys)),
    );
  }

  #send(message: Record<string, unknown>): void {
    const { source } = this.#options.ticks;
    this.#connection.send(JSON.stringify(source === undefined ? message : { ...message, source }));
  }
}

function doubtOf({ reason, mode }: PriceEvent): PriceDoubt | undefined {
  return reason === undefined ? undefined : { reason, mode };
}

const TOO_MANY: CommandRefusal = {
  code: "rate_limited",
  message: "Too many commands; wait a little, and name many instruments in one command",
};

function sourcesOf(
  {
    candles,
    chains,
    clock,
    marketData,
    instruments,
    subscriptions,
    watchlist,
    status,
    ticks,
    limits,
    operation,
    replay,
  }: JsonProtocolOptions,
): CommandSources {
  return {
    candles,
    chains,
    clock,
    marketData,
    instruments,
    subscriptions,
    watchlist,
    status,
    ticks,
    limits,
    operation,
    replay,
  };
}

function rowsOf({ results }: Record<string, unknown>): number {
  return Array.isArray(results) ? results.length : 0;
}

function idOf({ id }: { readonly id?: RequestId }): { readonly id?: RequestId } {
  return id === undefined ? {} : { id };
}

function withId(reply: Reply, id: RequestId | undefined): Reply {
  return id === undefined ? reply : { ...reply, answer: { ...reply.answer, id } };
}
