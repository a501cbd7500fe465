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

/** The marks of the pieces: nearly no other eight characters have one of them, and those few are looked up. */
const MARKS = new Uint8Array(65_536);
for (const piece of PIECES) {
  let hash = 0;
  for (let at = 0; at < piece.length; at++) hash = rolled(hash, piece.charCodeAt(at));
  MARKS[markOf(hash)] = 1;
}

/** A number of the eight last characters: each moves the one before by four of its 32 bits. */
function rolled(hash: number, code: number): number {
  return (hash << 4) ^ (code & 0xff);
}

function markOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 16;
}

/** The first secret, piece of one, or one-time code that stands in a text; undefined where none does. */
export function secretIn(text: string, broker?: FakeBroker): string | undefined {
  const lower = text.toLowerCase();
  let hash = 0;
  for (let at = 0; at < lower.length; at++) {
    hash = rolled(hash, lower.charCodeAt(at));
    if (MARKS[markOf(hash)] === 0) continue;
    const piece = lower.slice(Math.max(0, at - 7), at + 1);
    if (PIECES.has(piece)) return piece;
  }
  const codes = new Set(broker?.logins.map(({ body }) => body.totp));
  return [...codes].find((code) => new RegExp(`\\b${code}\\b`).test(text));
}

/** The code that a login at a time is made with. */
export function codeAt(timestamp: number): string {
  return new TOTP({ secret: SECRETS.totpSecret }).generate({ timestamp });
}
