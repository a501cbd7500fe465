import { type Exchange, EXCHANGES, type InstrumentKey, splitKey } from "../market/market.ts";

/** An exchange's instruments are spread over so many subjects, so that an edge takes no more than it needs. */
export const SHARDS = 16;

/** What an edge can ask the hub for. There is nothing else. */
export const ASKS = ["lease", "snapshot", "data"] as const;

export type Ask = typeof ASKS[number];

/** Names of edges and prefixes: parts of a subject without any of its signs. */
export const NAME = /^[A-Za-z0-9_-]{1,40}$/;

/**
 * The subjects of one hub and its edges:
 *
 * - `PREFIX.ticks.EXCHANGE.SHARD`: batches of packets
 * - `PREFIX.beat`: each second, how the hub stands
 * - `PREFIX.news`: what happens to the feed
 * - `PREFIX.ask.EDGE.lease`, `.snapshot` and `.data`: requests of an edge, answered at `_INBOX_EDGE.>`
 */
export class Subjects {
  readonly beat: string;
  readonly news: string;
  /** All requests of all edges. */
  readonly asks: string;

  constructor(readonly prefix: string) {
    this.beat = `${prefix}.beat`;
    this.news = `${prefix}.news`;
    this.asks = `${prefix}.ask.*.*`;
  }

  ticks(topic: Topic): string {
    return `${this.prefix}.ticks.${topic}`;
  }

  ask(edge: string, ask: Ask): string {
    return `${this.prefix}.ask.${edge}.${ask}`;
  }

  /** Who asks for what; undefined for any other subject. */
  readAsk(subject: string): { readonly edge: string; readonly ask: Ask } | undefined {
    const parts = subject.slice(this.prefix.length).split(".");
    const [, , edge = "", word] = parts;
    const ask = ASKS.find((each) => each === word);
    return ask !== undefined && NAME.test(edge) && parts.length === 4 ? { edge, ask } : undefined;
  }
}

/** Where an edge's answers arrive: each edge has a place of its own, which others may not listen to. */
export function inboxPrefix(edge: string): string {
  return `_INBOX_${edge}`;
}

/** The end of a subject for ticks, such as `nse.7`. */
export type Topic = `${Exchange}.${number}`;

export const TOPICS: readonly Topic[] = EXCHANGES.flatMap((exchange) =>
  Array.from({ length: SHARDS }, (_, shard): Topic => `${exchange}.${shard}`)
);

export function topicOf(key: InstrumentKey): Topic {
  const { exchange, token } = splitKey(key);
  // FNV-1a of the token: tokens of one kind lie close together, and are to be spread all the same.
  let hash = 0x811c9dc5;
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return `${exchange}.${(hash >>> 8) % SHARDS}`;
}
