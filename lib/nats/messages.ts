/** What hub and edges tell each other beside batches, as JSON. */
import { z } from "zod";
import { EXCHANGES, type InstrumentKey, isToken, MODES, splitKey } from "../market/market.ts";

/** Of all messages here; a hub and an edge that differ in it do not understand each other. */
export const WIRE_VERSION = 1;

/** Instruments that one edge can name: more than the broker carries for one account. */
const MAX_KEYS = 3_000;

/** Instruments of one request for last values: each takes up to 390 bytes of the answer. */
export const SNAPSHOT_KEYS = 500;

const key = z.string().refine((text) => {
  const { exchange, token } = splitKey(text as InstrumentKey);
  return EXCHANGES.includes(exchange) && isToken(token);
}) as unknown as z.ZodType<InstrumentKey>;

const keys = z.array(key).max(MAX_KEYS);
const version = z.literal(WIRE_VERSION);
const word = z.string().max(2_000);

/** Of the hub that is asked: another one that hears it is silent. Without one, whoever hears it answers. */
const asked = z.number().optional();

/** What an edge wants of the hub from now on: all of it, each time. */
export const leaseRequest = z.strictObject({
  version,
  epoch: asked,
  /** Tells this run of the edge's program from another one of the same name. */
  run: z.string().regex(/^[0-9a-f-]{1,40}$/),
  wanted: z.array(z.tuple([key, z.enum(MODES)])).max(MAX_KEYS),
});

/** Since when the feed of some instruments has been up, elapsed ms of the hub; null while it is down. */
const feeds = z.array(z.tuple([z.number().nullable(), keys]));

const refusal = z.object({ code: word, message: word, retryAt: z.number(), keys });

export const leaseAnswer = z.object({
  version,
  epoch: z.number(),
  elapsed: z.number(),
  source: z.enum(["live", "simulated"]),
  /** Instruments that this edge may have in all, as things stand now. */
  capacity: z.number(),
  /** Of what the edge wants. */
  feeds,
  /** What it does not get, and why. */
  refused: z.array(refusal),
});

export const snapshotRequest = z.strictObject({
  version,
  epoch: asked,
  keys: z.array(key).max(SNAPSHOT_KEYS),
});

/** What stands in front of the batch with the last packets. */
export const snapshotHead = z.object({
  version,
  epoch: z.number(),
  /** By the end of a subject: all batches up to this one are in the values. */
  sequences: z.record(z.string(), z.number()),
  /** So many of the instruments are answered, the first ones: more was too long for one message. */
  answered: z.number().int().min(1),
});

export const dataRequest = z.strictObject({
  version,
  call: word,
  body: z.record(z.string(), z.unknown()),
});

export const dataAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("answer"), status: z.number(), type: z.string(), text: z.string() }),
  z.object({ kind: z.literal("kept"), text: z.string() }),
  z.object({ kind: z.literal("busy") }),
  z.object({ kind: z.literal("failed"), message: word }),
]);

const cause = z.object({ kind: word, message: word });

const login = z.object({
  loggedInAt: z.number().optional(),
  nextAt: z.number().optional(),
  failure: cause.extend({ final: z.boolean() }).optional(),
  clockDriftMs: z.number().optional(),
  tries: z.number(),
  outcomes: z.record(z.string(), z.number()),
  succeeded: z.boolean(),
});

/** How the hub stands, each second. */
export const beat = z.object({
  version,
  epoch: z.number(),
  elapsed: z.number(),
  /** The last batch of each subject, by its end. */
  sequences: z.record(z.string(), z.number()),
  /** The last news. */
  news: z.number(),
  source: z.enum(["live", "simulated"]),
  feed: z.object({ state: z.enum(["connecting", "up", "down", "refused"]), reason: word.optional() }),
  login,
  /** What the exchanges do, by the hub's calendar. */
  phases: z.record(z.string(), z.string()),
  /** Rows of the hub's list of instruments, and of when they are. */
  instruments: z.object({ rows: z.number(), asOf: z.number().optional() }),
  /** The hub shuts down. */
  leaving: z.boolean().optional(),
});

const event = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("down"), since: z.number(), cause, keys }),
  z.object({ kind: z.literal("silent"), since: z.number(), cause, keys }),
  z.object({ kind: z.literal("up"), from: z.number(), to: z.number(), keys }),
  z.object({ kind: z.literal("refused"), since: z.number(), cause }),
  z.object({ kind: z.literal("subscription_refused"), code: word, message: word, keys }),
]);

/** What happens to the feed. */
export const news = z.object({
  version,
  epoch: z.number(),
  sequence: z.number(),
  /** What has changed. */
  feeds,
  event: event.optional(),
});

export type LeaseRequest = z.infer<typeof leaseRequest>;
export type LeaseAnswer = z.infer<typeof leaseAnswer>;
export type SnapshotHead = z.infer<typeof snapshotHead>;
export type Beat = z.infer<typeof beat>;
export type News = z.infer<typeof news>;
export type Feeds = z.infer<typeof feeds>;

/** The answer to a request that could not be served. */
const failure = z.object({ error: word });

export type Failure = z.infer<typeof failure>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function toJson(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(value));
}

/** Reads a message; undefined for one that is of another form. */
export function readJson<Read>(schema: z.ZodType<Read>, bytes: Uint8Array): Read | undefined {
  try {
    const result = schema.safeParse(JSON.parse(decoder.decode(bytes)));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an answer. @throws {Error} It is a failure, or of another form. */
export function readAnswer<Read>(schema: z.ZodType<Read>, bytes: Uint8Array): Read {
  const answer = readJson(schema, bytes);
  if (answer !== undefined) return answer;
  throw new Error(
    readJson(failure, bytes)?.error ?? "the hub's answer is not understood: are both of one version?",
  );
}

/** A JSON text and bytes as one message: the length of the text (4), the text, the bytes. */
export function joinParts(head: Uint8Array, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(4 + head.length + body.length);
  new DataView(joined.buffer).setUint32(0, head.length, true);
  joined.set(head, 4);
  joined.set(body, 4 + head.length);
  return joined;
}

/** The two parts of a message; the whole is the first one where it has no second. */
export function splitParts(bytes: Uint8Array): { readonly head: Uint8Array; readonly body: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length < 4 ? 0 : 4 + view.getUint32(0, true);
  if (end === 0 || end > bytes.length) return { head: bytes, body: new Uint8Array() };
  return { head: bytes.subarray(4, end), body: bytes.subarray(end) };
}
