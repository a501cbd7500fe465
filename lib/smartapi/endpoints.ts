/**
 * Angel One's addresses, paths, numbers and limits.
 *
 * Source: SmartAPI documentation, "User", "WebSocket Streaming 2.0" and "Rate Limit"; the address tables of the
 * official JavaScript SDK 1.0.27 (`config/api.js`), against which a test holds these.
 */
export const REST_URL = "https://apiconnect.angelone.in";

export const STREAM_URL = "wss://smartapisocket.angelone.in/smart-stream";

/** The names that programs have built in, the old one as well. */
export const BROKER_HOSTS: readonly string[] = [
  new URL(REST_URL).hostname,
  new URL(STREAM_URL).hostname,
  "apiconnect.angelbroking.com",
];

/** The instrument master: one JSON array of some 35 MB, made anew each day; no login is needed. */
export const MASTER_URL = "https://margincalculator.angelone.in/OpenAPI_File/files/OpenAPIScripMaster.json";

export const PATHS = {
  login: "/rest/auth/angelbroking/user/v1/loginByPassword",
  renew: "/rest/auth/angelbroking/jwt/v1/generateTokens",
  profile: "/rest/secure/angelbroking/user/v1/getProfile",
  logout: "/rest/secure/angelbroking/user/v1/logout",
} as const;

/** Bytes of one binary packet by the number of its mode; 4 is the withdrawn twenty-level depth. */
export const PACKET_BYTES = { 1: 51, 2: 123, 3: 379, 4: 443 } as const;

/** Sockets that one client code may hold at a time; the handshake of one more is refused with 429. */
export const MAX_SOCKETS = 3;

/** (instrument, mode) pairs that one socket may hold. */
export const MAX_PAIRS_PER_SOCKET = 1000;

/** Instruments we put into one message; no limit is documented, and bursts of small messages get lost. */
export const MAX_TOKENS_PER_MESSAGE = 500;

/** Integer units of a rupee on the wire: paise, but 1e-7 rupee on the currency segment. */
export function unitsPerRupee(exchangeType: number): number {
  return exchangeType === 13 ? 10_000_000 : 100;
}
