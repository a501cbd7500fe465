import type { Clock } from "../../util/clock.ts";
import type { LoginStatus, UpstreamCause, UpstreamStatus } from "../upstream.ts";
import type { HubFollower } from "./hub_follower.ts";

/** What came from the hub, counted since the start. */
export class EdgeTraffic {
  packets = 0;
  bytes = 0;
  /** How often batches were missing. */
  lostMessages = 0;
  /** How many they were. */
  missingMessages = 0;
}

const NO_LOGIN: LoginStatus = { tries: 0, outcomes: {}, succeeded: false };

/** Whether an edge follows its hub, and how it stands then. */
export class EdgeLink {
  /** Since when, elapsed ms; undefined while it does not. */
  liveSince: number | undefined;
  /** Why it does not, once something has gone wrong. */
  cause: UpstreamCause | undefined;
  #connects = 0;
  readonly #losses: Record<string, number> = {};

  /** @param capacity Instruments that the hub gives room for. */
  constructor(
    private readonly clock: Clock,
    private readonly traffic: EdgeTraffic,
    public capacity: number,
  ) {}

  /** @returns Whether that is new. */
  found(): boolean {
    if (this.liveSince !== undefined) return false;
    this.liveSince = this.clock.elapsed();
    this.cause = undefined;
    this.#connects++;
    return true;
  }

  /** @returns Whether it was followed before, and whether the cause is worth telling. */
  lost(cause: UpstreamCause): { readonly wasLive: boolean; readonly isNew: boolean } {
    const wasLive = this.liveSince !== undefined;
    const isNew = wasLive || this.cause?.kind !== cause.kind;
    if (wasLive) this.#losses[cause.kind] = (this.#losses[cause.kind] ?? 0) + 1;
    this.liveSince = undefined;
    this.cause = cause;
    return { wasLive, isNew };
  }

  /** The state of the feed as an edge sees it: that of the hub, as long as the hub is followed. */
  status({ beat, beatAgeMs, lateMs }: Pick<HubFollower, "beat" | "beatAgeMs" | "lateMs">): UpstreamStatus {
    const isLive = this.liveSince !== undefined;
    const { packets, bytes, lostMessages, missingMessages } = this.traffic;
    return {
      ...isLive && beat !== undefined
        ? { state: beat.feed.state, ...beat.feed.reason === undefined ? {} : { reason: beat.feed.reason } }
        : this.cause === undefined
        ? { state: "connecting" }
        : { state: "down", reason: this.cause.message },
      capacity: this.capacity,
      login: beat?.login as LoginStatus | undefined ?? NO_LOGIN,
      sockets: [],
      traffic: {
        packets,
        bytes,
        refusedRequests: 0,
        connects: { connected: this.#connects },
        losses: { ...this.#losses },
      },
      hub: {
        followed: isLive,
        lateMs: Math.round(lateMs),
        beatAgeMs,
        lostMessages,
        missingMessages,
        phases: beat?.phases ?? {},
        instruments: beat?.instruments ?? { rows: 0 },
      },
    };
  }
}
