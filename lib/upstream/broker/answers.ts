import type { InstrumentKey } from "../../market/market.ts";

/** How long a packet is waited for after the first request of a connection, the second, and so on; then no more are made. */
const PATIENCE_MS = [30_000, 120_000, 480_000] as const;

interface Request {
  /** Requests of this connection since there was life. */
  readonly count: number;
  /** Elapsed ms. */
  readonly at: number;
  /** A first packet has come: the last value there is. */
  answered: boolean;
}

/**
 * What has become of the requests on one connection. The broker acknowledges none: a subscription is held when data
 * proves it. The first packet after a request is the last value there is; only what comes after it is life.
 */
export class Answers {
  readonly #requests = new Map<InstrumentKey, Request>();

  /** A request was made. */
  requested(key: InstrumentKey, now: number): void {
    const count = (this.#requests.get(key)?.count ?? 0) + 1;
    this.#requests.set(key, { count, at: now, answered: false });
  }

  /** A packet came. Answers whether it is the first one after a request. */
  packet(key: InstrumentKey): boolean {
    const request = this.#requests.get(key);
    if (request === undefined) return false;
    if (request.answered) {
      this.#requests.delete(key);
      return false;
    }
    request.answered = true;
    return true;
  }

  /** Nothing is awaited any more. */
  forget(key: InstrumentKey): void {
    this.#requests.delete(key);
  }

  clear(): void {
    this.#requests.clear();
  }

  /** Requests that no packet has answered. */
  unanswered(key: InstrumentKey): number {
    const request = this.#requests.get(key);
    return request === undefined || request.answered ? 0 : request.count;
  }

  /**
   * Whether an instrument is to be asked for again: nothing came of the request, or it is silent beyond its habit.
   *
   * @param silentSince Since when what ticks often has not, elapsed ms; undefined for all others.
   */
  isDue(key: InstrumentKey, now: number, silentSince: number | undefined): boolean {
    const request = this.#requests.get(key);
    if (request === undefined) return silentSince !== undefined && now - silentSince >= PATIENCE_MS[1];
    if (request.answered && silentSince === undefined) return false;
    return now - request.at >= (PATIENCE_MS[request.count - 1] ?? Infinity);
  }
}
