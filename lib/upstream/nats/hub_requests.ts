import type { InstrumentKey, Mode } from "../../market/market.ts";
import { type Batch, readBatch } from "../../nats/batch.ts";
import type { Bus } from "../../nats/bus.ts";
import { gunzipped } from "../../nats/gzip.ts";
import {
  dataAnswer,
  type LeaseAnswer,
  leaseAnswer,
  type LeaseRequest,
  readAnswer,
  type SnapshotHead,
  snapshotHead,
  splitParts,
  toJson,
  WIRE_VERSION,
} from "../../nats/messages.ts";
import type { Subjects } from "../../nats/subjects.ts";
import { ANSWER_MS, DATA_ANSWER_MS } from "../../nats/timing.ts";
import type { DataAnswer, DataBody, DataCallName, DataSource } from "../../smartapi/data_calls.ts";

export interface HubRequestsOptions {
  readonly bus: Pick<Bus, "request">;
  readonly subjects: Subjects;
  /** The name of this edge. */
  readonly edge: string;
}

/** The last packets of some instruments. */
export interface Snapshot extends SnapshotHead {
  readonly batch: Batch;
}

/** What an edge asks its hub for. */
export class HubRequests implements DataSource {
  /** Tells this run from an earlier one, whose leases may not have ended yet. */
  readonly #run = crypto.randomUUID();

  constructor(private readonly options: HubRequestsOptions) {}

  /**
   * Says what is wanted from now on; an empty set gives everything back.
   *
   * @param epoch Of the hub that is asked; any hub by default.
   * @throws {Error} There is no answer, or none that is understood.
   */
  async lease(wanted: ReadonlyMap<InstrumentKey, Mode>, epoch?: number): Promise<LeaseAnswer> {
    const request: LeaseRequest = { version: WIRE_VERSION, epoch, run: this.#run, wanted: [...wanted] };
    return readAnswer(leaseAnswer, await this.#ask("lease", request, ANSWER_MS));
  }

  /** @throws {Error} As above. */
  async snapshot(keys: readonly InstrumentKey[], epoch?: number): Promise<Snapshot> {
    const { head, body } = splitParts(
      await this.#ask("snapshot", { version: WIRE_VERSION, epoch, keys }, ANSWER_MS),
    );
    const batch = readBatch(body);
    const read = readAnswer(snapshotHead, head);
    if (batch === undefined) throw new Error("the hub's last values are not understood");
    return { ...read, batch };
  }

  async ask(call: DataCallName, body: DataBody): Promise<DataAnswer> {
    try {
      const answer = await this.#ask("data", { version: WIRE_VERSION, call, body }, DATA_ANSWER_MS);
      return readAnswer(dataAnswer, await gunzipped(answer));
    } catch (error) {
      return { kind: "failed", message: (error as Error).message };
    }
  }

  #ask(ask: "lease" | "snapshot" | "data", request: unknown, timeoutMs: number): Promise<Uint8Array> {
    const { bus, edge, subjects } = this.options;
    return bus.request(subjects.ask(edge, ask), toJson(request), timeoutMs);
  }
}
