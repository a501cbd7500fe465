import type { PriceDoubt } from "../../feed/guard.ts";
import type { InstrumentKey } from "../../market/market.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { ClientEvent, PriceEvent } from "../client_event.ts";
import type { Delivery } from "../delivery/fanout_group.ts";
import type { Release } from "../delivery/send_queue.ts";
import { PriceThrottle } from "../price_throttle.ts";
import type { ProtocolSession } from "../protocol.ts";
import { RequestQueue } from "../request_queue.ts";
import { type RewindParts, RewindQueue } from "../rewind/rewind_queue.ts";
import type { Traffic } from "../traffic.ts";
import type { WorkQueue } from "../work_queue.ts";
import { BackgroundJobs } from "./background_jobs.ts";
import { CandleFeed } from "./candle_feed.ts";
import { CommandQueue } from "./command_queue.ts";
import { COMMANDS, REPLAY_COMMANDS } from "./commands/commands.ts";
import type { CommandSources, Reply } from "./commands/define_command.ts";
import type { DeliveryOptions } from "./delivery_options.ts";
import { replayCompleted, systemMessage } from "./system_messages.ts";
import { welcome } from "./welcome.ts";

export interface JsonSessionOptions {
  /** What all commands work with. */
  readonly sources: CommandSources;
  readonly traffic: Traffic;
  readonly work: WorkQueue;
  /** Tells this run of the process from another one. */
  readonly epoch: string;
  /** What a rewind is made of; undefined where nothing is recorded. */
  readonly rewind?: RewindParts | undefined;
  /** Which day is replayed, and where it stands; undefined where the prices are of now. */
  readonly replayed?: (() => Record<string, unknown>) | undefined;
}

/** How long all commands of a client together may be that wait for their turn. */
const MAX_WAITING_LENGTH = 4 * 1024 * 1024;

/** One client of the JSON wire: its commands come in here, and what is sent to it beside ticks leaves here. */
export class JsonSession implements ProtocolSession {
  readonly #connection: ClientConnection;
  readonly #options: JsonSessionOptions;
  readonly #jobs = new BackgroundJobs();
  readonly #candleFeed: CandleFeed;
  readonly #requests: RequestQueue;
  #prices: PriceThrottle | undefined;
  /** Answers that are being made, for which ticks and news are held back; and news that wait behind them. */
  #held = 0;
  #waitingNews = 0;

  constructor(connection: ClientConnection, delivery: DeliveryOptions, options: JsonSessionOptions) {
    const { epoch, replayed, rewind, sources, work } = options;
    const { clock, limits, replay, status, subscriptions, watchlist } = sources;
    this.#connection = connection;
    this.#options = options;
    this.#candleFeed = new CandleFeed(connection, { ...sources, work });
    const commands = new CommandQueue({
      connection,
      work,
      known: replay === undefined ? COMMANDS : REPLAY_COMMANDS,
      context: {
        ...sources,
        connection,
        candleFeed: this.#candleFeed,
        jobs: this.#jobs,
        delivery,
        rewind: rewind && new RewindQueue(rewind, {
          clock,
          subscriptions,
          connection,
          turn: (units) => work.turn(connection, units, () => {}),
          completed: (rewound) => this.#send(replayCompleted(rewound)),
        }),
        turn: (units, piece) => work.turn(connection, units, piece),
        holdBack: () => this.#holdBack(),
        tell: (message) => this.#send(message),
      },
      reply: (command, reply) => this.#reply(command, reply),
    });
    this.#requests = new RequestQueue({
      connection,
      work,
      frameBytes: limits.commandBytes,
      waitingLength: MAX_WAITING_LENGTH,
      take: (frame) => commands.take(frame),
    });
    this.#setPriceWindow(delivery.interval);
    this.#send(welcome({ watchlist, epoch, replayed, status }, connection.entitlement));
  }

  received(frame: string | ArrayBuffer): void {
    this.#requests.add(frame);
  }

  event(event: ClientEvent, instruments?: readonly InstrumentKey[]): void {
    if (event.kind !== "price" || this.#prices === undefined) {
      this.#sendNews(systemMessage(event, instruments));
    } else for (const key of instruments ?? []) this.#prices.note(key, doubtOf(event));
  }

  ended(): void {
    this.#prices?.stop();
    this.#jobs.stop();
    this.#candleFeed.stop();
    this.#requests.drop();
    const connection = this.#connection;
    const { chains, subscriptions } = this.#options.sources;
    subscriptions.release(connection, [...connection.rewinding]);
    chains.leave(connection);
  }

  /** In its turn, so that an answer comes after the data that was on its way before it, in its old form. */
  #reply(command: string, { answer, release, snapshot, delivery, after }: Reply): void {
    const connection = this.#connection;
    this.#options.traffic.command(command, answer);
    const send = release ?? ((action: () => void) => connection.outbox.inOrder(action));
    send(() => {
      connection.outbox.keepOnly(connection.subscriptions);
      if (delivery !== undefined) this.#setDelivery(delivery);
      this.#send(answer);
      after?.();
    });
    if (snapshot !== undefined) this.#options.sources.subscriptions.sendSnapshot(connection, snapshot);
  }

  /** What happens meanwhile comes after the answer: it may tell of what was before. */
  #holdBack(): Release {
    const release = this.#connection.outbox.hold();
    this.#held++;
    return (first) => {
      this.#held--;
      release(first);
    };
  }

  #sendNews(message: Record<string, unknown>): void {
    if (this.#held === 0 && this.#waitingNews === 0) return this.#send(message);
    this.#waitingNews++;
    this.#connection.outbox.inOrder(() => {
      this.#waitingNews--;
      this.#send(message);
    });
  }

  #setDelivery({ encoder, interval }: Delivery): void {
    this.#connection.outbox.setEncoder(encoder);
    this.#setPriceWindow(interval);
  }

  /** Who wants its ticks at intervals is told of doubtful prices at the same intervals. */
  #setPriceWindow(interval: number): void {
    this.#prices?.stop();
    this.#prices = interval === 0 ? undefined : new PriceThrottle(
      this.#options.sources.clock,
      interval,
      (event) => this.#send(systemMessage(event, event.keys)),
    );
  }

  #send(message: Record<string, unknown>): void {
    const { source } = this.#options.sources.ticks;
    this.#connection.send(JSON.stringify(source === undefined ? message : { ...message, source }));
  }
}

function doubtOf({ reason, mode }: PriceEvent): PriceDoubt | undefined {
  return reason === undefined ? undefined : { reason, mode };
}
