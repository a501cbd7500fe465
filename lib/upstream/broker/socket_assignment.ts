import type { InstrumentKey, Mode } from "../../market/market.ts";
import { MAX_PAIRS_PER_SOCKET } from "../../smartapi/endpoints.ts";

/** Kept free on each socket, since a change of mode holds both for a moment. */
const HEADROOM = 10;

/** Instruments that one socket is given. */
export const INSTRUMENTS_PER_SOCKET = MAX_PAIRS_PER_SOCKET - HEADROOM;

/** Which socket carries which instrument. A place once given is kept, so that no one else's change moves it. */
export class SocketAssignment {
  readonly #sockets: readonly Map<InstrumentKey, Mode>[];
  readonly #place = new Map<InstrumentKey, number>();

  constructor(sockets: number) {
    this.#sockets = Array.from({ length: sockets }, () => new Map());
  }

  /** What is wanted of one socket. */
  of(socket: number): ReadonlyMap<InstrumentKey, Mode> {
    return this.#sockets[socket]!;
  }

  has(key: InstrumentKey): boolean {
    return this.#place.has(key);
  }

  socketOf(key: InstrumentKey): number | undefined {
    return this.#place.get(key);
  }

  /** Takes over the whole wanted set; answers the instruments that fit nowhere. */
  update(wanted: ReadonlyMap<InstrumentKey, Mode>): InstrumentKey[] {
    for (const [key, socket] of this.#place) {
      if (wanted.has(key)) continue;
      this.#place.delete(key);
      this.#sockets[socket]!.delete(key);
    }
    const refused: InstrumentKey[] = [];
    for (const [key, mode] of wanted) {
      const socket = this.#place.get(key) ??
        this.#sockets.findIndex((held) => held.size < INSTRUMENTS_PER_SOCKET);
      if (socket < 0) {
        refused.push(key);
        continue;
      }
      this.#place.set(key, socket);
      this.#sockets[socket]!.set(key, mode);
    }
    return refused;
  }
}
