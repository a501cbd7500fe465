import { SessionTokens } from "../../lib/access/session_tokens.ts";
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { ANYONE } from "../../lib/access/entitlement.ts";
import type { Watchlist } from "../../lib/clients/instrument_selection.ts";
import { deliveryOf, type Encoding, ENCODINGS } from "../../lib/clients/json/delivery_options.ts";
import { FIELDS, TickJson } from "../../lib/clients/json/tick_json.ts";
import type { ClientHandle, Opening } from "../../lib/clients/protocol.ts";
import { MarketTick } from "../../lib/feed/market_tick.ts";
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { ALWAYS_OPEN } from "../../lib/market/calendar_file.ts";
import { createPipeline } from "../../lib/pipeline.ts";
import { catalogOf } from "../instruments/catalog_of.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import {
  higherMode,
  type InstrumentKey,
  type Mode,
  MODES,
  splitKey,
  type Tick,
} from "../../lib/market/market.ts";
import { createPacketDecoder } from "../../lib/smartapi/packet.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { readData } from "../clients/fake_socket.ts";
import { FakeUpstream } from "../fake_upstream.ts";
import { compressed, FakeClock, settle } from "../fakes.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { anyTick, ltpTick, present, quoteTick, snapQuoteTick } from "../ticks.ts";

const KEYS: readonly InstrumentKey[] = ["nse:1", "nse:2", "nse:3", "bse:1", "mcx:1", "mcx:2"];
const WATCHLIST: Watchlist = new Map([["nse", ["1", "2"]], ["mcx", ["1"]]]);
const [INDEX, SHARE] = [SIMULATED_INSTRUMENTS[0]!, SIMULATED_INSTRUMENTS[6]!];
/** A whole list, so that what it lacks is unknown. */
const { instruments: INSTRUMENTS } = await catalogOf([
  INDEX,
  ...KEYS.map((key) => ({ ...SHARE, ...splitKey(key), symbol: nameOf(key) })),
]);
const CLIENTS = 4;
const CAPACITY = 4;

/** What one client asks, whole or broken; `keys` is what it names, in order, of what exists. */
type Step =
  & { readonly client: number }
  & (
    | { readonly does: "subscribe" | "unsubscribe"; readonly command: object; readonly keys: InstrumentKey[] }
    | { readonly does: "configure"; readonly encoding?: Encoding; readonly interval?: number }
    | { readonly does: "unsubscribe_all" | "leave" | "nonsense" }
  );

const client = fc.nat(CLIENTS - 1);

/** Some instruments in each of the three ways to name them, unknown ones among them. */
const named = fc.oneof(
  fc.constantFrom("nse" as const, "mcx" as const, "bse" as const).map((exchange) => ({
    choice: { exchange },
    keys: (WATCHLIST.get(exchange) ?? []).map((token): InstrumentKey => `${exchange}:${token}`),
  })),
  fc.record({
    exchange: fc.constantFrom("nse" as const, "mcx" as const, "bse" as const),
    tokens: fc.array(fc.constantFrom("1", "2", "3", "77"), { minLength: 1, maxLength: 4 }),
  }).map(({ exchange, tokens }) => ({
    choice: { exchange, tokens },
    keys: tokens.map((token): InstrumentKey => `${exchange}:${token}`).filter((key) => KEYS.includes(key)),
  })),
  fc.array(fc.constantFrom(...KEYS, "nobody"), { minLength: 1, maxLength: 4 }).map((names) => ({
    choice: { symbols: names.map(nameOf) },
    keys: KEYS.flatMap((key) => names.includes(key) ? [key] : []).sort((a, b) =>
      names.indexOf(a) - names.indexOf(b)
    ),
  })),
);

function nameOf(key: string): string {
  return key.replace(":", " ");
}

const step: fc.Arbitrary<Step & { mode?: Mode }> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(client, named, fc.option(fc.constantFrom(...MODES), { nil: undefined })).map((
      [client, { choice, keys }, mode],
    ) => ({ client, does: "subscribe" as const, command: { ...choice, mode }, keys, mode })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(client, named).map(([client, { choice, keys }]) => ({
      client,
      does: "unsubscribe" as const,
      command: choice,
      keys,
    })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      client,
      does: fc.constant("configure" as const),
      encoding: fc.constantFrom(...ENCODINGS),
      interval: fc.constantFrom(0, 500),
    }),
  },
  fc.record({ client, does: fc.constantFrom("unsubscribe_all", "leave", "nonsense") }),
);

