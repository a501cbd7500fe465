import type { Clock } from "../util/clock.ts";

/** What a test, or a curious user, may want to know of what the simulator was asked. */
export interface Stats {
  readonly sockets: number;
  readonly maxSockets: number;
  /** Handshakes by their status; 101 for those that succeeded. */
  readonly handshakes: Readonly<Record<string, number>>;
  /** When each login was tried, ms since the Unix epoch, and `ok` or the code of its refusal. */
  readonly logins: readonly { readonly at: number; readonly outcome: string }[];
  /** REST calls by their name in `PATHS` or `DATA_CALLS`. */
  readonly restCalls: Readonly<Record<string, number>>;
  /** Messages of the clients but for pings, oldest first, at most {@linkcode MAX_REQUESTS}. */
  readonly requests: readonly string[];
  /** Text pings and PING frames. */
  readonly pings: number;
  readonly packets: number;
  /** Packets that a reader who did not read has cost. */
  readonly dropped: number;
  /** What each open socket has subscribed: `exchange:token mode`. */
  readonly subscriptions: readonly (readonly string[])[];
}

/** A moment at which ticks were sent: with it, a tick's sequence number tells how old it is. */
export interface Moment {
  /** ms since the Unix epoch. */
  readonly at: number;
  /** The last sequence number of each segment. */
  readonly sequences: Readonly<Record<string, number>>;
}

const MAX_REQUESTS = 10_000;

/** At a hundred moments a second, a minute. */
const MAX_MOMENTS = 6_000;

/** Counts what happens. */
export class Records {
  readonly handshakes: Record<string, number> = {};
  readonly logins: { at: number; outcome: string }[] = [];
  readonly restCalls: Record<string, number> = {};
  readonly requests: string[] = [];
  sockets = 0;
  maxSockets = 0;
  pings = 0;
  packets = 0;
  dropped = 0;

  #moments: Moment[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  handshake(status: number): void {
    this.handshakes[status] = (this.handshakes[status] ?? 0) + 1;
  }

  login(outcome: string): void {
    if (this.logins.length >= MAX_REQUESTS) this.logins.shift();
    this.logins.push({ at: this.#clock.now(), outcome });
  }

  rest(call: string): void {
    this.restCalls[call] = (this.restCalls[call] ?? 0) + 1;
  }

  request(text: string): void {
    if (this.requests.length >= MAX_REQUESTS) this.requests.shift();
    this.requests.push(text);
  }

  /** The next write goes up to these sequence numbers. */
  moment(sequences: Moment["sequences"]): void {
    // Half of them at a time, since taking one from the front each time costs as much as keeping all.
    if (this.#moments.length >= 2 * MAX_MOMENTS) this.#moments = this.#moments.slice(MAX_MOMENTS);
    this.#moments.push({ at: this.#clock.now(), sequences });
  }

  /** At least the last {@linkcode MAX_MOMENTS}, oldest first. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  /** What has been counted until now; later events do not change it. */
  copy(): Omit<Stats, "subscriptions"> {
    const { sockets, maxSockets, pings, packets, dropped } = this;
    return {
      sockets,
      maxSockets,
      handshakes: { ...this.handshakes },
      logins: [...this.logins],
      restCalls: { ...this.restCalls },
      requests: [...this.requests],
      pings,
      packets,
      dropped,
    };
  }

  opened(): void {
    this.maxSockets = Math.max(this.maxSockets, ++this.sockets);
  }

  closed(): void {
    this.sockets--;
  }
}
