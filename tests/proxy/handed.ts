import type { UpgradeWebSocket } from "../../lib/server/upgrade.ts";

/** What the proxy hands to a client's socket, seen from inside: tests alone look there. */
export interface Handed {
  /** Bytes, since the beginning. */
  total: number;
  /** The longest frame. */
  longest: number;
  /** The most that was handed over and not taken by the operating system. */
  most: number;
}

/** Counts for clients whose handshake names them with the header `x-who`, by that name. */
export class HandedCounts {
  readonly #byName = new Map<string, Handed>();

  /** In place of the runtime's own. */
  readonly upgradeWebSocket: UpgradeWebSocket = (request, options) => {
    // Before the upgrade, which ends the request.
    const who = request.headers.get("x-who");
    const upgraded = Deno.upgradeWebSocket(request, options);
    if (who !== null) this.#count(upgraded.socket, who);
    return upgraded;
  };

  get(who: string): Handed | undefined {
    return this.#byName.get(who);
  }

  #count(socket: WebSocket, who: string): void {
    const counts = { total: 0, longest: 0, most: 0 };
    this.#byName.set(who, counts);
    const send = socket.send.bind(socket);
    socket.send = (frame) => {
      send(frame);
      // The frames of these tests are ASCII.
      const length = typeof frame === "string" ? frame.length : (frame as Uint8Array).byteLength;
      counts.total += length;
      counts.longest = Math.max(counts.longest, length);
      counts.most = Math.max(counts.most, socket.bufferedAmount);
    };
  }
}
