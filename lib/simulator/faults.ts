import { z } from "zod";

/** What a login can be answered with instead of the truth. */
export const LOGIN_ANSWERS = [
  "AB1007", // wrong client code or PIN, the application's shape
  "AB1050", // wrong one-time code
  "AB1034", // unknown API key
  "AB1006", // blocked
  "AB2001", // internal error
  "AG8001", // the gateway's shape
  "throttled", // plain text with 403
  "html_200",
  "html_403",
  "html_500",
  "html_502",
  "data_null",
  "hang",
  "reset",
] as const;

/** What can be put into the stream. */
export const PACKET_FAULTS = [
  "truncated_47",
  "truncated_50",
  "truncated_122",
  "truncated_378",
  "unknown_mode_0",
  "unknown_mode_9",
  "token_without_nul",
  "negative_price",
  "time_backwards",
  "outside_circuits",
  "crossed_book",
  "not_asked",
  "duplicate",
  "two_in_one",
  "unknown_json",
  "fragmented",
  "huge",
  "endless_text",
] as const;

export type PacketFault = typeof PACKET_FAULTS[number];

const times = z.number().int().positive();

const schema = z.strictObject({
  /** `closed`: one snapshot for each new subscription, then silence but for pongs. */
  session: z.enum(["open", "closed"]),
  /** Pongs, but no ticks. */
  mute: z.boolean(),
  /** Ticks, but no pongs. */
  silentPong: z.boolean(),
  /** Nothing at all, and the connection stays. */
  freeze: z.boolean(),
  /** Refuses so many handshakes. */
  refuseHandshake: z.strictObject({
    status: z.union([z.literal(401), z.literal(403), z.literal(429), z.literal(500), z.literal(502)]),
    times,
  }).nullable(),
  /** What becomes of a TCP connection that wants to be upgraded. */
  handshake: z.enum(["normal", "hang", "garbage"]),
  handshakeDelayMs: z.number().int().nonnegative(),
  /** `strict`: what is sent beside the feed token has to be right; `lenient`: only the feed token counts. */
  checks: z.enum(["strict", "lenient"]),
  login: z.strictObject({ answer: z.enum(LOGIN_ANSWERS), times }).nullable(),
  rateLimits: z.boolean(),
  /** How long the broker goes on counting a socket that broke off without a closing handshake. */
  ghostSeconds: z.number().nonnegative(),
  /** What a fourth socket brings about. */
  overLimit: z.enum(["refuse_newest", "close_oldest"]),
  /** What becomes of a request that goes over a socket's thousand pairs. */
  quota: z.enum(["reject", "partial", "silent"]),
  /** Whether a bare string for `tokens` is answered with an error. */
  bareTokens: z.enum(["error", "silent"]),
  /** Whether the withdrawn mode 4 is served as it was: NSE, at most fifty instruments; otherwise it is E1001. */
  legacyDepth: z.boolean(),
  /** Whether a renewal ends the feed token before it. */
  renewal: z.enum(["keeps_feed_token", "ends_feed_token"]),
  /** What a token of an earlier day is refused with. */
  expiredCode: z.enum(["AG8001", "AG8002"]),
  /** What happens to open sockets at 00:00 IST, when all tokens die. */
  midnight: z.enum(["drop", "mute"]),
  /** A client that says nothing for so long is cut off; 0 for never. */
  idleSeconds: z.number().nonnegative(),
  /** Cuts all sockets off every so often; 0 for never. */
  flapMs: z.number().int().nonnegative(),
  /** Runs the Nifty 50 up and down through so many strikes of its options in a minute; 0 for not. */
  strikesPerMinute: z.number().min(0).max(600),
  /** Added to the `Date` header: how far the broker's clock is ahead. */
  dateOffsetMs: z.number(),
});

/** How the simulator behaves; everything can be changed while it runs. */
export type Faults = z.infer<typeof schema>;

export const NO_FAULTS: Faults = {
  session: "open",
  mute: false,
  silentPong: false,
  freeze: false,
  refuseHandshake: null,
  handshake: "normal",
  handshakeDelayMs: 0,
  checks: "strict",
  login: null,
  rateLimits: true,
  ghostSeconds: 30,
  overLimit: "refuse_newest",
  quota: "reject",
  bareTokens: "error",
  legacyDepth: false,
  renewal: "keeps_feed_token",
  expiredCode: "AG8001",
  midnight: "drop",
  idleSeconds: 60,
  flapMs: 0,
  strikesPerMinute: 0,
  dateOffsetMs: 0,
};

/** What RFC 6455 lets an endpoint send. */
const closeCode = z.number().int().refine(
  (code) =>
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999),
  "must be 1000 to 1014 without 1004, 1005 and 1006, or 3000 to 4999",
);

const command = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("drop_sockets"),
    /** Without one, the connection breaks without a word. */
    code: closeCode.optional(),
    reason: z.string().max(40).optional(),
  }),
  z.strictObject({
    action: z.literal("inject"),
    fault: z.enum(PACKET_FAULTS),
    times: z.number().int().min(1).max(10_000).optional(),
  }),
  z.strictObject({ action: z.literal("send"), text: z.string() }),
  z.strictObject({ action: z.literal("send_bytes"), hex: z.string().regex(/^(?:[0-9a-fA-F]{2})*$/) }),
  z.strictObject({ action: z.literal("reset") }),
]);

const someFaults = schema.partial();

export type ControlCommand = z.infer<typeof command> | Partial<Faults>;

/**
 * Reads what came to the control address: an object with an `action`, or one of the faults to change.
 *
 * @throws {Error} Says what is wrong with it, and where.
 */
export function readControlCommand(json: unknown): ControlCommand {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Error('Send an object, such as {"mute": true} or {"action": "drop_sockets"}.');
  }
  const result = "action" in json ? command.safeParse(json) : someFaults.safeParse(json);
  if (!result.success) throw new Error(z.prettifyError(result.error));
  return result.data;
}
