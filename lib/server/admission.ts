import type { AccessList } from "../access/access_list.ts";
import { ANYONE, type Entitlement } from "../access/entitlement.ts";
import type { SessionTokens, SignIn } from "../access/session_tokens.ts";
import type { Clock } from "../util/clock.ts";
import type { Limits } from "../config/limits.ts";
import { RateLimits } from "../util/rate_limits.ts";
import { Secret } from "../util/secret.ts";
import { addressKey } from "./address.ts";
import { originProblem, shown } from "./origin.ts";
import { RefusalLog } from "./refusal_log.ts";

/** Why a connection was refused; the names are those of the metric. */
export const REJECT_REASONS = [
  "handshake",
  "origin",
  "token",
  "rate",
  "clients",
  "clients_per_address",
] as const;

export type RejectReason = typeof REJECT_REASONS[number];

/** A refusal, to be answered before the handshake. */
export interface Refusal {
  readonly status: 401 | 403 | 429 | 503;
  readonly text: string;
  readonly headers?: Record<string, string>;
}

export interface AdmissionOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly allowedOrigins: readonly string[];
  /** Whether only this machine can connect. */
  readonly loopbackOnly: () => boolean;
  /** Without one, everybody is let in who is not refused for another reason. */
  readonly access?: AccessList | undefined;
  /** Reads the tokens that a login in the broker's way gave. */
  readonly sessions?: SessionTokens | undefined;
}

/** So many handshakes at once as are allowed in this many seconds: a page and five scripts start together. */
const BURST_SECONDS = 5;

/** The answer to a wrong token comes after this, doubled with each further one up to the cap. */
const SLOW_FROM_MS = 500;
const SLOW_TO_MS = 8_000;

/** An address that tried no wrong token for this long begins anew. */
const FORGIVE_AFTER_MS = 600_000;

/** Addresses that are remembered, for their rate and their wrong tokens each. */
const MAX_ADDRESSES = 10_000;

/** Admission control: decides who is let in, and counts who was not. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #refused = new Map<RejectReason, number>();
  /** Places that are taken, by address: from the handshake until we close the socket, or it is gone. */
  readonly #places = new Map<string, number>();
  #all = 0;
  readonly #rates: RateLimits;
  readonly #wrong = new Map<string, { count: number; at: number }>();
  readonly #log: RefusalLog;

  constructor(options: AdmissionOptions) {
    const { clock, limits: { handshakesPerSecond: rate } } = options;
    this.#options = options;
    this.#rates = new RateLimits(clock, rate, rate * BURST_SECONDS, MAX_ADDRESSES);
    this.#log = new RefusalLog(clock);
  }

  /** How many were refused since the start, by reason. */
  get refused(): ReadonlyMap<RejectReason, number> {
    return this.#refused;
  }

  /** Whether tokens are needed at all. */
  get guarded(): boolean {
    return this.#options.access !== undefined;
  }

  /** Counts a refusal and logs it, once for each peer and hour. @param sentence What the peer is answered. */
  note(reason: RejectReason, peer: string, sentence: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
    this.#log.refused(reason, peer, sentence);
  }

  #refuse(reason: RejectReason, peer: string, refusal: Refusal): Refusal {
    this.note(reason, peer, refusal.text);
    return refusal;
  }

  /** Refuses pages of other origins, and host names that are not ours. */
  checkOrigin(headers: Headers): Refusal | undefined {
    const why = originProblem(headers.get("host"), headers.get("origin"), {
      allowed: this.#options.allowedOrigins,
      loopbackOnly: this.#options.loopbackOnly(),
      guarded: this.guarded,
    });
    if (why === undefined) return undefined;
    const peer = shown(headers.get("origin") ?? headers.get("host") ?? "an unnamed host");
    return this.#refuse("origin", peer, { status: 403, text: why });
  }

  /** Refuses a new client of an address that comes too fast, or has too many. */
  checkCapacity(address: string): Refusal | undefined {
    const { limits } = this.#options;
    const key = addressKey(address);
    if (!this.#rates.take(key)) {
      const text = `More than ${limits.handshakesPerSecond} new connections per second from one address`;
      return this.#refuse("rate", key, { status: 429, text, headers: { "retry-after": "1" } });
    }
    if ((this.#places.get(key) ?? 0) >= limits.clientsPerAddress) {
      const text =
        `${limits.clientsPerAddress} clients of this address are connected; MAX_CLIENTS_PER_ADDRESS allows more`;
      return this.#refuse("clients_per_address", key, {
        status: 429,
        text,
        headers: { "retry-after": "10" },
      });
    }
    if (this.#all >= limits.clients) {
      const text = `${limits.clients} clients are connected; MAX_CLIENTS allows more`;
      return this.#refuse("clients", key, { status: 503, text, headers: { "retry-after": "10" } });
    }
  }

  /** Takes a place. @returns Gives it back, once. */
  acquire(address: string): () => void {
    const key = addressKey(address);
    this.#places.set(key, (this.#places.get(key) ?? 0) + 1);
    this.#all++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#all--;
      const left = this.#places.get(key)! - 1;
      if (left > 0) this.#places.set(key, left);
      else this.#places.delete(key);
    };
  }

  /**
   * What a token permits; undefined, after a while that grows with each try of the address, when it is not good. A good
   * one is never slowed, whoever else tries from the same address.
   */
  async entitlementOf(token: string, address: string): Promise<Entitlement | undefined> {
    return (await this.signIn([token], address))?.entitlement;
  }

  /** The same for several tokens, of which one has to be good: who shows the first such one. */
  async signIn(tokens: readonly string[], address: string): Promise<SignIn | undefined> {
    const { access, sessions } = this.#options;
    if (access === undefined) return { entitlement: ANYONE };
    for (const token of tokens) {
      const entitlement = access.entitlementOf(token);
      if (entitlement !== undefined) return { entitlement, accessToken: new Secret(token) };
      const claims = sessions?.claimsOf(token);
      // A refresh token is good for new tokens, and for nothing else.
      if (claims !== undefined && claims.kind !== "refresh") return claims.signIn;
    }
    if (tokens.length > 0) await this.#slow(addressKey(address));
  }

  /**
   * The refusal of a token that was not good, or was not given.
   *
   * @param address Of the peer.
   */
  unauthorised(given: boolean, address: string): Refusal {
    const text = given
      ? "This access token is not known, or has expired"
      : "An access token is needed: as Authorization: Bearer …, or as ?token=…";
    const headers = { "www-authenticate": "Bearer" };
    return this.#refuse("token", addressKey(address), { status: 401, text, headers });
  }

  #slow(key: string): Promise<void> {
    const { clock } = this.#options;
    const now = clock.elapsed();
    const before = this.#wrong.get(key);
    const count = before === undefined || now - before.at > FORGIVE_AFTER_MS ? 1 : before.count + 1;
    // Last in, so that the first is the one that was quiet for the longest.
    this.#wrong.delete(key);
    makeRoom(this.#wrong);
    this.#wrong.set(key, { count, at: now });
    const wait = Math.min(SLOW_TO_MS, SLOW_FROM_MS * 2 ** (count - 1));
    return new Promise((resolve) => clock.after(wait, resolve));
  }
}

function makeRoom(map: Map<string, unknown>): void {
  if (map.size < MAX_ADDRESSES) return;
  const [first] = map.keys();
  map.delete(first!);
}
