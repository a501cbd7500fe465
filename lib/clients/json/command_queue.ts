import { getLogger } from "@logtape/logtape";
import type { ClientConnection } from "../client_connection.ts";
import { CLOSE } from "../close_codes.ts";
import type { WorkQueue } from "../work_queue.ts";
import { readCommand } from "./command_reader.ts";
import type { Command, CommandContext, CommandEntry, Reply } from "./commands/define_command.ts";
import { type CommandRefusal, isRefusal, refusal, type RequestId } from "./reply.ts";

export interface CommandQueueOptions {
  readonly connection: ClientConnection;
  readonly work: WorkQueue;
  /** The commands of this wire, by name. */
  readonly known: ReadonlyMap<string, CommandEntry>;
  readonly context: CommandContext;
  /** Sends an answer. @param command Its name; `refused` for what was not followed. */
  readonly reply: (command: string, reply: Reply) => void;
}

/** So many refused commands in a row end the connection. */
const MAX_REFUSED = 1_000;

/** Rows of an answer that are written in a unit of work. */
const ROWS_PER_UNIT = 30;

const TOO_MANY: CommandRefusal = {
  code: "rate_limited",
  message: "Too many commands; wait a little, and name many instruments in one command",
};

const log = getLogger(["clients"]);

/** The commands of one client: each is read and followed in the order of the wire, also where an answer takes a moment. */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  /** A command is being answered that takes a moment. */
  #busy = false;
  /** Commands that wait for that answer. */
  readonly #behind: (Command | CommandRefusal)[] = [];

  constructor(options: CommandQueueOptions) {
    this.#options = options;
  }

  /** Reads a command and follows it, unless the client has asked for too much. Returns the units of work. */
  take(frame: string | ArrayBuffer): number {
    const { connection } = this.#options;
    const read = readCommand(frame, this.#options.known);
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
    return isRefusal(asked) ? 1 : asked.units(this.#options.connection.subscriptions.size);
  }

  #answer(asked: Command | CommandRefusal): void {
    if (isRefusal(asked)) return this.#options.reply("refused", { answer: refusal(asked) });
    const { connection } = this.#options;
    const reply = this.#handle(asked);
    if (!(reply instanceof Promise)) return this.#options.reply(asked.name, withId(reply, asked.id));
    const answer = (reply: Reply) => {
      if (connection.isOpen) this.#options.reply(asked.name, withId(reply, asked.id));
    };
    // What comes of a background job takes its turn as well.
    if (asked.background) {
      reply.then((reply) => {
        const units = 1 + rowsOf(reply.answer) / ROWS_PER_UNIT;
        this.#options.work.add(connection, () => (answer(reply), units), units);
      });
      return;
    }
    this.#busy = true;
    // At once: ticks of what was subscribed just now may come with the next read, and must not come before the answer.
    reply.then((reply) => {
      this.#busy = false;
      answer(reply);
      this.#catchUp();
    });
  }

  /**
   * Follows the commands that waited for an answer, up to the next one that takes a moment. Each is a piece of work of its
   * own, asked for when the present one is over and its units are counted.
   */
  #catchUp(): void {
    if (this.#behind.length === 0) return;
    queueMicrotask(() => this.#options.work.add(this.#options.connection, () => this.#followNext()));
  }

  #followNext(): number {
    if (this.#busy || !this.#options.connection.isOpen) return 0;
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
        number: this.#options.connection.number,
        error,
      });
      return {
        answer: refusal({ code: "internal", message: "The proxy failed at this command; see its log" }),
      };
    };
    try {
      const reply = command.run(this.#options.context);
      return reply instanceof Promise ? reply.catch(failed) : reply;
    } catch (error) {
      return failed(error);
    }
  }
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
