import type { InstrumentKey } from "../market/market.ts";
import type { RecordedEvent } from "../recording/recorded_event.ts";

/** A time of which the recording does not have what was traded. Times in ms since the Unix epoch. */
export interface Gap {
  readonly kind:
    /** There was no connection to the broker. */
    | "feed_down"
    /** There was one, and nothing came over it in trading hours. */
    | "feed_silent"
    /** The broker has let nobody in. */
    | "feed_refused"
    /** The disk did not take what came. */
    | "not_written"
    /** The proxy did not run, or did not record. */
    | "not_recorded"
    /** A part of the file cannot be read. */
    | "damaged";
  readonly from: number;
  /** Undefined where the recording does not say when it was over. */
  readonly to?: number | undefined;
  readonly reason: string;
  /** Undefined where it concerns all. */
  readonly keys?: readonly InstrumentKey[] | undefined;
}

/** What an outage is known by until it is over. */
interface Outage {
  readonly kind: Gap["kind"];
  readonly from: number;
  readonly reason: string;
}

/** What follows on a day's recording: the next day's goes on with it, it begins anew, or there is none. */
export type Sequel = "goes_on" | "begins_anew" | "none";

/** Finds the gaps of a day by its events, in the order in which they came. */
export class GapFinder {
  readonly #down = new Map<InstrumentKey, Outage>();
  #refused: Outage | undefined;
  /** When the last record came. */
  #last: number;
  #isEmpty = true;
  #stopped = false;

  /** @param midnight With which the day began, and that with which it ends; ms since the Unix epoch. */
  constructor(private readonly midnight: { readonly from: number; readonly to: number }) {
    this.#last = midnight.from;
  }

  /** Records came, up to this time. */
  sawUntil(at: number): void {
    this.#last = Math.max(this.#last, at);
    this.#isEmpty = false;
  }

  /** The gaps that an event ends, or tells of. */
  event(event: RecordedEvent, at: number): Gap[] {
    // It stands before everything else, also before a start.
    if (event.kind === "phase") return [];
    const gaps = this.#gapsOf(event, at);
    this.sawUntil(at);
    this.#stopped = event.kind === "stop";
    return gaps;
  }

  /** The gaps that are not over when the recording of the day ends. */
  end(sequel: Sequel): Gap[] {
    const open = this.#close(undefined);
    if (sequel === "goes_on") return open;
    return [...open, {
      kind: "not_recorded",
      from: this.#last,
      to: sequel === "begins_anew" || this.#stopped ? this.midnight.to : undefined,
      reason: this.#stopped ? "the proxy was stopped" : "the recording ends here",
    }];
  }

  #gapsOf(event: RecordedEvent, at: number): Gap[] {
    switch (event.kind) {
      case "down":
      case "silent": {
        const kind = event.kind === "down" ? "feed_down" : "feed_silent";
        const outage: Outage = { kind, from: event.since, reason: event.cause.message };
        for (const key of event.keys) if (!this.#down.has(key)) this.#down.set(key, outage);
        return [];
      }
      case "up":
        return [...this.#closeRefusal(event.to), this.#up(event)];
      case "refused":
        this.#refused ??= { kind: "feed_refused", from: event.since, reason: event.cause.message };
        return [];
      case "lost":
        return [{
          kind: "not_written",
          from: event.from,
          to: event.to,
          reason: `${event.records} records are lost: ${event.reason}`,
        }];
      case "subscribed":
        for (const key of event.ended) this.#down.delete(key);
        return [];
      case "start":
        return this.#start(at);
      default:
        return [];
    }
  }

  #up({ from, to, keys }: Extract<RecordedEvent, { kind: "up" }>): Gap {
    const outage = keys.map((key) => this.#down.get(key)).find((each) => each !== undefined);
    for (const key of keys) this.#down.delete(key);
    return { kind: outage?.kind ?? "feed_down", from, to, reason: outage?.reason ?? "", keys };
  }

  #start(at: number): Gap[] {
    const reason = this.#isEmpty
      ? "the recording begins here"
      : this.#stopped
      ? "the proxy was stopped"
      : "the proxy ended without a word";
    return [...this.#close(this.#last), { kind: "not_recorded", from: this.#last, to: at, reason }];
  }

  /** Ends what is open; whatever of it has one beginning is one gap. */
  #close(to: number | undefined): Gap[] {
    const gaps: Gap[] = Array.from(
      Map.groupBy(this.#down, ([, outage]) => outage),
      ([outage, rows]) => ({ ...outage, to, keys: rows.map(([key]) => key) }),
    );
    this.#down.clear();
    return [...gaps, ...this.#closeRefusal(to)];
  }

  #closeRefusal(to: number | undefined): Gap[] {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused === undefined ? [] : [{ ...refused, to }];
  }
}
