import { getLogger } from "@logtape/logtape";
import type { InstrumentKey, Mode } from "../market.ts";
import type { Audience, Member } from "./audience.ts";
import type { Close } from "./close_codes.ts";
import type { Batch, ClientSocket, Outbox } from "./outbox.ts";

const log = getLogger(["clients"]);

/** One client: what it wants, its audience and its outbox. */
export class Session implements Member {
  /** What it asked for, by instrument. */
  readonly wants = new Map<InstrumentKey, Mode>();
  audience: Audience | undefined;
  #open = true;

  constructor(
    /** Counts from 1 since the start; for the log. */
    readonly number: number,
    private readonly socket: ClientSocket,
    private readonly outbox: Outbox,
  ) {}

  get isOpen(): boolean {
    return this.#open;
  }

  deliver(batch: Batch): void {
    this.outbox.deliver(batch);
  }

  /** An answer or news, past all data that may be waiting. */
  tell(message: unknown): void {
    if (this.#open) this.outbox.sendNow(JSON.stringify(message));
  }

  /** Nothing that is kept for a slow client may tell of an instrument it has given up. */
  forgetUnwanted(): void {
    this.outbox.keepOnly(this.wants);
  }

  /** The socket is gone, or is to be regarded as gone. */
  ended(): void {
    this.#open = false;
    this.outbox.close();
  }

  close({ code, reason }: Close): void {
    if (!this.#open) return;
    this.ended();
    try {
      this.socket.close(code, reason);
    } catch (error) {
      log.warn("client {number}: its socket could not be closed: {error}", { number: this.number, error });
    }
  }
}
