import type { Clock } from "../clock.ts";

/** What a test, or a curious user, may want to know of what the simulator was asked. */
export interface Stats {
  readonly sockets: number;
  readonly maxSockets: number;
  /** Handshakes by their status; 101 for those that succeeded. */
  readonly handshakes: Readonly<Record<string, number>>;
  /** When each login was tried, ms since the Unix epoch, and `ok` or the code of its refusal. */
  readonly logins: readonly { readonly at: number; readonly outcome: string }[];
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

const MAX_REQUESTS = 10_000;

/** Counts what happens. */
export class Records {
  readonly handshakes: Record<string, number> = {};
  readonly logins: { at: number; outcome: string }[] = [];
  readonly requests: string[] = [];
  sockets = 0;
  maxSockets = 0;
  pings = 0;
  packets = 0;
  dropped = 0;

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

  request(text: string): void {
    if (this.requests.length >= MAX_REQUESTS) this.requests.shift();
    this.requests.push(text);
  }

  /** What has been counted until now; later events do not change it. */
  copy(): Omit<Stats, "subscriptions"> {
    const { sockets, maxSockets, pings, packets, dropped } = this;
    return {
      sockets,
      maxSockets,
      handshakes: { ...this.handshakes },
      logins: [...this.logins],
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
