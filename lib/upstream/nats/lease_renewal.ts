import { getLogger } from "@logtape/logtape";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import { type LeaseAnswer, SNAPSHOT_KEYS } from "../../nats/messages.ts";
import { RENEW_MS } from "../../nats/timing.ts";
import type { Clock } from "../../util/clock.ts";
import type { HubRequests, Snapshot } from "./hub_requests.ts";

export interface LeaseRenewalOptions {
  readonly clock: Clock;
  readonly requests: Pick<HubRequests, "lease" | "snapshot">;
  /** Whether anyone is there to be asked. */
  readonly isAlive: () => boolean;
  /** Of the hub that is to be asked. */
  readonly epoch: () => number | undefined;
  readonly wanted: () => ReadonlyMap<InstrumentKey, Mode>;
  /** @returns Whether the answer is one to go by. */
  readonly leased: (answer: LeaseAnswer, askedAt: number) => boolean;
  /** Whose last values are to be asked for. */
  readonly unsynced: () => readonly InstrumentKey[];
  /** @returns Whether to go on. */
  readonly synced: (snapshot: Snapshot, keys: readonly InstrumentKey[]) => boolean;
}

/** After a request without an answer. */
const RETRY_MS = 1_000;

const log = getLogger(["nats"]);

/** Says what is wanted, again and again and after each change, and asks for the last values that are missing. */
export class LeaseRenewal {
  /** When the next one is due, elapsed ms. */
  #dueAt = 0;
  #isUnderWay = false;
  #isFailing = false;
  #stopped = false;

  constructor(private readonly options: LeaseRenewalOptions) {}

  /** Something has changed: the next renewal is due. */
  hasten(): void {
    this.#dueAt = 0;
    this.renew();
  }

  /** Renews, if it is time to. */
  async renew(): Promise<void> {
    const { clock, isAlive } = this.options;
    if (this.#isUnderWay || this.#stopped || clock.elapsed() < this.#dueAt || !isAlive()) return;
    this.#isUnderWay = true;
    this.#dueAt = clock.elapsed() + RENEW_MS;
    try {
      await this.#ask();
      this.#isFailing = false;
    } catch (error) {
      this.#dueAt = clock.elapsed() + RETRY_MS;
      if (!this.#isFailing) log.warn("the hub did not answer: {error}", { error: (error as Error).message });
      this.#isFailing = true;
    }
    this.#isUnderWay = false;
    this.renew();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #ask(): Promise<void> {
    const { clock, epoch, leased, requests, synced, unsynced, wanted } = this.options;
    const askedAt = clock.elapsed();
    const answer = await requests.lease(new Map(wanted()), epoch());
    if (this.#stopped) return;
    if (!leased(answer, askedAt)) throw new Error("its answer is of another time");
    const missing = unsynced();
    for (let i = 0; i < missing.length;) {
      const asked = missing.slice(i, i + SNAPSHOT_KEYS);
      const snapshot = await requests.snapshot(asked, epoch());
      const answered = asked.slice(0, snapshot.answered);
      if (this.#stopped || !synced(snapshot, answered)) return;
      i += answered.length;
    }
  }
}
