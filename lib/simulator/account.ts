import { TOTP } from "otpauth";
import type { Clock } from "../util/clock.ts";
import type { CallLimits } from "../smartapi/data_calls.ts";
import { DAY_MS, istDate, istMidnight } from "../market/ist.ts";

/** The one account that the simulated broker knows. */
export interface SimulatedCredentials {
  readonly clientCode: string;
  readonly pin: string;
  readonly apiKey: string;
  readonly totpSecret: string;
}

export const SIMULATED_CREDENTIALS: SimulatedCredentials = {
  clientCode: "SIM001",
  pin: "1234",
  apiKey: "simkey",
  totpSecret: "JBSWY3DPEHPK3PXP",
};

export interface Tokens {
  readonly jwtToken: string;
  readonly refreshToken: string;
  readonly feedToken: string;
}

type TokenKind = keyof Tokens;

const HOUR_MS = 3_600_000;

/** Issues tokens and knows which are good: those of today that no logout has ended. */
export class Account {
  /** The day on which each token was issued. */
  readonly #issued = new Map<string, { readonly kind: TokenKind; readonly day: string }>();
  readonly #calls = new Map<string, number[]>();
  #serial = 0;

  constructor(readonly credentials: SimulatedCredentials, private readonly clock: Clock) {}

  /** The code of the refusal that a login earns, or undefined. */
  refusal(clientCode: unknown, pin: unknown, code: unknown, apiKey: string | undefined): string | undefined {
    const { credentials } = this;
    if (apiKey !== credentials.apiKey) return "AB1034";
    if (clientCode !== credentials.clientCode || pin !== credentials.pin) return "AB1007";
    const totp = new TOTP({ secret: credentials.totpSecret });
    const delta = typeof code === "string"
      ? totp.validate({ token: code, timestamp: this.clock.now(), window: 1 })
      : null;
    return delta === null ? "AB1050" : undefined;
  }

  issue(): Tokens {
    const day = istDate(this.clock.now());
    const now = this.clock.now();
    const claims = {
      username: this.credentials.clientCode,
      iat: Math.floor(now / 1000),
      exp: (istMidnight(now) + DAY_MS) / 1000,
    };
    const token = (kind: TokenKind) => {
      const text = jwtLike({ kind, serial: ++this.#serial, ...claims });
      this.#issued.set(text, { kind, day });
      return text;
    };
    return {
      jwtToken: token("jwtToken"),
      refreshToken: token("refreshToken"),
      feedToken: token("feedToken"),
    };
  }

  isGood(kind: TokenKind, token: string | undefined): boolean {
    const issued = this.#issued.get(token ?? "");
    return issued !== undefined && issued.kind === kind && issued.day === istDate(this.clock.now());
  }

  /** Whether it was good on an earlier day. */
  isExpired(kind: TokenKind, token: string | undefined): boolean {
    const issued = this.#issued.get(token ?? "");
    return issued !== undefined && issued.kind === kind && issued.day !== istDate(this.clock.now());
  }

  end(token: string): void {
    this.#issued.delete(token);
  }

  /** Ends all feed tokens there are. */
  endFeedTokens(): void {
    for (const [token, { kind }] of this.#issued) if (kind === "feedToken") this.#issued.delete(token);
  }

  /** Notes a call, and answers whether there were too many of its kind within the last second, minute or hour. */
  exceeds(call: string, { second, minute = Infinity, hour = Infinity }: CallLimits): boolean {
    const now = this.clock.now();
    const recent = (this.#calls.get(call) ?? []).filter((at) => at > now - HOUR_MS);
    this.#calls.set(call, recent);
    const within = (ms: number) => recent.filter((at) => at > now - ms).length;
    if (within(1_000) >= second || within(60_000) >= minute || recent.length >= hour) return true;
    recent.push(now);
    return false;
  }
}

/** Shaped as the broker's: three parts, the first of them saying HS512. Clients must not read them. */
function jwtLike(claims: Record<string, unknown>): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const signature = Array.from(
    crypto.getRandomValues(new Uint8Array(48)),
    (byte) => (byte & 15).toString(16),
  );
  return `${part({ alg: "HS512" })}.${part(claims)}.${signature.join("")}`;
}
