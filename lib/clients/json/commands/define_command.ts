import { z } from "zod";
import type { Limits } from "../../../config/limits.ts";
import type { CandleService } from "../../../candles/candle_service.ts";
import type { MarketData } from "../../../feed/market_data.ts";
import type { Instruments } from "../../../instruments/instrument.ts";
import type { Exchange, InstrumentKey } from "../../../market/market.ts";
import type { FeedStatus } from "../../../status/proxy_status.ts";
import type { Clock } from "../../../util/clock.ts";
import type { ClientChains } from "../../chains/client_chains.ts";
import type { ClientConnection } from "../../client_connection.ts";
import type { Delivery } from "../../delivery/fanout_group.ts";
import type { Release } from "../../delivery/send_queue.ts";
import type { Operation } from "../../operation.ts";
import type { Watchlist } from "../../instrument_selection.ts";
import type { ReplayControl } from "../../replay_control.ts";
import type { InstrumentBudget } from "../../instrument_budget.ts";
import type { Subscriptions } from "../../subscriptions.ts";
import type { BackgroundJobs } from "../background_jobs.ts";
import type { CandleFeed } from "../candle_feed.ts";
import type { DeliveryOptions } from "../delivery_options.ts";
import type { RequestId } from "../reply.ts";
import type { TickJson } from "../tick_json.ts";
import { requestId } from "./fields.ts";

/** What all commands work with. */
export interface CommandSources {
  readonly clock: Clock;
  readonly marketData: MarketData;
  readonly candles: CandleService;
  readonly instruments: Instruments;
  readonly budget: InstrumentBudget;
  readonly subscriptions: Subscriptions;
  readonly chains: ClientChains;
  readonly watchlist: Watchlist;
  readonly limits: Limits;
  readonly ticks: TickJson;
  readonly status: () => FeedStatus;
  readonly operation: Operation;
  /** Of a replay; undefined on the live wire. */
  readonly replay?: ReplayControl | undefined;
}

/** Gives a client today's earlier ticks. */
export interface Rewinding {
  records(exchange: Exchange): boolean;
  /** Begins after the answer to the command. @param from ms since the Unix epoch. */
  begin(keys: readonly InstrumentKey[], from: number): void;
}

/** The client that asks, and what all commands work with. */
export interface CommandContext extends CommandSources {
  readonly connection: ClientConnection;
  /** The candles that it has subscribed. */
  readonly candleFeed: CandleFeed;
  /** What is being answered in the background. */
  readonly jobs: BackgroundJobs;
  /** How the client wants its ticks; `configure` changes it. */
  delivery: DeliveryOptions;
  /** Delivers today's ticks of what was subscribed for later, and then goes on live; undefined where nothing is kept. */
  readonly rewind?: Rewinding | undefined;
  /** Does a part of a long command when it is this client's turn again. @param units Of work. */
  turn<Made>(units: number, piece: () => Made): Promise<Made>;
  /** Holds back ticks and news from here on, until the answer takes their place. */
  holdBack(): Release;
  /** Sends what the client was not asked for at the moment: what happens to what it has asked for. */
  tell(message: Record<string, unknown>): void;
}

/** An answer, and what is to follow it. */
export interface Reply {
  readonly answer: Record<string, unknown>;
  /** Lets go what was held back for it; by default it comes after all that was delivered before. */
  readonly release?: Release | undefined;
  /** Instruments whose last known values follow the answer. */
  readonly snapshot?: Iterable<InstrumentKey>;
  /** What is begun when the answer has been sent. */
  readonly after?: () => void;
  /** What the client's messages are made with from this answer on. */
  readonly delivery?: Delivery;
}

/** One command of the wire: what it takes, what it costs, what it does. */
export interface CommandDefinition<Shape extends z.ZodRawShape> {
  readonly name: string;
  /** Its fields beside `command` and `id`; others are refused. */
  readonly fields: Shape;
  /** Its answer may take long; later commands do not wait for it. */
  readonly background?: boolean;
  /** What the fields have to be together. */
  readonly check?: (input: z.infer<z.ZodObject<Shape>>, context: z.RefinementCtx) => void;
  /** Units of work, one being some 50 µs; 1 when undefined. `held`: instruments that the client has. */
  readonly units?: (input: z.infer<z.ZodObject<Shape>>, held: number) => number;
  /** A promise where the answer takes a moment; the client's later commands wait for it, and nobody else's. */
  readonly handle: (
    input: z.infer<z.ZodObject<Shape>>,
    context: CommandContext,
    id: RequestId | undefined,
  ) => Reply | Promise<Reply>;
}

/** A command that was read and can be run. */
export interface Command {
  readonly name: string;
  readonly id?: RequestId;
  readonly background: boolean;
  /** Units of work. @param held Instruments that the client has. */
  units(held: number): number;
  run(context: CommandContext): Reply | Promise<Reply>;
}

/** A row of the command table. */
export interface CommandEntry {
  readonly name: string;
  readonly fields: readonly string[];
  readonly schema: z.ZodType;
  /** @returns A command, or what is wrong with the input. */
  read(value: unknown): Command | z.ZodError;
}

/** Joins the schema and the handler of a command; the handler's input type is inferred from the fields. */
export function defineCommand<Shape extends z.ZodRawShape>(
  definition: CommandDefinition<Shape>,
): CommandEntry {
  const { name, fields, background = false, check, units, handle } = definition;
  const object = z.strictObject({ command: z.literal(name), id: requestId, ...fields });
  type Input = z.infer<z.ZodObject<Shape>>;
  const schema = check === undefined
    ? object
    : object.superRefine((value, context) => check(value as unknown as Input, context));
  return {
    name,
    fields: ["command", "id", ...Object.keys(fields)],
    schema,
    read(value) {
      const read = schema.safeParse(value);
      if (!read.success) return read.error;
      const input = read.data as unknown as Input & { readonly id?: RequestId };
      return {
        name,
        ...input.id === undefined ? {} : { id: input.id },
        background,
        units: (held) => units?.(input, held) ?? 1,
        run: (context) => handle(input, context, input.id),
      };
    },
  };
}

/** The answer of a command that did what it was asked for. */
export function success(message: string, data?: unknown): Reply {
  return { answer: { status: "success", message, data } };
}
