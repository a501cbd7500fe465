import type { Clock } from "../util/clock.ts";
import type { ClientConnection } from "./client_connection.ts";
import { CLOSE } from "./close_codes.ts";
import { STUCK_AFTER_MS } from "./delivery/outbox.ts";

/** Looks at a client that is behind, again and again; one that reads nothing at all is closed. */
export class StuckWatch {
  #unread = Infinity;
  /** When it was last seen to read, elapsed ms. */
  #readAt = 0;

  constructor(private readonly clock: Clock, private readonly connection: ClientConnection) {}

  look(): void {
    const { unread } = this.connection.outbox;
    const now = this.clock.elapsed();
    if (unread < this.#unread) [this.#unread, this.#readAt] = [unread, now];
    else if (now - this.#readAt >= STUCK_AFTER_MS) this.connection.close(CLOSE.tooSlow);
  }
}
