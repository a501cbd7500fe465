import { TOTP } from "otpauth";
import type { FakeBroker } from "./fake_broker.ts";
import { TOKENS } from "./fake_broker.ts";

/** All secrets of the settings; recognisable wherever they turn up. */
export const SECRETS = {
  pin: "73519246",
  apiKey: "apikeywitness",
  totpSecret: "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA",
} as const;

const LONG_SECRETS = [...Object.values(SECRETS), ...Object.values(TOKENS)];

/** Every piece of eight characters of a secret; JWTs begin alike everywhere, but no output of ours holds one. */
const PIECES = new Set(
  LONG_SECRETS.flatMap((secret) =>
    Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8).toLowerCase())
  ),
);

/** The first secret, piece of one, or one-time code that stands in a text; undefined where none does. */
export function secretIn(text: string, broker?: FakeBroker): string | undefined {
  const lower = text.toLowerCase();
  for (let at = 0; at + 8 <= lower.length; at++) {
    const piece = lower.slice(at, at + 8);
    if (PIECES.has(piece)) return piece;
  }
  const codes = new Set(broker?.logins.map(({ body }) => body.totp));
  return [...codes].find((code) => new RegExp(`\\b${code}\\b`).test(text));
}

/** The code that a login at a time is made with. */
export function codeAt(timestamp: number): string {
  return new TOTP({ secret: SECRETS.totpSecret }).generate({ timestamp });
}
