import { getLogger } from "@logtape/logtape";
import type { Entitlement } from "../access/entitlement.ts";
import type { ClientEvent } from "../clients/client_event.ts";
import { CLOSE, type Close } from "../clients/close_codes.ts";
import type { AdmittedClient, ClientHandle, ClientSocket, Handshake, Protocol } from "../clients/protocol.ts";
import { ownParameters } from "../clients/json/address_parameters.ts";
import { replayRefused } from "../clients/json/system_messages.ts";
import { MarketCalendar } from "../market/calendar.ts";
import { ALWAYS_OPEN } from "../market/calendar_file.ts";
import { listRecordings } from "../recording/folder.ts";
import { RecordedDay } from "../recording/reader.ts";
import { DamagedRecording } from "../recording/recorded_file.ts";
import { SharedTurns } from "../util/pace.ts";
import { type ReplayPipelineOptions, ReplayRefusal, ReplaySession } from "./replay_session.ts";
import { readReplayRequest, type ReplayRequest } from "./replay_request.ts";

export interface ReplaysOptions extends ReplayPipelineOptions {
  /** Where the recordings are. */
  readonly folder: string;
}

/** Days that are replayed at a time: each holds some MB, and a share of the processor. */
const MAX_SESSIONS = 32;

/** Commands that are kept while a day is being opened, in characters. */
const MAX_WAITING_LENGTH = 1024 * 1024;

const log = getLogger(["replay"]);

