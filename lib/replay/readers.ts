import type { ClientConnection } from "../clients/client_connection.ts";
import { CLOSE } from "../clients/close_codes.ts";
import { STUCK_AFTER_MS } from "../clients/delivery/outbox.ts";
import type { Clock } from "../util/clock.ts";

interface Behind {
  unread: number;
  /** When it was last seen to read, elapsed ms. */
  readAt: number;
}

/** Looks whether the clients of a replay have read what they were sent; one that reads nothing at all is closed. */
export class Readers {
  readonly #behind = new Map<ClientConnection, Behind>();

  constructor(
    private readonly clock: Clock,
    private readonly connections: () => Iterable<ClientConnection>,
  ) {}

  isRead(): boolean {
    const late = [...this.connections()].filter(({ outbox }) => outbox.isBehind);
    for (const connection of this.#behind.keys()) {
      if (!late.includes(connection)) this.#behind.delete(connection);
    }
    for (const connection of late) this.#look(connection);
    return late.length === 0;
  }

  #look(connection: ClientConnection): void {
    const { unread } = connection.outbox;
    const now = this.clock.elapsed();
    const before = this.#behind.get(connection);
    if (before === undefined || unread < before.unread) {
      this.#behind.set(connection, { unread, readAt: now });
    } else if (now - before.readAt >= STUCK_AFTER_MS) connection.close(CLOSE.tooSlow);
  }
}
