import { getLogger } from "@logtape/logtape";
import { type Beat, beat, type LeaseAnswer, type News, readJson } from "../../nats/messages.ts";
import { STALE_AFTER_MS } from "../../nats/timing.ts";
import type { Clock } from "../../util/clock.ts";
import type { UpstreamCause } from "../upstream.ts";
import { HubTime } from "./hub_time.ts";

export interface HubFollowerOptions {
  readonly clock: Clock;
  readonly source: "live" | "simulated";
  /** The hub is not to be believed any more, or not yet. May be called again and again. */
  readonly lost: (cause: UpstreamCause) => void;
  /** Another hub is followed from now on. Called before {@linkcode lost}. */
  readonly changed: () => void;
}

const log = getLogger(["nats"]);

/** Which run of which hub an edge follows, and whether what comes from it is of now. */
export class HubFollower {
  readonly time = new HubTime();
  /** The last beat of the hub that is followed. */
  beat: Beat | undefined;
  /** When it came, ms since the Unix epoch. */
  lastBeatAt: number | undefined;
  /** News have come of which this one knows nothing. */
  missedNews = false;
  #epoch: number | undefined;
  /** Elapsed ms. */
  #beatCameAt = -Infinity;
  #news: number | undefined;
  #leaving = false;
  #toldUnknown = false;

  constructor(private readonly options: HubFollowerOptions) {}

  /** The number of the hub's run. */
  get epoch(): number | undefined {
    return this.#epoch;
  }

  /** Whether a beat came a moment ago. */
  get isAlive(): boolean {
    return !this.#leaving && this.options.clock.elapsed() - this.#beatCameAt <= STALE_AFTER_MS;
  }

  /** Since the last beat came, ms. */
  get beatAgeMs(): number | undefined {
    return this.beat === undefined ? undefined : this.options.clock.elapsed() - this.#beatCameAt;
  }

  /** How late the last beat was, ms. */
  get lateMs(): number {
    return this.beat === undefined ? 0 : this.#lateMs;
  }

  #lateMs = 0;

  /** Whether what left the hub then has not been on its way for too long. */
  isInTime(hubElapsed: number): boolean {
    return this.time.lateness(hubElapsed, this.options.clock.elapsed()) <= STALE_AFTER_MS;
  }

  /** Looks whether the beats have ended. */
  watch(isLive: boolean): void {
    if (!isLive || this.isAlive) return;
    this.options.lost({ kind: "silent", message: `the hub was not heard for ${STALE_AFTER_MS / 1000} s` });
  }

  /** @returns The beat, if it is one to go by. */
  onBeat(payload: Uint8Array): Beat | undefined {
    const { clock, lost, source } = this.options;
    const heard = readJson(beat, payload);
    if (heard === undefined) {
      if (!this.#toldUnknown) log.error("the hub is not understood: are both of one version?");
      this.#toldUnknown = true;
      return undefined;
    }
    // Of two hubs, the one that was started last counts, for as long as it is heard.
    if (this.#epoch !== undefined && heard.epoch < this.#epoch && this.isAlive) return undefined;
    if (heard.source !== source) {
      const message =
        `the hub's prices are ${heard.source} now, and this edge began with ${source} ones: restart it`;
      lost({ kind: "refused", message });
      return undefined;
    }
    if (heard.epoch !== this.#epoch) this.#change(heard.epoch);
    if (heard.leaving) {
      this.#leaving = true;
      lost({ kind: "closed", message: "the hub shuts down" });
      return undefined;
    }
    this.#lateMs = this.time.lateness(heard.elapsed, clock.elapsed());
    if (!this.isInTime(heard.elapsed)) {
      const seconds = Math.round(this.#lateMs / 1000);
      lost({ kind: "late", message: `what the hub sends is ${seconds} s old when it comes` });
    }
    this.beat = heard;
    this.#beatCameAt = clock.elapsed();
    this.lastBeatAt = clock.now();
    this.#leaving = false;
    this.missedNews = heard.news > (this.#news ??= heard.news);
    return this.isInTime(heard.elapsed) ? heard : undefined;
  }

  /** @returns Whether these are the hub's next news. */
  onNews({ epoch, sequence }: News): boolean {
    if (epoch !== this.#epoch || sequence <= (this.#news ?? -1)) return false;
    if (this.#news !== undefined && sequence > this.#news + 1) this.missedNews = true;
    this.#news = sequence;
    return true;
  }

  /** @returns Whether the answer is of the hub that is followed, and came in time. */
  onAnswer({ epoch, elapsed, source }: LeaseAnswer, askedAt: number): boolean {
    if (epoch !== this.#epoch || source !== this.options.source || !this.isAlive) return false;
    this.time.note(askedAt, this.options.clock.elapsed(), elapsed);
    if (this.missedNews) this.#news = Math.max(this.#news ?? 0, this.beat?.news ?? 0);
    this.missedNews = false;
    return true;
  }

  #change(epoch: number): void {
    const { changed, lost } = this.options;
    const before = this.#epoch;
    this.#epoch = epoch;
    this.#news = undefined;
    this.missedNews = false;
    this.time.reset();
    changed();
    if (before !== undefined) lost({ kind: "restarted", message: "the hub was started anew" });
  }
}
