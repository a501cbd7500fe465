/**
 * What a tick costs on its way in, without network and load clients: from the broker's frame to the text of one client
 * that takes everything. Several checkouts are measured in turns in one run, so that a change stands beside what was
 * before it; trust the ratio.
 *
 *     deno run -A bench/way_in.ts [checkout]...
 */
import process from "node:process";
import { setImmediate } from "node:timers";
import type { ClientSocket } from "../lib/clients/delivery/outbox.ts";
import type { Opening } from "../lib/clients/protocol.ts";
import type { Mode } from "../lib/market/market.ts";
import type { StreamEvents } from "../lib/smartapi/stream.ts";
import type { Account } from "../lib/upstream/account/account.ts";
import { AT } from "../lib/smartapi/packet_layout.ts";
import { encodePacket } from "../lib/smartapi/packet_encoder.ts";

const INSTRUMENTS = 900;
/** Ticks of one read, and of one turn of measuring. */
const READ = 10;
const TURN = 9_000;
const TURNS = 35;
/** The first ones are of code that is not compiled yet. */
const WARM = 5;

interface Lane {
  readonly name: string;
  /** Takes ticks. @returns µs of CPU for each. */
  turn(): Promise<number>;
}

async function laneOf(folder: string, mode: Mode, query: string): Promise<Lane> {
  const load = <Module>(path: string): Promise<Module> =>
    import(new URL(`lib/${path}`, new URL(`${folder}/`, `file://${Deno.cwd()}/`)).href);
  const { createPipeline } = await load<typeof import("../lib/pipeline.ts")>("pipeline.ts");
  const { systemClock } = await load<typeof import("../lib/util/clock.ts")>("util/clock.ts");
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
  const rows = tokens.map((token) => ({
    token,
    symbol: `SIM${token}-EQ`,
    name: `SIM${token}`,
    expiry: "",
    strike: "-1.000000",
    lotsize: "1",
    instrumenttype: "",
    exch_seg: "NSE",
    tick_size: "5.000000",
  }));
  const clock = systemClock;
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
    maxSockets: 1,
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
  const opening = pipeline.protocols[0]!.open({
    query: new URLSearchParams(query),
    headers: new Headers(),
  }) as Opening;
  const socket: ClientSocket = { send: () => {}, close: () => {}, buffered: () => 0 };
  const client = pipeline.gateway.connect(socket, { from: "127.0.0.1:1", opening, entitlement: ANYONE });
  client.received(JSON.stringify({ command: "subscribe", exchange: "nse", tokens, mode }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const packets = tokens.map((token, i) => packetOf(token, mode, i));
  let sequence = 0;
  return {
    name: folder,
    async turn() {
      const before = cpuUs();
      for (let i = 0; i < TURN; i++) {
        const packet = packets[i % packets.length]!;
        const view = new DataView(packet.buffer, packet.byteOffset);
        view.setUint32(AT.sequence, ++sequence, true);
        const now = Date.now();
        view.setUint32(AT.exchangeTime, now % 2 ** 32, true);
        view.setUint32(AT.exchangeTime + 4, Math.floor(now / 2 ** 32), true);
        stream.binary(packet);
        // Each read has its own turn, and some of them the time for a batch to leave.
        if (i % READ === READ - 1) await (i % 100 === 99 ? new Promise(setImmediate) : undefined);
      }
      return (cpuUs() - before) / TURN;
    },
  };
}

function packetOf(token: string, mode: Mode, i: number): Uint8Array {
  const base = {
    key: `nse:${token}`,
    exchange: "nse",
    token,
    sequence: 1,
    exchangeTime: Date.now(),
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
      return { send: () => {}, close: () => {}, terminate: () => {} };
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

const folders = Deno.args.length > 0 ? Deno.args : ["."];
console.log(
  "| mode | encoding | checkout | µs of CPU a tick | over the first |\n| --- | --- | --- | --- | --- |",
);
for (const [mode, encoding] of [["ltp", "json"], ["ltp", "gzip"], ["snapquote", "json"]] as const) {
  const lanes = await Promise.all(folders.map((folder) => laneOf(folder, mode, `encoding=${encoding}`)));
  const spent = lanes.map(() => [] as number[]);
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < lanes.length; i++) {
      // Nobody is always the first.
      const at = (i + turn) % lanes.length;
      const us = await lanes[at]!.turn();
      if (turn >= WARM) spent[at]!.push(us);
    }
  }
  lanes.forEach(({ name }, i) => {
    const ratio = medianOf(spent[i]!.map((us, turn) => us / spent[0]![turn]!));
    console.log(
      `| ${mode} | ${encoding} | ${name} | ${medianOf(spent[i]!).toFixed(2)} | ${ratio.toFixed(2)} |`,
    );
  });
}
Deno.exit(0);
