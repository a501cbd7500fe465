import type { ClientConnection } from "../clients/client_connection.ts";
import { StuckWatch } from "../clients/stuck_watch.ts";
import type { Clock } from "../util/clock.ts";

/** Looks whether the clients of a replay have read what they were sent; one that reads nothing at all is closed. */
export class Readers {
  readonly #behind = new Map<ClientConnection, StuckWatch>();

  constructor(
    private readonly clock: Clock,
    private readonly connections: () => Iterable<ClientConnection>,
  ) {}

  isRead(): boolean {
    const late = [...this.connections()].filter(({ outbox }) => outbox.isBehind);
    for (const connection of this.#behind.keys()) {
      if (!late.includes(connection)) this.#behind.delete(connection);
    }
    for (const connection of late) this.#watchOf(connection).look();
    return late.length === 0;
  }

  #watchOf(connection: ClientConnection): StuckWatch {
    let watch = this.#behind.get(connection);
    if (watch === undefined) this.#behind.set(connection, watch = new StuckWatch(this.clock, connection));
    return watch;
  }
}
