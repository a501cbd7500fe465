import type { InstrumentKey, Tick } from "../../market/market.ts";
import type { Feeds } from "../../nats/messages.ts";

interface EdgeInstrument {
  /** The hub gives it to this edge. The batches of a subject also hold what others have. */
  granted: boolean;
  /** Since when its feed has been up at the hub, the hub's elapsed ms; null while it is down; undefined as long as that is not known. */
  feed?: number | null | undefined;
  /** Its last value is that of the hub, as far as anyone knows. */
  synced: boolean;
  /** Something of it was missed: what comes before the hub's last value is not to be used. */
  missed: boolean;
  /** When the last tick that was handed on came to the hub, the hub's elapsed ms. */
  cameAt: number;
  /** The exchange's time of the last tick that was handed on. */
  exchangeTime: number;
  /** After another hub came: nothing older than this exchange time is to be handed on. */
  fence: number;
}

/** What an edge knows of each instrument that it wants. */
export class EdgeInstruments {
  readonly #instruments = new Map<InstrumentKey, EdgeInstrument>();

  /** Takes over what is wanted. */
  follow(wanted: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.#instruments.keys()) if (!wanted.has(key)) this.#instruments.delete(key);
    for (const key of wanted.keys()) {
      if (this.#instruments.has(key)) continue;
      this.#instruments.set(key, {
        granted: false,
        synced: false,
        missed: false,
        cameAt: -Infinity,
        exchangeTime: 0,
        fence: 0,
      });
    }
  }

  has(key: InstrumentKey): boolean {
    return this.#instruments.has(key);
  }

  /** What the hub gives. */
  get granted(): ReadonlyMap<InstrumentKey, unknown> {
    return new Map(this.#instruments.entries().filter(([, { granted }]) => granted));
  }

  /** Whether the hub gives it. */
  isGranted(key: InstrumentKey): boolean {
    return this.#instruments.get(key)?.granted === true;
  }

  /** Those whose last value is to be asked for. */
  get unsynced(): InstrumentKey[] {
    return [...this.#instruments].filter(([, { granted, synced }]) => granted && !synced).map(([key]) => key);
  }

  /**
   * Takes over what the hub gives, and how its feeds stand.
   *
   * @returns What it has taken back.
   */
  grant(feeds: Feeds): InstrumentKey[] {
    const given = new Set(feeds.flatMap(([, keys]) => keys));
    const takenBack: InstrumentKey[] = [];
    for (const [key, each] of this.#instruments) {
      if (each.granted && !given.has(key)) takenBack.push(key);
      each.granted = given.has(key);
    }
    this.miss(takenBack);
    this.noteFeeds(feeds);
    return takenBack;
  }

  /** Nothing of it was ever handed on. */
  isUnseen(key: InstrumentKey): boolean {
    const each = this.#instruments.get(key);
    return each !== undefined && each.cameAt === -Infinity && each.fence === 0;
  }

  /** What came of these was missed, or of all. Answers which of them were in order before. */
  miss(keys: Iterable<InstrumentKey> = this.#instruments.keys()): InstrumentKey[] {
    const missed: InstrumentKey[] = [];
    for (const key of keys) {
      const each = this.#instruments.get(key);
      if (each === undefined) continue;
      if (each.granted && !each.missed) missed.push(key);
      each.missed = true;
      each.synced = false;
    }
    return missed;
  }

  /** Another hub: its times mean something else, and its first values may be older than what is known. */
  changeHub(): void {
    for (const each of this.#instruments.values()) {
      each.feed = undefined;
      each.cameAt = -Infinity;
      each.fence = Math.max(each.fence, each.exchangeTime);
    }
  }

  noteFeeds(feeds: Feeds): void {
    for (const [since, keys] of feeds) {
      for (const key of keys) {
        const each = this.#instruments.get(key);
        if (each !== undefined) each.feed = since;
      }
    }
  }

  /** Whether its feed is up at the hub, and nothing was missed since. */
  isUp(key: InstrumentKey): boolean {
    const each = this.#instruments.get(key);
    return each !== undefined && !each.missed && each.feed !== null;
  }

  /** Since when its feed has been up, the hub's elapsed ms; null where it is down or something was missed; undefined where nothing is known yet. */
  feedOf(key: InstrumentKey): number | null | undefined {
    const each = this.#instruments.get(key);
    return each?.missed ? null : each?.feed;
  }

  /** The hub's last value is known from here on. */
  sync(key: InstrumentKey): void {
    const each = this.#instruments.get(key);
    if (each === undefined) return;
    each.synced = true;
    each.missed = false;
  }

  /**
   * What a tick is here: `new` is to be handed on, and counts as handed on; `known` was before; of an `old` one nothing is
   * to be made.
   *
   * @param cameAt When it came to the hub, the hub's elapsed ms.
   */
  take({ key, exchangeTime }: Tick, cameAt: number, isLast: boolean): "new" | "known" | "old" {
    const each = this.#instruments.get(key);
    if (each === undefined || (each.missed && !isLast) || cameAt < each.cameAt) return "old";
    if (isLast && cameAt === each.cameAt) return "known";
    if (exchangeTime !== 0 && exchangeTime < each.fence) return "old";
    each.fence = 0;
    each.cameAt = cameAt;
    each.exchangeTime = Math.max(each.exchangeTime, exchangeTime);
    return "new";
  }
}
