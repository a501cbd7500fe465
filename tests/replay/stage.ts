import { ANYONE, type Entitlement } from "../../lib/access/entitlement.ts";
import type { ClientHandle, Passage } from "../../lib/clients/protocol.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import type { Instruments } from "../../lib/instruments/instrument.ts";
import type { Recorder } from "../../lib/recording/recorder.ts";
import { Replays } from "../../lib/replay/replays.ts";
import { SessionTokens } from "../../lib/access/session_tokens.ts";
import { turn } from "../../lib/util/pace.ts";
import { FakeSocket } from "../clients/fake_socket.ts";
import { Stage } from "../clients/stage.ts";
import { at, DATE, record } from "../export/recorded.ts";
import { FakeClock } from "../fakes.ts";
import { builtInCatalog } from "../instruments/catalog_of.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { builtInCalendar } from "../hours.ts";

export { at, DATE };

// deno-lint-ignore no-explicit-any
export type Message = Record<string, any>;

/** Rounds of the event loop after which what has not happened will not happen. */
const MOST_ROUNDS = 100_000;

/** After so many rounds that do nothing but spin, the disk is given a moment. */
const SPINS = 20;

/** Lets files and promises go on until something is so, and does something in each round. */
export async function until(isSo: () => boolean, each: () => void = () => {}): Promise<void> {
  for (let round = 1; !isSo(); round++) {
    if (round > MOST_ROUNDS) throw new Error(`it does not come to be so: ${isSo}`);
    await (round % SPINS === 0 ? new Promise((resolve) => setTimeout(resolve, 0)) : turn());
    each();
  }
}

/** A client of a replay, with its socket in the hand. */
export class ReplayClient {
  constructor(readonly socket: FakeSocket, private readonly handle: ClientHandle) {}

  send(command: Message): void {
    this.handle.received(JSON.stringify(command));
  }

  leave(): void {
    this.handle.gone();
  }

  get messages(): Message[] {
    return this.socket.messages();
  }

  get ticks(): Message[] {
    return this.socket.ticks();
  }

  prices(): number[] {
    return this.ticks.map(({ last_traded_price }) => last_traded_price);
  }

  of(type: string): Message[] {
    return this.messages.filter((message) => message.type === type);
  }

  /** The answer to the last command. */
  get answer(): Message | undefined {
    return this.messages.findLast(({ status, type }) => type === undefined && status !== undefined);
  }
}

/** Recorded days, and the wires on which they are replayed. */
export class ReplayStage implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly live = new Stage();
  readonly replays;

  /** @param instruments The list of today. @param clock That of this machine. */
  constructor(
    instruments: Instruments = builtInCatalog([]),
    readonly clock = new FakeClock(at("10:00:00", "2026-11-23")),
  ) {
    this.replays = new Replays({
      folder: this.folder.path,
      clock: this.clock,
      limits: DEFAULT_LIMITS,
      instruments,
      calendar: builtInCalendar(),
      version: "1.2.3",
      epoch: "this run",
      sessions: new SessionTokens(this.clock),
    });
  }

  record(act: (recorder: Recorder, clock: FakeClock) => void | Promise<void>, from = at("10:00:00")) {
    return record(this.folder.path, act, new FakeClock(from));
  }

  /** What is wrong with an address, or the way in. */
  open(query: string, wire: "json" | "smart_stream" = "json"): Passage | string {
    const protocols = this.replays.protocols(this.live.pipeline.protocols);
    const protocol = wire === "json"
      ? protocols.find(({ paths }) => paths.includes("/replay"))
      : protocols.find(({ name }) => name === wire);
    const handshake = { query: new URLSearchParams(query), headers: new Headers() };
    return protocol!.open(handshake) as Passage | string;
  }

  join(
    query = `date=${DATE}&encoding=json`,
    { wire = "json", entitlement = ANYONE }: { wire?: "json" | "smart_stream"; entitlement?: Entitlement } =
      {},
  ): ReplayClient {
    const passage = this.open(query, wire);
    if (typeof passage === "string") throw new Error(passage);
    const socket = new FakeSocket();
    return new ReplayClient(
      socket,
      passage.join(socket, { from: "127.0.0.1:1", peer: "127.0.0.1", entitlement }),
    );
  }

  /** A client that has subscribed to all that was recorded at NSE. */
  subscribed(query?: string): ReplayClient {
    const client = this.join(query);
    client.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
    return client;
  }

  /** Lets files and promises go on, and time by so much in each round, until something is so. */
  until(isSo: () => boolean, ms = 0): Promise<void> {
    return until(isSo, () => this.clock.advance(ms));
  }

  /** Lets time pass in small steps, and everything happen in it. */
  async pass(ms: number, step = 50): Promise<void> {
    const end = this.clock.elapsed() + ms;
    while (this.clock.elapsed() < end) {
      for (let i = 0; i < 5; i++) await turn();
      this.clock.advance(Math.min(step, end - this.clock.elapsed()));
    }
    for (let i = 0; i < 20; i++) await turn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.replays.stop();
    this.folder[Symbol.dispose]();
  }
}
