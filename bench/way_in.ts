/**
 * What a tick costs on its way through, without network and load clients: from the broker's frame to the text of one
 * client that takes everything, and to those of a hundred clients that each have a list of their own. Several checkouts are measured in turns in one run, so that a change stands beside what was
 * before it; trust the ratio.
 *
 *     deno run -A bench/way_in.ts [checkout]...
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { setImmediate } from "node:timers";
import { HandClock } from "./hand_clock.ts";
import { seededRandom } from "../tests/fakes.ts";
import type { ClientSocket } from "../lib/clients/delivery/outbox.ts";
import type { Opening } from "../lib/clients/protocol.ts";
import type { Mode } from "../lib/market/market.ts";
import type { StreamEvents } from "../lib/smartapi/stream.ts";
import type { Account } from "../lib/upstream/account/account.ts";
import { AT } from "../lib/smartapi/packet_layout.ts";
import { encodePacket } from "../lib/smartapi/packet_encoder.ts";

/** Who is connected: one client that takes everything, or a hundred, each with a tenth of its own. */
type Wants = "all" | "tenths";

const CLIENTS: Readonly<Record<Wants, number>> = { all: 1, tenths: 100 };

/** What three sockets carry. */
const INSTRUMENTS = 2_970;
/** Ticks of one read, and of one turn of measuring. */
const READ = 30;
/** Between two reads of the broker other programs have the processor's caches: so much memory is read there meanwhile. */
const OTHERS_BYTES = 4 * 1024 * 1024;
/** Short, so that what else runs on the machine falls on all checkouts alike. */
const TURN = 900;
const TURNS = 350;
/** The first ones are of code that is not compiled yet. */
const WARM = 50;

/** Takes ticks. @returns µs of CPU for each. */
type Lane = () => Promise<number>;

async function laneOf(folder: string, mode: Mode, query: string, wants: Wants): Promise<Lane> {
  const load = <Module>(path: string): Promise<Module> =>
    import(new URL(`lib/${path}`, new URL(`${folder}/`, `file://${Deno.cwd()}/`)).href);
  const { createPipeline } = await load<typeof import("../lib/pipeline.ts")>("pipeline.ts");
  const { BrokerUpstream } = await load<typeof import("../lib/upstream/broker/broker_upstream.ts")>(
    "upstream/broker/broker_upstream.ts",
  );
  const { DEFAULT_POLICY } = await load<typeof import("../lib/upstream/policy.ts")>("upstream/policy.ts");
  const { MarketCalendar } = await load<typeof import("../lib/market/calendar.ts")>("market/calendar.ts");
  const { ALWAYS_OPEN } = await load<typeof import("../lib/market/calendar_file.ts")>(
    "market/calendar_file.ts",
  );
  const { DEFAULT_LIMITS } = await load<typeof import("../lib/config/limits.ts")>("config/limits.ts");
  const { ANYONE } = await load<typeof import("../lib/access/entitlement.ts")>("access/entitlement.ts");
  const { SessionTokens } = await load<typeof import("../lib/access/session_tokens.ts")>(
    "access/session_tokens.ts",
  );
  const { createInstrumentCatalog } = await load<typeof import("../lib/instruments/catalog.ts")>(
    "instruments/catalog.ts",
  );
  const tokens = Array.from({ length: INSTRUMENTS }, (_, i) => String(10_001 + i));
  const rows = [
    // Without an index no list is believed.
    rowOf({ token: "99926000", symbol: "Nifty 50", name: "NIFTY", instrumenttype: "AMXIDX" }),
    ...tokens.map((token) => rowOf({ token, symbol: `SIM${token}-EQ`, name: `SIM${token}` })),
  ];
  const clock = new HandClock();
  const { instruments, ...list } = createInstrumentCatalog({
    clock,
    random: () => 0.5,
    url: "https://example.org/list.json",
    builtIn: [],
    fetch: () => Promise.resolve(new Response(JSON.stringify(rows))),
  });
  list.start();
  await list.ready;
  let stream!: StreamEvents;
  const upstream = new BrokerUpstream({
    account: accountOf((events) => stream = events),
    clock,
    policy: { ...DEFAULT_POLICY, random: Math.random },
    maxSockets: 3,
    ticking: () => true,
  });
  const pipeline = createPipeline({
    clock,
    upstream,
    calendar: new MarketCalendar(ALWAYS_OPEN),
    instruments,
    watchlist: new Map(),
    batchMs: 10,
    limits: DEFAULT_LIMITS,
    source: "live",
    version: "0.0.0",
    epoch: "bench",
    sessions: new SessionTokens(clock),
  });
  upstream.start();
  const random = seededRandom(7);
  for (let i = 0; i < CLIENTS[wants]; i++) {
    const opening = pipeline.protocols[0]!.open({
      query: new URLSearchParams(query),
      headers: new Headers(),
    }) as Opening;
    const client = pipeline.gateway.connect(SOCKET, { from: "127.0.0.1:1", opening, entitlement: ANYONE });
    const list = wants === "all" ? tokens : tokens.filter(() => random() < 0.1);
    client.received(JSON.stringify({ command: "subscribe", exchange: "nse", tokens: list, mode }));
    await new Promise(setImmediate);
  }
  // Until all is subscribed at the broker, and none of the clients is new any more.
  for (let i = 0; i < 100; i++) {
    clock.turn(10);
    await new Promise(setImmediate);
  }
  const packets = tokens.map((token, i) => packetOf(token, mode, i));
  // Which instrument ticks next is anyone's guess.
  const order = packets.map((packet) => ({ packet, at: random() })).sort((a, b) => a.at - b.at);
  let sequence = 0;
  let next = 0;

  /** The packets of one read lie in one piece of memory. */
  function read(): Uint8Array[] {
    const now = clock.now();
    const size = packets[0]!.length;
    const chunk = Buffer.allocUnsafeSlow(READ * size);
    const view = new DataView(chunk.buffer);
    return Array.from({ length: READ }, (_, i) => {
      const at = i * size;
      chunk.set(order[next++ % order.length]!.packet, at);
      view.setUint32(at + AT.sequence, ++sequence, true);
      view.setUint32(at + AT.exchangeTime, now % 2 ** 32, true);
      view.setUint32(at + AT.exchangeTime + 4, Math.floor(now / 2 ** 32), true);
      return chunk.subarray(at, at + size);
    });
  }

  return async () => {
    let us = 0;
    for (let i = 0; i < TURN; i += READ) {
      const frames = read();
      useCaches();
      const before = cpuUs();
      for (const frame of frames) stream.binary(frame);
      us += cpuUs() - before;
      await new Promise(setImmediate);
      const half = cpuUs();
      // A hundred ticks are ten milliseconds.
      clock.turn(READ / 10);
      us += cpuUs() - half;
    }
    return us / TURN;
  };
}

