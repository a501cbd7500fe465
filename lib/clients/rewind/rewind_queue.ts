import type { Clock } from "../../util/clock.ts";
import type { HoursOf } from "../../market/instrument_hours.ts";
import type { Exchange, InstrumentKey } from "../../market/market.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { Subscriptions } from "../subscriptions.ts";
import { Rewind, type Rewound } from "./rewind.ts";
import type { RewindSource } from "./rewind_source.ts";

/** What the rewinds of all clients share. */
export interface RewindParts {
  readonly source: RewindSource;
  readonly hours: HoursOf;
}

export interface RewindQueueOptions {
  readonly clock: Clock;
  readonly subscriptions: Subscriptions;
  readonly connection: ClientConnection;
  /** Waits until it is this client's turn to do so much work. @param units As of the work queue. */
  readonly turn: (units: number) => Promise<void>;
  readonly completed: (rewound: Rewound) => void;
}

/** The rewinds of a client, one after the other: they share what it reads. */
export class RewindQueue {
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly parts: RewindParts, private readonly options: RewindQueueOptions) {}

  records(exchange: Exchange): boolean {
    return this.parts.source.records(exchange);
  }

  /** @param from ms since the Unix epoch. */
  begin(keys: readonly InstrumentKey[], from: number): void {
    const { source, hours } = this.parts;
    const { clock, subscriptions, connection, completed, turn } = this.options;
    const rewind = new Rewind({
      clock,
      source,
      hours,
      subscriptions,
      connection,
      keys,
      from,
      turn,
      completed,
    });
    this.#last = this.#last.then(() => rewind.run());
  }
}
