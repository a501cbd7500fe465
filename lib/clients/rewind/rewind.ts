import { getLogger } from "@logtape/logtape";
import type { HoursOf } from "../../market/instrument_hours.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import { turn as loopTurn, until } from "../../util/pace.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { Piece } from "../delivery/encoder.ts";
import { StuckWatch } from "../stuck_watch.ts";
import type { Subscriptions } from "../subscriptions.ts";
import { RecordedFeed } from "./recorded_feed.ts";
import type { RecordedPart, RewindSource, TodaysReader } from "./rewind_source.ts";

export interface RewindOptions {
  readonly clock: Clock;
  readonly source: RewindSource;
  readonly hours: HoursOf;
  readonly subscriptions: Subscriptions;
  /** Waits until it is this client's turn to do so much work. @param units As of the work queue. */
  readonly turn: (units: number) => Promise<void>;
  readonly connection: ClientConnection;
  readonly keys: readonly InstrumentKey[];
  /** ms since the Unix epoch. */
  readonly from: number;
  /** Told at its end, between the last recorded tick and the first live one. */
  readonly completed: (rewound: Rewound) => void;
}

/** What a rewind has delivered. Times in ms since the Unix epoch. */
export interface Rewound {
  readonly from: number;
  readonly to: number;
  /** Those that are live from here on. */
  readonly keys: readonly InstrumentKey[];
  /** What the recording does not have. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
}

/** Ticks of a message, at most. */
const MAX_BATCH = 100;

/** Units of work that a message takes, or to unpack a block. */
const PIECE_UNITS = 60;

/**
 * When a round has delivered no more than so many ticks, and waited for the client no longer than so many ms, the live
 * ticks can be held back for the last one.
 */
const LAST_TICKS = 1_500;
const LAST_WAITED_MS = 500;

const log = getLogger(["clients"]);

/**
 * Delivers what was recorded of today, and then goes on live. It reads what there is, then what was recorded meanwhile,
 * and so on; when little is left, one moment divides both: what came before it is read from the recording, and what comes
 * after it is live, and waits until then. It is paced by the client's reading, and nobody else waits for it.
 */
export class Rewind {
  readonly #options: RewindOptions;
  readonly #feed: RecordedFeed;
  readonly #gaps: { readonly from: number; readonly to: number }[] = [];
  /** Of a client that is behind. */
  #behind: StuckWatch | undefined;

  /** In this round. */
  #waitedMs = 0;

  constructor(options: RewindOptions) {
    this.#options = options;
    this.#feed = new RecordedFeed(options.hours);
  }

  /** Settles when the client is live, or gone. It never rejects. */
  async run(): Promise<void> {
    const { clock, connection, from, source } = this.#options;
    let live: Divided | undefined;
    try {
      await using reader = source.open(from);
      while (connection.isOpen && !await this.#round(reader));
      if (!connection.isOpen) return;
      const modes = this.#modes();
      live = this.#divide(reader);
      for (let part = await reader.read(); part !== undefined; part = await reader.read()) {
        await this.#deliver(part, () => true, modes);
      }
      await this.#pause(() => this.#isRead());
    } catch (error) {
      log.error("client {number}: today's recording cannot be read: {error}", {
        number: connection.number,
        error,
      });
      this.#gaps.push({ from, to: live?.at ?? clock.now() });
    }
    this.#finish(live?.at ?? clock.now());
    live?.release();
  }

  /** One moment for all three: no tick comes between them. */
  #divide(reader: TodaysReader): Divided {
    const { clock, connection, keys, subscriptions } = this.#options;
    reader.mark();
    const release = connection.outbox.hold();
    subscriptions.release(connection, keys);
    return { at: clock.now(), release };
  }

  /** Delivers what is recorded by now. Answers whether little will have come in the meantime. */
  async #round(reader: TodaysReader): Promise<boolean> {
    const { connection } = this.#options;
    let ticks = 0;
    this.#waitedMs = 0;
    reader.mark();
    for (let part = await reader.read(); part !== undefined; part = await reader.read()) {
      ticks += await this.#deliver(part, () => this.#isRead());
      if (!connection.isOpen) return false;
    }
    return ticks <= LAST_TICKS && this.#waitedMs <= LAST_WAITED_MS;
  }

  /** @returns The ticks that were delivered. */
  async #deliver({ packets, missed }: RecordedPart, isRead: () => boolean, fixed?: Modes): Promise<number> {
    const { connection } = this.#options;
    this.#gaps.push(...missed);
    await this.#options.turn(PIECE_UNITS);
    let ticks = 0;
    for (let at = 0; at < packets.length && connection.isOpen; at += MAX_BATCH) {
      const { encoder } = connection.delivery;
      const modes = fixed ?? this.#modes();
      const pieces: Piece[] = [];
      for (const packet of packets.slice(at, at + MAX_BATCH)) {
        const made = this.#feed.pieceOf(packet, modes, encoder);
        if (made !== undefined) pieces.push(made.piece);
      }
      ticks += pieces.length;
      if (pieces.length > 0) {
        const payload = await encoder.encode(pieces, { source: "replay", sentAt: this.#options.clock.now() });
        connection.outbox.sendAhead(payload);
      }
      await this.#pause(isRead);
    }
    return ticks;
  }

  async #pause(isRead: () => boolean): Promise<void> {
    const { clock, connection, turn } = this.#options;
    await turn(PIECE_UNITS);
    const begun = clock.elapsed();
    await until(() => !connection.isOpen || isRead(), clock, loopTurn);
    this.#waitedMs += clock.elapsed() - begun;
  }

  /** Whether the client has read what it was sent; one that reads nothing at all is closed. */
  #isRead(): boolean {
    const { clock, connection } = this.#options;
    if (!connection.outbox.isFull) {
      this.#behind = undefined;
      return true;
    }
    this.#behind ??= new StuckWatch(clock, connection);
    this.#behind.look();
    return false;
  }

  /** What is wanted still, and how much of it. */
  #modes(): Modes {
    const { connection, keys } = this.#options;
    return new Map(keys.flatMap((key) => {
      const mode = connection.rewinding.has(key) ? connection.subscriptions.get(key) : undefined;
      return mode === undefined ? [] : [[key, mode] as const];
    }));
  }

  #finish(to: number): void {
    const { completed, connection, from, keys, subscriptions } = this.#options;
    if (!connection.isOpen) return;
    subscriptions.release(connection, keys);
    completed({ from, to, keys: keys.filter((key) => connection.subscriptions.has(key)), gaps: this.#gaps });
  }
}

/** What is live, and waits. */
interface Divided {
  /** Since when, ms since the Unix epoch. */
  readonly at: number;
  readonly release: () => void;
}

type Modes = ReadonlyMap<InstrumentKey, Mode>;