const others = new Float64Array(OTHERS_BYTES / 8);

/** As other programs do meanwhile. */
function useCaches(): void {
  let sum = 0;
  for (let i = 0; i < others.length; i += 8) sum += others[i]!;
  others[0] = sum;
}

function rowOf(row: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const share = { expiry: "", strike: "-1.000000", lotsize: "1", instrumenttype: "", tick_size: "5.000000" };
  return { ...share, exch_seg: "NSE", ...row };
}

/** Takes a text as a socket would, which wants it in one piece. */
const SOCKET: ClientSocket = {
  send: (frame) => {
    if (typeof frame === "string") frame.charCodeAt(frame.length - 1);
  },
  close: () => {},
  buffered: () => 0,
};

function packetOf(token: string, mode: Mode, i: number): Uint8Array {
  const base = {
    key: `nse:${token}`,
    exchange: "nse",
    token,
    sequence: 1,
    exchangeTime: 0,
    receivedAt: 0,
    lastPrice: 100 + i / 100,
  } as const;
  const side = (from: number) =>
    Array.from({ length: 5 }, (_, n) => ({ price: from + n / 20, quantity: 100 + n, orders: 1 + n }));
  const quote = {
    ...base,
    lastQuantity: 10,
    averagePrice: 100.5,
    volume: 1_000,
    totalBuyQuantity: 5_000,
    totalSellQuantity: 6_000,
    open: 99,
    high: 120,
    low: 90,
    close: 98,
  };
  if (mode === "ltp") return encodePacket({ ...base, mode });
  if (mode === "quote") return encodePacket({ ...quote, mode });
  return encodePacket({
    ...quote,
    mode,
    lastTradeTime: Date.now() - Date.now() % 1_000,
    bids: side(99),
    asks: side(101),
  });
}

function accountOf(opened: (events: StreamEvents) => void): Account {
  return {
    session: () => Promise.resolve({ issuedAt: Date.now() }),
    openStream(_session: unknown, events: StreamEvents) {
      opened(events);
      queueMicrotask(() => events.opened());
      return { send: () => {}, pause: () => {}, resume: () => {}, close: () => {}, terminate: () => {} };
    },
    renewAt: () => Infinity,
    loginStatus: () => ({ tries: 1, outcomes: { ok: 1 }, succeeded: true }),
    publicWords: (text: string) => text,
  } as unknown as Account;
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Of the turns that others disturbed least: the median of the lowest fifth. */
function lowOf(values: readonly number[]): number {
  return medianOf(values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length / 5)));
}

const folders = Deno.args.length > 0 ? Deno.args : ["."];
console.log(
  "| clients | mode | encoding | checkout | µs of CPU a tick | the least | over the first | the least over the first's |\n| --- | --- | --- | --- | --- | --- | --- | --- |",
);
const SCENARIOS = [
  ["all", "ltp", "json"],
  ["all", "ltp", "gzip"],
  ["all", "snapquote", "json"],
  ["tenths", "ltp", "json"],
  ["tenths", "ltp", "gzip"],
] as const;
const chosen = Deno.env.get("SCENARIO");
for (const scenario of SCENARIOS) {
  const [wants, mode, encoding] = scenario;
  if (chosen !== undefined && chosen !== scenario.join()) continue;
  const lanes: Lane[] = [];
  // Whichever is made last is the quickest, by a quarter and without a reason that was found: it is not shown.
  for (const folder of [...folders, folders[0]!]) {
    lanes.push(await laneOf(folder, mode, `encoding=${encoding}`, wants));
  }
  const spent = lanes.map(() => [] as number[]);
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < lanes.length; i++) {
      // Nobody is always the first.
      const at = (i + turn) % lanes.length;
      const us = await lanes[at]!();
      if (turn >= WARM) spent[at]!.push(us);
    }
  }
  folders.forEach((name, i) => {
    const ratio = medianOf(spent[i]!.map((us, turn) => us / spent[0]![turn]!));
    console.log(
      `| ${CLIENTS[wants]}, ${wants} | ${mode} | ${encoding} | ${name} | ${
        medianOf(spent[i]!).toFixed(2)
      } | ${lowOf(spent[i]!).toFixed(2)} | ${ratio.toFixed(2)} | ${
        (lowOf(spent[i]!) / lowOf(spent[0]!)).toFixed(2)
      } |`,
    );
  });
}
Deno.exit(0);