/** What each client wants, and how. */
class Model {
  readonly clients = Array.from({ length: CLIENTS }, fresh);

  get demand(): Map<InstrumentKey, Mode> {
    const all = new Map<InstrumentKey, Mode>();
    for (const { wants } of this.clients) {
      for (const [key, mode] of wants) all.set(key, higherMode(mode, all.get(key) ?? mode));
    }
    return all;
  }

  get audiences(): number {
    const wanting = this.clients.filter(({ wants }) => wants.size > 0);
    return new Set(
      wanting.map(({ wants, contract }) => JSON.stringify([contract, [...wants].sort()])),
    ).size;
  }

  hasPlace(key: InstrumentKey): boolean {
    const { demand } = this;
    if (demand.has(key)) return true;
    const reserved = OWNERS.filter((each) => !demand.has(each as InstrumentKey)).length;
    return CAPACITY - demand.size > (OWNERS.includes(key) ? 0 : reserved);
  }

  apply(step: Step & { mode?: Mode }): void {
    const { wants, contract } = this.clients[step.client]!;
    if (step.does === "leave") this.clients[step.client] = fresh();
    if (step.does === "unsubscribe_all") wants.clear();
    if (step.does === "configure") {
      Object.assign(contract, { encoding: step.encoding, interval: step.interval });
    }
    if (step.does === "unsubscribe") step.keys.forEach((key) => wants.delete(key));
    if (step.does === "subscribe") {
      for (const key of step.keys) {
        if (this.hasPlace(key)) wants.set(key, step.mode ?? wants.get(key) ?? "ltp");
      }
    }
  }
}

/** Places are reserved for these. */
const OWNERS: readonly string[] = ["nse:1", "nse:2", "mcx:1"];

function fresh() {
  return { wants: new Map<InstrumentKey, Mode>(), contract: { encoding: "gzip", interval: 0 } };
}

/** The pipeline with an upstream and clients in the hand, each of which counts the messages it gets. */
function stage() {
  const clock = new FakeClock();
  const upstream = new FakeUpstream({ capacity: CAPACITY });
  const pipeline = createPipeline({
    clock,
    upstream,
    calendar: new MarketCalendar(ALWAYS_OPEN),
    instruments: INSTRUMENTS,
    watchlist: WATCHLIST,
    batchMs: 10,
    limits: { ...DEFAULT_LIMITS, firstCommandMs: 0 },
    source: "simulated",
    version: "0",
    epoch: "",
    sessions: new SessionTokens(clock),
  });
  const { gateway, protocols } = pipeline;
  const connect = () => {
    const frames: (string | Uint8Array)[] = [];
    const opening = protocols[0]!.open({ query: new URLSearchParams(), headers: new Headers() }) as Opening;
    const handle: ClientHandle = gateway.connect({
      send: (frame) => frames.push(frame),
      close: () => {},
      buffered: () => 0,
    }, { from: "a test", opening, entitlement: ANYONE });
    return { handle, frames };
  };
  return { ...pipeline, clock, upstream, connect, clients: Array.from({ length: CLIENTS }, connect) };
}

function commandOf(step: Step): string {
  if (step.does === "nonsense") return `{"command":"subscribe","exchange":"nse","mode":"all of it"}`;
  if (step.does === "unsubscribe_all") return JSON.stringify({ command: "unsubscribe", all: true });
  if (step.does === "configure") {
    return JSON.stringify({ command: "configure", encoding: step.encoding, interval: step.interval });
  }
  return JSON.stringify("command" in step ? { command: step.does, ...step.command } : {});
}

const EXAMPLES = { ltp: ltpTick, quote: quoteTick, snapquote: snapQuoteTick } as const;

/** The instruments and modes of what a client has got since. */
function received(frames: readonly (string | Uint8Array)[]): Map<InstrumentKey, Mode> {
  const decode = createPacketDecoder();
  return new Map(frames.flatMap((frame): [InstrumentKey, Mode][] => {
    if (typeof frame !== "string") {
      return packetsOf(frame).map((packet) => decode(packet, 0) as Tick).map(({ key, mode }) => [key, mode]);
    }
    const { type } = JSON.parse(frame);
    if (type !== "market_data") return [];
    return readData(frame).ticks.map((
      tick,
    ) => [`${tick.exchange}:${tick.token}` as InstrumentKey, tick.mode as Mode]);
  }));
}

