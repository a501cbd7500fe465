import type { MarketData } from "../feed/market_data.ts";
import type { InstrumentKey } from "../market/market.ts";
import { BatchWriter } from "../nats/batch.ts";
import { type Bus, type BusMessage, tooLong } from "../nats/bus.ts";
import {
  dataRequest,
  type Feeds,
  joinParts,
  type LeaseAnswer,
  leaseRequest,
  readJson,
  type SnapshotHead,
  snapshotRequest,
  toJson,
  WIRE_VERSION,
} from "../nats/messages.ts";
import { gzipped } from "../nats/gzip.ts";
import { type Ask, ASKS, inboxPrefix, type Subjects } from "../nats/subjects.ts";
import { RENEW_MS } from "../nats/timing.ts";
import { DATA_CALLS, type DataAnswer, type DataCallName, type DataSource } from "../smartapi/data_calls.ts";
import type { Clock } from "../util/clock.ts";
import { RateLimit } from "../util/rate_limit.ts";
import type { EdgeLeases } from "./edge_leases.ts";
import type { TickPublisher } from "./tick_publisher.ts";

export interface EdgeRequestsOptions {
  readonly bus: Pick<Bus, "publish" | "maxBytes">;
  readonly clock: Clock;
  readonly subjects: Subjects;
  readonly source: "live" | "simulated";
  readonly epoch: number;
  readonly leases: EdgeLeases;
  readonly publisher: TickPublisher;
  readonly marketData: Pick<MarketData, "last" | "refusalOf">;
  readonly feeds: (keys: Iterable<InstrumentKey>) => Feeds;
  readonly data?: DataSource | undefined;
}

/** Requests of one edge, per second over a longer time, and at once. */
const REQUESTS = { perSecond: 50, burst: 200 } as const;

/** Names whose requests are counted; one that is not known any more begins anew. */
const MAX_NAMES = 200;

/** Calls for market data of one edge that are under way. */
const MAX_CALLS = 16;

/** Of a message of two parts, what stands in front; and the digits of a number in its head. */
const PARTS_BYTES = 8;

/** What is kept of an edge's requests. */
interface Asker {
  readonly rate: RateLimit;
  calls: number;
}

