import type { InstrumentKey, Mode } from "../../market/market.ts";
import { MAX_PAIRS_PER_SOCKET } from "../../smartapi/endpoints.ts";

/** Kept free on each socket, since a change of mode holds both for a moment. */
const HEADROOM = 10;

/** Instruments that one socket is given. */
export const INSTRUMENTS_PER_SOCKET = MAX_PAIRS_PER_SOCKET - HEADROOM;

/**
 * A socket with no more than these has room for all of them in another mode at once; a full one changes ten at a time, which
 * takes 40 s for a thousand. So the next socket is begun before one is full.
 */
const ROOMY = MAX_PAIRS_PER_SOCKET / 2;

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
      const socket = this.#place.get(key) ?? this.#freePlace();
      if (socket < 0) {
        refused.push(key);
        continue;
      }
      this.#place.set(key, socket);
      this.#sockets[socket]!.set(key, mode);
    }
    return refused;
  }

  /** The first socket that is roomy, else the one with the most room; -1 where all are full. */
  #freePlace(): number {
    const roomy = this.#sockets.findIndex((held) => held.size < ROOMY);
    if (roomy >= 0) return roomy;
    const least = Math.min(...this.#sockets.map(({ size }) => size));
    return least < INSTRUMENTS_PER_SOCKET ? this.#sockets.findIndex(({ size }) => size === least) : -1;
  }
}