Deno.test("any sequence of commands leaves demand, audiences and everyone's ticks as in the model", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, upstream, gateway, groups, connect, clients } = stage();
      const model = new Model();
      for (const step of steps) {
        if (step.does === "leave") {
          clients[step.client]!.handle.gone();
          clients[step.client] = connect();
        } else clients[step.client]!.handle.received(commandOf(step));
        model.apply(step);
        deepEqual(new Map([...upstream.demand.wanted].sort()), new Map([...model.demand].sort()));
        // Groups that have become equal are merged a moment later.
        clock.advance(300);
        equal(groups.size, model.audiences);
      }
      equal(gateway.clients, CLIENTS);
      await settle();
      for (const { frames } of clients) frames.length = 0;
      // One tick of each instrument, as the broker would send it: in the mode of the demand.
      for (const [key, mode] of model.demand) {
        const now = clock.now();
        const tick = EXAMPLES[mode](key, 100, { exchangeTime: now, receivedAt: now });
        upstream.tick(tick, encodePacket(tick).slice());
      }
      for (let i = 0; i < 4; i++) {
        await settle();
        clock.advance(500);
        await settle();
      }
      await compressed();
      clients.forEach(({ frames }, i) => {
        deepEqual(
          new Map([...received(frames)].sort()),
          new Map([...model.clients[i]!.wants].sort()),
        );
      });
      for (const { handle } of clients) handle.gone();
      deepEqual([upstream.demand.wanted.size, groups.size, gateway.clients], [0, 0, 0]);
    }),
    { numRuns: 300 },
  );
});

function packetsOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packets = [];
  for (let at = 0; at < bytes.length; at += 2 + view.getUint16(at, true)) {
    packets.push(bytes.subarray(at + 2, at + 2 + view.getUint16(at, true)));
  }
  return packets;
}

/** A tick of the clients' wire as the market's noun. */
function tickOf(wire: Record<string, unknown>): Partial<Tick> {
  const { exchange, token } = wire;
  return present({
    mode: wire.mode,
    key: `${exchange}:${token}`,
    exchange,
    token,
    sequence: wire.sequence_number,
    exchangeTime: wire.exchange_timestamp,
    receivedAt: wire.received_at,
    lastPrice: wire.last_traded_price,
    lastQuantity: wire.last_traded_quantity,
    averagePrice: wire.average_traded_price,
    volume: wire.volume,
    totalBuyQuantity: wire.total_buy_quantity,
    totalSellQuantity: wire.total_sell_quantity,
    open: wire.open,
    high: wire.high,
    low: wire.low,
    close: wire.close,
    lastTradeTime: wire.last_traded_timestamp,
    openInterest: wire.open_interest,
    upperCircuit: wire.upper_circuit,
    lowerCircuit: wire.lower_circuit,
    week52High: wire.week52_high,
    week52Low: wire.week52_low,
    bids: wire.bids,
    asks: wire.asks,
  }) as Partial<Tick>;
}

for (const encoding of ENCODINGS) {
  Deno.test(`${encoding}: decoding what was encoded gives the ticks there were`, async () => {
    const ticks = new TickJson(() => "its name");
    const { encoder } = deliveryOf({ encoding, interval: 0, fields: FIELDS }, ticks);
    const decode = createPacketDecoder();
    await fc.assert(
      fc.asyncProperty(fc.array(anyTick(), { minLength: 1, maxLength: 8 }), async (ticks) => {
        const texts = ticks.map((tick) =>
          encoder.pieceOf(new MarketTick(tick, encodePacket(tick).slice()), tick.mode)!
        );
        const frames: (string | Uint8Array)[] = [];
        (await encoder.encode(texts, {})).sendTo({ sendFrame: (frame) => frames.push(frame) }, 1);
        const frame = frames[0]!;
        const decoded = typeof frame === "string"
          ? readData(frame).ticks.map(tickOf)
          : packetsOf(frame).map((packet) => present(decode(packet, ticks[0]!.receivedAt) as Tick));
        deepEqual(decoded, ticks.map(present));
      }),
      { numRuns: 300 },
    );
  });
}