/** All replays, and who is let into which. */
export class Replays {
  readonly #options: ReplaysOptions;
  readonly #sessions = new Map<unknown, Promise<ReplaySession>>();
  /** Those that are open, by what they are found by. */
  readonly #open = new Map<ReplaySession, unknown>();
  readonly #turns = new SharedTurns();
  #stopping = false;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** Clients of all replays. */
  get clients(): number {
    let count = 0;
    for (const { clients } of this.#open.keys()) count += clients;
    return count;
  }

  /**
   * The same wires for recorded days.
   *
   * @param live The protocols of the live wires.
   */
  protocols(live: readonly Protocol[]): Protocol[] {
    const json = live.find(({ name }) => name === "json")!;
    return [
      ...live.map((each) => each.name === "smart_stream" ? this.#alsoReplayed(each) : each),
      this.#jsonProtocol(json),
    ];
  }

  /** Closes those whose access token is no longer good. */
  recheck(holds: (entitlement: Entitlement) => boolean): void {
    for (const { gateway } of this.#open.keys()) gateway.recheck(holds);
  }

  closeAll(event: ClientEvent, close: Close): void {
    for (const { gateway } of this.#open.keys()) gateway.closeAll(event, close);
  }

  /** Tells everyone that the proxy ends, and closes; no one is let in any more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const sessions = [...this.#sessions.values()];
    for (const { gateway } of this.#open.keys()) gateway.shutdown();
    await Promise.all(sessions.map((session) => session.then((each) => this.#close(each), () => {})));
  }

  /** Our own wire, on a path of its own. */
  #jsonProtocol(json: Protocol): Protocol {
    return {
      ...json,
      paths: ["/replay"],
      open: (handshake) => {
        const request = readReplayRequest(handshake.query, "date");
        if (typeof request === "string") return request;
        const own = { ...handshake, query: ownParameters(handshake.query) };
        const opening = json.open(own);
        if (typeof opening === "string") return opening;
        return {
          ...opening.authentication === undefined ? {} : { authentication: opening.authentication },
          join: (socket, client) => this.#join({ wire: json.name, request, handshake: own, socket, client }),
        };
      },
    };
  }

  /** The broker's wire, whose clients can name a day in the address that they have. */
  #alsoReplayed(live: Protocol): Protocol {
    return {
      ...live,
      open: (handshake) => {
        if (!handshake.query.has("replay")) return live.open(handshake);
        const request = readReplayRequest(handshake.query, "replay");
        if (typeof request === "string") return request;
        return {
          join: (socket, client) => this.#join({ wire: live.name, request, handshake, socket, client }),
        };
      },
    };
  }

  /** Opening a day takes a while: what the client sends meanwhile is kept. */
  #join(newcomer: Newcomer): ClientHandle {
    const { wire, request, handshake, socket, client } = newcomer;
    const place: Place = { waiting: [], length: 0, isGone: false, handle: undefined };
    const enter = (session: ReplaySession): void | Promise<void> => {
      if (place.isGone) return this.#closeIfEmpty(session);
      // Its last client has left in the meantime.
      if (!this.#open.has(session)) return this.#session(request).then(enter);
      const handle = session.connect(wire, handshake, socket, client);
      if (typeof handle === "string") throw new ReplayRefusal(handle);
      place.handle = handle;
      for (const frame of place.waiting.splice(0)) handle.received(frame);
    };
    this.#session(request).then(enter).catch((error) => {
      if (!place.isGone) this.#refuse(newcomer, error);
    });
    return {
      received(frame) {
        if (place.handle !== undefined) return place.handle.received(frame);
        place.length += typeof frame === "string" ? frame.length : frame.byteLength;
        if (place.length <= MAX_WAITING_LENGTH) place.waiting.push(frame);
        else socket.close(CLOSE.tooLarge.code, CLOSE.tooLarge.reason);
      },
      gone: () => {
        place.isGone = true;
        place.handle?.gone();
        for (const session of [...this.#open.keys()]) this.#closeIfEmpty(session);
      },
    };
  }

  #refuse({ wire, request, socket, client }: Newcomer, error: unknown): void {
    const isKnown = error instanceof ReplayRefusal;
    if (!isKnown) log.error("a replay could not be opened: {error}", { error });
    const message = isKnown ? error.message : "the recording cannot be read; see the proxy's log";
    log.info("no replay of {date} for {from}: {message}", {
      date: request.date,
      from: client.from,
      message,
    });
    if (wire === "json") {
      socket.send(JSON.stringify(replayRefused(message)));
    }
    const { code, reason } = error instanceof TooManyReplays ? CLOSE.replays : CLOSE.noReplay;
    socket.close(code, reason);
  }

  /** The session that a client shares, or one of its own. */
  #session(request: ReplayRequest): Promise<ReplaySession> {
    const key = request.session ?? Symbol("one client's own");
    const known = this.#sessions.get(key);
    if (known !== undefined) return known.then((session) => sharedBy(session, request));
    if (this.#sessions.size >= MAX_SESSIONS) {
      return Promise.reject(new TooManyReplays(`${MAX_SESSIONS} replays run at a time, no more`));
    }
    const opening = this.#openDay(request).then((session) => {
      this.#open.set(session, key);
      return session;
    });
    this.#sessions.set(key, opening);
    opening.catch(() => this.#sessions.delete(key));
    return opening;
  }

  async #openDay(request: ReplayRequest): Promise<ReplaySession> {
    const { folder, ...pipeline } = this.#options;
    const { date, recorded, session } = request;
    if (this.#stopping) throw new ReplayRefusal("the proxy ends");
    if (date === undefined) {
      throw new ReplayRefusal(`there is no session ${session}: name a date to begin it`);
    }
    const days = await listRecordings(folder);
    const found = days.filter((file) => file.date === date && (recorded ?? file.source) === file.source);
    // "live" stands before "simulated".
    const file = found[0];
    if (file === undefined) {
      const known = [...new Set(days.map((each) => each.date))].slice(-10);
      const there = known.length === 0
        ? "there is none at all: RECORD=on makes them"
        : `there are ${known.join(", ")}`;
      throw new ReplayRefusal(
        `there is no ${recorded ?? ""} recording of ${date}; ${there}`.replace("  ", " "),
      );
    }
    const day = await RecordedDay.open(file.path, pipeline.knownScans).catch((error) => {
      if (!(error instanceof DamagedRecording)) throw error;
      throw new ReplayRefusal(`the recording of ${date} cannot be read: ${error.reason}`);
    });
    try {
      // The market of made-up prices never closes.
      const calendar = day.source === "simulated" ? new MarketCalendar(ALWAYS_OPEN) : pipeline.calendar;
      const turn = () => this.#turns.next();
      const options = { day, date, request, turn, pipeline: { ...pipeline, calendar } };
      return await ReplaySession.open(options);
    } catch (error) {
      day[Symbol.dispose]();
      throw error;
    }
  }

  #closeIfEmpty(session: ReplaySession): void {
    if (session.clients > 0 || !this.#open.has(session)) return;
    this.#close(session).catch((error) => log.error("a replay could not be closed: {error}", { error }));
  }

  async #close(session: ReplaySession): Promise<void> {
    if (!this.#open.has(session)) return;
    this.#sessions.delete(this.#open.get(session));
    this.#open.delete(session);
    await session.stop();
  }
}

/** Who wants to be let in, and where. */
interface Newcomer {
  readonly wire: string;
  readonly request: ReplayRequest;
  readonly handshake: Handshake;
  readonly socket: ClientSocket;
  readonly client: AdmittedClient;
}

interface Place {
  readonly waiting: (string | ArrayBuffer)[];
  length: number;
  isGone: boolean;
  handle: ClientHandle | undefined;
}

class TooManyReplays extends ReplayRefusal {}

function sharedBy(session: ReplaySession, request: ReplayRequest): ReplaySession {
  if (!session.differsFrom(request)) return session;
  throw new ReplayRefusal(
    `the session ${request.session} plays something else: ${JSON.stringify(session.report())}`,
  );
}
