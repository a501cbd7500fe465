import { getLogger } from "@logtape/logtape";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../util/clock.ts";
import { DAY_MS, istMidnight } from "../market/ist.ts";
import type { Tick } from "../market/market.ts";
import { Account, SIMULATED_CREDENTIALS, type SimulatedCredentials } from "./account.ts";
import { answerControl, type Control } from "./control.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import { listen, readBody } from "./http.ts";
import { type SimulatedInstrument, simulatedInstruments } from "./instruments.ts";
import { SimulatedMarket } from "./market.ts";
import { answerMaster, MASTER_PATH } from "./master.ts";
import { type RecordedDaySource, RecordedMarket } from "./recorded_market.ts";
import { Records } from "./records.ts";
import { answerRest } from "./rest.ts";
import type { StreamedMarket } from "./streamed_market.ts";
import { StreamServer } from "./stream_server.ts";
import { Ticker } from "./ticker.ts";

export { SIMULATED_CREDENTIALS };

export interface SimulatorOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** By default this machine alone. */
  readonly hostname?: string;
  /** By default any free one. */
  readonly port?: number;
  /** Market events per second, over all instruments that anyone has subscribed: 2 to 30,000, by default 20. */
  readonly rate?: number;
  readonly credentials?: SimulatedCredentials;
  readonly instruments?: readonly SimulatedInstrument[];
  /** Hears of each tick that is made, before it is encoded, corrupted or lost: what a test compares with. */
  readonly made?: (tick: Tick) => void;
  /** Played in the place of made-up prices. */
  readonly recorded?: RecordedDaySource;
}

export interface Simulator {
  readonly restUrl: string;
  readonly streamUrl: string;
  readonly instruments: readonly SimulatedInstrument[];
  /** Where the list of them is, as the broker writes it. */
  readonly instrumentsUrl: string;
  readonly controlUrl: string;
  readonly control: Control;
  /** Closes everything; the port is free when it settles. */
  stop(): Promise<void>;
}

const DEFAULT_RATE = 20;

const log = getLogger(["simulator"]);

/**
 * A SmartAPI that never closes: REST login, stream and control on one origin, with an account and prices that are
 * made up. Behaves as the broker is documented or was seen to, and badly on demand.
 *
 * @throws {Error} The port cannot be listened on.
 * @throws {RangeError} The rate is out of bounds.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, random } = options;
  const account = new Account(options.credentials ?? SIMULATED_CREDENTIALS, clock);
  const instruments = options.recorded?.instruments ?? options.instruments ??
    simulatedInstruments(clock.now());
  const madeUp = options.recorded === undefined
    ? new SimulatedMarket(instruments, random, options.made)
    : undefined;
  const recorded = options.recorded && new RecordedMarket(options.recorded, () => stream.clients);
  const market: StreamedMarket = madeUp ?? recorded!;
  const records = new Records(clock);
  const connections = new Set<Socket>();
  let faults: Faults = { ...NO_FAULTS };
  let disarmMidnight = () => {};
  let disarmFlap = () => {};
  const stream = new StreamServer({
    clock,
    account,
    market,
    records,
    faults: () => faults,
    used,
    changed: () => (ticker ?? recorded)?.subscriptionsChanged(),
  });
  const { clients } = stream;
  const ticker = madeUp && new Ticker({
    clock,
    random,
    market: madeUp,
    clients,
    records,
    rate: options.rate ?? DEFAULT_RATE,
    isOpen: () => faults.session === "open",
    strikesPerMinute: () => faults.strikesPerMinute,
  });

  const control: Control = {
    get faults() {
      return faults;
    },
    set(change) {
      faults = { ...faults, ...change };
      if (change.flapMs !== undefined) flap();
      if (change.idleSeconds !== undefined) { for (const client of clients) client.armIdle(); }
    },
    reset() {
      control.set(NO_FAULTS);
    },
    dropSockets(code, reason) {
      for (const client of [...clients]) client.drop(code, reason);
    },
    inject(fault, times = 1) {
      for (let i = 0; i < times; i++) for (const client of clients) client.inject(fault);
    },
    send(data) {
      for (const client of clients) client.send(data);
    },
    moments: () => records.moments,
    stats: () => ({
      ...records.copy(),
      subscriptions: [...clients].map((client) => client.subscriptions.list()),
    }),
  };

  function flap(): void {
    disarmFlap();
    if (faults.flapMs === 0) return;
    disarmFlap = clock.after(faults.flapMs, () => {
      control.dropSockets();
      flap();
    });
  }

  function armMidnight(): void {
    const now = clock.now();
    disarmMidnight = clock.after(istMidnight(now) + DAY_MS - now, () => {
      log.info("midnight: all tokens are dead");
      market.newDay();
      if (faults.midnight === "drop") control.dropSockets();
      else for (const client of clients) client.stopTicks();
      armMidnight();
    });
  }

  function used(fault: "login" | "refuseHandshake"): void {
    const current = faults[fault];
    if (current === null) return;
    const times = current.times - 1;
    faults = { ...faults, [fault]: times > 0 ? { ...current, times } : null };
  }

  const restParts = { account, faults: () => faults, used, records, instruments, market, clock };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("date", new Date(clock.now() + faults.dateOffsetMs).toUTCString());
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413).end();
    } else if (
      !answerMaster(request, response, instruments) &&
      !(await answerRest(request, response, body, restParts)) &&
      !answerControl(request, response, body, control)
    ) {
      response.writeHead(404).end("Not found");
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      // A client that goes away in the middle of its request is no failure.
      if (request.complete) log.error("a request failed: {error}", { error });
      response.destroy();
    });
  });
  server.on("upgrade", (request, connection, head) => stream.upgrade(request, connection, head));
  server.on("connection", (connection: Socket) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
  });
  const hostname = options.hostname ?? "127.0.0.1";
  const port = await listen(server, hostname, options.port ?? 0);
  armMidnight();
  const origin = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  return {
    restUrl: `http://${origin}`,
    streamUrl: `ws://${origin}/smart-stream`,
    controlUrl: `http://${origin}/control`,
    instruments,
    instrumentsUrl: `http://${origin}${MASTER_PATH}`,
    control,
    async stop() {
      ticker?.stop();
      await recorded?.stop();
      disarmMidnight();
      disarmFlap();
      stream.stop();
      control.dropSockets();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}
