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
  /** `lenient`: only the feed token counts. */
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
  /** What happens to open sockets at 00:00 IST, when all tokens die. */
  midnight: z.enum(["drop", "mute"]),
  /** A client that says nothing for so long is cut off; 0 for never. */
  idleSeconds: z.number().nonnegative(),
  /** Cuts all sockets off every so often; 0 for never. */
  flapMs: z.number().int().nonnegative(),
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
  midnight: "drop",
  idleSeconds: 60,
  flapMs: 0,
  dateOffsetMs: 0,
};

const command = z.union([
  z.strictObject({ action: z.literal("drop_sockets"), code: z.number().int().optional() }),
  z.strictObject({
    action: z.literal("inject"),
    fault: z.enum(PACKET_FAULTS),
    times: z.number().int().min(1).max(10_000).optional(),
  }),
  z.strictObject({ action: z.literal("reset") }),
  schema.partial(),
]);

export type ControlCommand = z.infer<typeof command>;

/** Reads what came to the control address. @throws {Error} Says what is wrong with it. */
export function readControlCommand(json: unknown): ControlCommand {
  const result = command.safeParse(json);
  if (!result.success) throw new Error(z.prettifyError(result.error));
  return result.data;
}