/** Answers what edges ask for, and nothing that they may not ask for. It never throws. */
export class EdgeRequests {
  readonly #askers = new Map<string, Asker>();
  readonly #counts = Object.fromEntries(
    [...ASKS, "other" as const].map((ask) => [ask, { answered: 0, limited: 0, ignored: 0 }]),
  ) as Record<Ask | "other", Record<"answered" | "limited" | "ignored", number>>;

  constructor(private readonly options: EdgeRequestsOptions) {}

  /** What was asked for so far, and what became of it. */
  *counts(): Generator<readonly [request: string, outcome: string, count: number]> {
    for (const [ask, outcomes] of Object.entries(this.#counts)) {
      for (const [outcome, count] of Object.entries(outcomes)) yield [ask, outcome, count];
    }
  }

  receive({ subject, payload, reply }: BusMessage): void {
    const { bus, subjects } = this.options;
    const asked = subjects.readAsk(subject);
    // Who asks chooses where the answer goes: only to its own place, and never to a subject that others listen to.
    if (asked === undefined || reply?.startsWith(`${inboxPrefix(asked.edge)}.`) !== true) {
      this.#counts[asked?.ask ?? "other"].ignored++;
      return;
    }
    const { edge, ask } = asked;
    const asker = this.#asker(edge);
    const answer = (bytes: Uint8Array | undefined) => {
      if (bytes === undefined) return;
      bus.publish(reply, bytes.length <= bus.maxBytes ? bytes : failure(tooLong(bus.maxBytes)));
    };
    const isTooMany = !asker.rate.take() || (ask === "data" && asker.calls >= MAX_CALLS);
    this.#counts[ask][isTooMany ? "limited" : "answered"]++;
    if (ask === "data") this.#data(asker, payload, isTooMany).then(answer);
    else if (isTooMany) answer(failure(`too many requests: the hub answers ${REQUESTS.perSecond} a second`));
    else answer(ask === "lease" ? this.#lease(edge, payload) : this.#snapshot(edge, payload));
  }

  #asker(edge: string): Asker {
    const known = this.#askers.get(edge);
    if (known !== undefined) return known;
    if (this.#askers.size >= MAX_NAMES) this.#askers.delete(this.#askers.keys().next().value!);
    const asker = { rate: new RateLimit(this.options.clock, REQUESTS.perSecond, REQUESTS.burst), calls: 0 };
    this.#askers.set(edge, asker);
    return asker;
  }

  #lease(edge: string, payload: Uint8Array): Uint8Array | undefined {
    const { clock, epoch, feeds, leases, marketData, source } = this.options;
    const request = readJson(leaseRequest, payload);
    if (request === undefined) {
      return failure("the hub does not understand this request: are both of one version?");
    }
    if (this.#isForOther(request)) return undefined;
    const refusals = leases.renew(edge, request.run, new Map(request.wanted));
    const retryAt = clock.now() + RENEW_MS;
    const refused = new Map<string, LeaseAnswer["refused"][number]>();
    const note = (
      key: InstrumentKey,
      { code, message, retryAt }: Omit<LeaseAnswer["refused"][number], "keys">,
    ) => {
      const group = JSON.stringify([code, message, retryAt]);
      const known = refused.get(group);
      if (known === undefined) refused.set(group, { code, message, retryAt, keys: [key] });
      else known.keys.push(key);
    };
    const served: InstrumentKey[] = [];
    for (const [key] of request.wanted) {
      const refusal = refusals.get(key);
      if (refusal !== undefined) {
        note(key, { ...refusal, retryAt });
        continue;
      }
      served.push(key);
      const ofBroker = marketData.refusalOf(key);
      if (ofBroker !== undefined) note(key, ofBroker);
    }
    const answer: LeaseAnswer = {
      version: WIRE_VERSION,
      epoch,
      elapsed: clock.elapsed(),
      source,
      capacity: leases.capacityOf(edge),
      feeds: feeds(served),
      refused: [...refused.values()],
    };
    return toJson(answer);
  }

  /** The last packets, with the batches that they contain: what was collected leaves first. */
  #snapshot(edge: string, payload: Uint8Array): Uint8Array | undefined {
    const { bus, clock, epoch, leases, marketData, publisher } = this.options;
    const request = readJson(snapshotRequest, payload);
    if (request === undefined) {
      return failure("the hub does not understand this request: are both of one version?");
    }
    if (this.#isForOther(request)) return undefined;
    publisher.flush();
    const granted = leases.of(edge);
    const writer = new BatchWriter();
    const head: SnapshotHead = { version: WIRE_VERSION, epoch, sequences: publisher.sequences, answered: 1 };
    const room = bus.maxBytes - toJson(head).length - PARTS_BYTES;
    let answered = 0;
    for (const key of request.keys) {
      const last = granted.has(key) ? marketData.last(key) : undefined;
      if (last !== undefined) {
        if (!writer.fits(last.packet.length, room)) break;
        writer.add(last.packet, last.elapsed, last.old);
      }
      answered++;
    }
    const at = { epoch, sequence: 0, elapsed: clock.elapsed(), wall: clock.now() };
    return joinParts(toJson({ ...head, answered: Math.max(1, answered) }), writer.take(at));
  }

  /** A hub that was taken for dead does not answer for the one that took its place. */
  #isForOther(request: { readonly epoch?: number | undefined }): boolean {
    return request.epoch !== undefined && request.epoch !== this.options.epoch;
  }

  async #data(asker: Asker, payload: Uint8Array, isTooMany: boolean): Promise<Uint8Array> {
    const { data } = this.options;
    const request = readJson(dataRequest, payload);
    if (request === undefined || !Object.hasOwn(DATA_CALLS, request.call)) return gzipped(failed(NOT_A_CALL));
    if (data === undefined) return gzipped(failed("the hub passes no calls on: SHARE_REST is off there"));
    if (isTooMany) return gzipped(toJson({ kind: "busy" } satisfies DataAnswer));
    asker.calls++;
    try {
      const answer = await gzipped(toJson(await data.ask(request.call as DataCallName, request.body)));
      return answer.length <= this.options.bus.maxBytes
        ? answer
        : gzipped(failed("the answer is too large: ask for less"));
    } finally {
      asker.calls--;
    }
  }
}

const NOT_A_CALL = "this is no call for market data, so the hub does not pass it on";

function failed(message: string): Uint8Array<ArrayBuffer> {
  return toJson({ kind: "failed", message } satisfies DataAnswer);
}

function failure(error: string): Uint8Array {
  return toJson({ error });
}
