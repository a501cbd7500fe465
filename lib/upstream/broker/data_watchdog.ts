import type { InstrumentKey } from "../../market/market.ts";

/** Without a tick of anything that ticks often for this long in session hours, a socket counts as silent. */
const STALE_AFTER_MS = 75_000;

/**
 * Where a new socket is silent too, it may take so many times longer: the exchange stands still, perhaps, on a holiday
 * that nobody knew or in a market-wide halt. That makes four sockets in a halt of two hours, and five in a whole day.
 */
const GROWTH = 3;

/**
 * Without any packet, or without any tick after the first ones, of shares that have not shown yet how often they tick:
 * so many times longer.
 */
const UNPROVEN = 4;

const STALE_CAP_MS = 6 * 3_600_000;

export interface WatchdogOptions {
  /** Whether an instrument ticks so often that its silence means something. */
  readonly ticksOften: (key: InstrumentKey) => boolean;
  /** Whether an instrument is a share, of which most are traded every few minutes. */
  readonly isShare: (key: InstrumentKey) => boolean;
  /** Whether an instrument should have been ticking for so many ms. */
  readonly tickingFor: (key: InstrumentKey, ms: number) => boolean;
}

/**
 * Notices that a connected socket brings no ticks although it should, and waits longer each time that the socket
 * after it is silent too. Times are elapsed ms.
 */
export class DataWatchdog {
  readonly #options: WatchdogOptions;
  #lastTickAt = -Infinity;
  /** The last packet that answered a request. */
  #lastAnswerAt = -Infinity;
  /** Sockets in a row that were silent. */
  #silentSockets = 0;
  /** The last tick before the present silence, or the opening of the socket that brought none. */
  #silentSince = 0;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** How long the socket may be without a tick now. */
  get staleAfterMs(): number {
    return Math.min(STALE_CAP_MS, STALE_AFTER_MS * GROWTH ** this.#silentSockets);
  }

  /** Sockets in a row that brought no tick. */
  get silentSockets(): number {
    return this.#silentSockets;
  }

  /** Since when there has been no tick, once {@linkcode isSilent} has said so. */
  get silentSince(): number {
    return this.#silentSince;
  }

  /** Something is traded: a last value, with which the broker answers a request, is no sign of it. */
  noteTick(now: number): void {
    this.#lastTickAt = now;
    this.#silentSockets = 0;
  }

  /** A request was answered: the broker hears, whatever is traded. */
  noteAnswer(now: number): void {
    this.#lastAnswerAt = now;
  }

  /** Whether a socket that opened at a time is still without a tick after a silent one. */
  awaitsFirstTick(openedAt: number): boolean {
    return this.#silentSockets > 0 && this.#lastTickAt < openedAt;
  }

  /** Nothing has to tick any more, so what was silent is no reason for patience later. */
  rest(wanted: Iterable<InstrumentKey>): void {
    if (this.#silentSockets === 0) return;
    for (const key of wanted) {
      const mustTick = this.#options.ticksOften(key) || this.#options.isShare(key);
      if (mustTick && this.#options.tickingFor(key, 0)) return;
    }
    this.#silentSockets = 0;
  }

  /** Whether the socket is silent where it should tick; counts it when it is. */
  isSilent(now: number, openedAt: number, wanted: Iterable<InstrumentKey>): boolean {
    const since = Math.max(this.#lastTickAt, openedAt);
    const patience = this.staleAfterMs;
    if (now - since < patience) return false;
    const unheard = this.#lastAnswerAt < openedAt && this.#lastTickAt < openedAt;
    const unproven = this.#lastTickAt < openedAt && now - since >= UNPROVEN * patience;
    for (const key of wanted) {
      const mustTick = this.#options.ticksOften(key) || unheard || (unproven && this.#options.isShare(key));
      if (!mustTick || !this.#options.tickingFor(key, patience)) continue;
      this.#silentSince = since;
      this.#silentSockets++;
      return true;
    }
    return false;
  }
}
