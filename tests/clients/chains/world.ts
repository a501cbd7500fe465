import { ANYONE, type Entitlement } from "../../../lib/access/entitlement.ts";
import type { ClientHandle } from "../../../lib/clients/protocol.ts";
import type { InstrumentKey } from "../../../lib/market/market.ts";
import { FakeClock } from "../../fakes.ts";
import { ListInHand } from "../../instruments/list_in_hand.ts";
import { tableOfRows } from "../../instruments/master.ts";
import { CHAIN_ROWS } from "../../instruments/option_rows.ts";
import { FakeSocket } from "../fake_socket.ts";
import { Stage, type StageOptions } from "../stage.ts";

// deno-lint-ignore no-explicit-any
type Message = Record<string, any>;

export const NIFTY: InstrumentKey = "nse:99926000";
export const CRUDE: InstrumentKey = "mcx:458305";

const TABLE = await tableOfRows(CHAIN_ROWS);

/** A client whose messages are read as they come. */
export class ChainClient {
  #read = 0;

  constructor(
    private readonly world: ChainWorld,
    readonly socket: FakeSocket,
    readonly handle: ClientHandle,
  ) {}

  /** Messages since the last look. */
  news(): Message[] {
    const messages = this.socket.frames.slice(this.#read).map((frame) => JSON.parse(frame));
    this.#read = this.socket.frames.length;
    return messages;
  }

  /** What was said of chains since the last look. */
  chainNews(): Message[] {
    return this.news().filter(({ type }) => type === "chain");
  }

  async ask(command: unknown): Promise<Message> {
    this.news();
    this.handle.received(JSON.stringify(command));
    // A command that costs much waits for its turn.
    await this.world.stage.pass(1);
    return this.news().find(({ status, type }) => status !== undefined && type === undefined)!;
  }

  /** Subscribes to a chain. */
  follow(chain: unknown, more: Message = {}): Promise<Message> {
    return this.ask({ command: "subscribe", chain, ...more });
  }
}

/** Clients, and a list of option chains whose day and rows a test changes. */
export class ChainWorld {
  readonly stage: Stage;
  readonly list: ListInHand;

  private constructor(readonly clock: FakeClock, options: StageOptions) {
    this.list = new ListInHand(TABLE, clock);
    this.stage = new Stage({ instruments: this.list, clock, ...options });
  }

  static on(start = "2026-11-27T10:00:00+05:30", options: StageOptions = {}): ChainWorld {
    return new ChainWorld(new FakeClock(Date.parse(start)), options);
  }

  connect(entitlement: Entitlement = ANYONE): ChainClient {
    const socket = new FakeSocket();
    return new ChainClient(this, socket, this.stage.join(socket, "encoding=json", entitlement));
  }

  /** A price of an instrument, and what it brings about. */
  async price(key: InstrumentKey, price: number): Promise<void> {
    this.stage.tick(key, price);
    await this.stage.drain();
  }

  /** Contracts that all clients together want, beside what tells of the money. */
  get contracts(): string[] {
    return [...this.stage.demand.keys()].filter((key) => /^(nfo|bfo|mcx|cds):4\d{4}$/.test(key)).sort();
  }
}
