/**
 * What a refusal of the broker asks of us:
 * - `final`: the credentials are wrong or the account is blocked; trying again may lock it
 * - `totp`: the one-time code was wrong; the next 30 s window may be tried, once
 * - `relogin`: the token is dead; log in again
 * - `slow_down`: too many requests, or a refusal we cannot read
 * - `retry`: a fault of the network or the broker that passes
 */
export type RefusalKind = "final" | "totp" | "relogin" | "slow_down" | "retry";

/** What a code or a sentence of the broker means, and what would help. */
export interface KnownRefusal {
  readonly kind: RefusalKind;
  readonly advice: string;
}

const final = (advice: string): KnownRefusal => ({ kind: "final", advice });
const WRONG_PIN = final("check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN");
const WRONG_KEY = final("check SMARTAPI_API_KEY");
const BLOCKED = final("the account is blocked; ask the broker");
const WRONG_CODE: KnownRefusal = {
  kind: "totp",
  advice: "check SMARTAPI_TOTP_SECRET and this machine's clock",
};
const ENDED: KnownRefusal = { kind: "relogin", advice: "the session has ended; a new login follows" };
const DEAD_TOKEN: KnownRefusal = {
  kind: "relogin",
  advice: "the token is no longer good; a new login follows",
};
const THROTTLED: KnownRefusal = {
  kind: "slow_down",
  advice: "too many requests; a minute later it may work",
};
const FAULT: KnownRefusal = {
  kind: "retry",
  advice: "the broker has a fault of its own; a minute later it may work",
};

/**
 * Sources: the "Exceptions" page of the documentation; AG8004 from the official Java SDK; AB1021, AB1034 and AB1050
 * from the official forum. AB1007 is "AMX error" in the table, and in practice the answer to a wrong client code or PIN.
 */
export const KNOWN_CODES: ReadonlyMap<string, KnownRefusal> = new Map([
  ["AB1000", WRONG_PIN],
  ["AB1001", WRONG_PIN],
  ["AB1002", final("check SMARTAPI_PIN")],
  ["AB1004", { ...FAULT, kind: "slow_down" }],
  ["AB1005", final("check SMARTAPI_CLIENT_CODE: the broker does not know this kind of user")],
  ["AB1006", BLOCKED],
  ["AB1007", WRONG_PIN],
  ["AB1010", ENDED],
  ["AB1011", ENDED],
  ["AB1021", { ...THROTTLED, advice: "too many logins; a minute later it may work" }],
  ["AB1031", final("the PIN was changed; check SMARTAPI_PIN")],
  ["AB1032", final("the broker does not know this client; check SMARTAPI_CLIENT_CODE")],
  ["AB1034", WRONG_KEY],
  ["AB1050", WRONG_CODE],
  ["AB2000", FAULT],
  ["AB2001", FAULT],
  ["AB8050", ENDED],
  ["AB8051", ENDED],
  ["AG8001", DEAD_TOKEN],
  ["AG8002", DEAD_TOKEN],
  ["AG8003", { kind: "relogin", advice: "the token is missing; a new login follows" }],
  ["AG8004", WRONG_KEY],
  ["E1001", {
    kind: "retry",
    advice: "are these tokens of today? see WATCHLIST, or what the clients ask for",
  }],
  [
    "E1002",
    {
      kind: "retry",
      advice: "a socket carries 1000 subscriptions; raise SMARTAPI_MAX_SOCKETS, or subscribe to less",
    },
  ],
]);

/** The broker's sentences, the more telling first. They say more than a code, and some come without one. */
const KNOWN_SENTENCES: readonly (readonly [RegExp, KnownRefusal])[] = [
  [
    /\b(?:switch|use|log ?in (?:by|with|via|using))\b.*\bm-?pin|login ?by ?password is not allowed/i,
    final("SMARTAPI_PIN must be the MPIN of the broker's app, not the password of the account"),
  ],
  [/exceeding|access rate|rate.?limit|too many (?:requests?|logins?)|throttl/i, THROTTLED],
  [/\b(?:blocked|locked|suspended|disabled|frozen|invalid attempts)\b/i, BLOCKED],
  [
    /\b(?:inactive|not active|dormant|deactivated|closed account|account.*closed)\b/i,
    final("the account is not active; ask the broker"),
  ],
  [/\b(?:totp|otp|one.?time)\b/i, WRONG_CODE],
  [
    /\bip\b.*\b(?:not|invalid|unregistered|unknown)|\b(?:not|invalid|unregistered|unknown)\b.*\bip\b/i,
    { kind: "slow_down", advice: "register this machine's address with the broker, at smartapi.angelone.in" },
  ],
  [/(?:api|private).?key|\bapps? not found|invalid app\b/i, WRONG_KEY],
  [
    /(?:invalid|incorrect|wrong|mismatch)\b.*\b(?:client ?(?:code|id)?|user(?: ?(?:id|name))?|password|m-?pin|pin|credentials?)\b|\b(?:user|client) not found/i,
    WRONG_PIN,
  ],
  [
    /\b(?:pin|password)\b.*\b(?:expired|reset|change)/i,
    final("the PIN has to be set anew in the broker's app; put the new one into SMARTAPI_PIN"),
  ],
  [/(?:invalid|expired|missing)\b.*\btoken|token\b.*(?:invalid|expired|missing)/i, DEAD_TOKEN],
  [/session\b.*(?:expired|invalid|ended)|not logged in|unauthori[sz]ed/i, ENDED],
  [
    /try (?:again|after)|something went wrong|internal (?:server )?error|maintenance|unavailable|timed? ?out/i,
    FAULT,
  ],
];

/** What a code and the words beside it are known to mean; a code says it better. */
export function knownRefusal(code: string, words: string): KnownRefusal | undefined {
  return KNOWN_CODES.get(code) ?? knownSentence(words);
}

/** What a sentence of the broker is known to mean. */
export function knownSentence(words: string): KnownRefusal | undefined {
  return KNOWN_SENTENCES.find(([pattern]) => pattern.test(words))?.[1];
}
