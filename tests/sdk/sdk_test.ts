import assert from "node:assert/strict";
import fc from "fast-check";
import { TOTP } from "otpauth";
import { DEFAULT_POLICY } from "../../lib/upstream/policy.ts";
import { systemClock } from "../../lib/util/clock.ts";
import {
  EXCHANGE_TYPES,
  exchangeOfType,
  isIndexToken,
  keyOf,
  type Level,
  MODE_NUMBERS,
  MODES,
  type Tick,
} from "../../lib/market/market.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { SIMULATED_CREDENTIALS, startSimulator } from "../../lib/simulator/simulator.ts";
import { DATA_CALLS } from "../../lib/smartapi/data_calls.ts";
import { PATHS, REST_URL, STREAM_URL, unitsPerRupee } from "../../lib/smartapi/endpoints.ts";
import { createPacketDecoder, PacketRefusal } from "../../lib/smartapi/packet.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { subscriptionRequest } from "../../lib/smartapi/request.ts";
import { seededRandom } from "../fakes.ts";
import worked from "../fixtures/packets.json" with { type: "json" };
import { anyTick } from "../ticks.ts";
import { type Program, TemporaryFolder } from "./program.ts";
import { downloadSdk, startScript } from "./sdk.ts";
import { WireTap } from "./wire_tap.ts";

/** Random packets of each run, beside the simulator's own. */
const RANDOM_PACKETS = 3_000;

/** What the SDK makes of a packet: all its numbers are texts, in the wire's units. */
// deno-lint-ignore no-explicit-any
type SdkTick = Readonly<Record<string, any>>;

type SdkLevel = Readonly<Record<"flag" | "quantity" | "price" | "no_of_orders", string>>;

async function startSdk(
  restUrl: string,
  streamUrl: string,
  cwd: string,
  pin = SIMULATED_CREDENTIALS.pin,
): Promise<Program> {
  await downloadSdk();
  const { clientCode, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  const code = new TOTP({ secret: totpSecret }).generate();
  return startScript("sdk_client.ts", cwd, [restUrl, streamUrl, clientCode, pin, apiKey, code]);
}

Deno.test("addresses, paths, numbers and heartbeat are those of the official SDK", async () => {
  using folder = new TemporaryFolder();
  await downloadSdk();
  await using script = startScript("sdk_tables.ts", folder.path);
  assert.equal(await script.ended, 0, script.output());
  const sdk = JSON.parse(script.stdout.text());
  assert.equal(REST_URL, sdk.API.root);
  assert.equal(STREAM_URL, sdk.CONSTANTS.websocketURL);
  assert.equal(DEFAULT_POLICY.pingEvery, sdk.CONSTANTS.Interval);
  assert.deepEqual(PATHS, {
    login: sdk.API.user_login,
    renew: sdk.API.generate_token,
    profile: sdk.API.get_profile,
    logout: sdk.API.logout,
  });
  // Their slashes differ. One is not in the table: the SDK has no call for it.
  const { ltp: ltpData, ...dataCalls } = DATA_CALLS;
  assert.equal(ltpData.path, "/rest/secure/angelbroking/order/v1/getLtpData");
  assert.deepEqual(Object.fromEntries(Object.entries(dataCalls).map(([name, { path }]) => [name, path])), {
    candles: sdk.API.candle_data,
    openInterest: sdk.API.oi_data,
    quote: sdk.API.market_data,
    searchScrip: sdk.API.search_scrip,
    optionGreeks: `/${sdk.API.optionGreek}`,
    gainersLosers: `/${sdk.API.gainersLosers}`,
    putCallRatio: `/${sdk.API.putCallRatio}`,
    openInterestBuildup: `/${sdk.API.OIBuildup}`,
    nseIntraday: `/${sdk.API.nseIntraday}`,
    bseIntraday: `/${sdk.API.bseIntraday}`,
  });
  const { nse, nfo, bse, bfo, mcx, ncdex, cds } = EXCHANGE_TYPES;
  assert.deepEqual(
    { nse_cm: nse, nse_fo: nfo, bse_cm: bse, bse_fo: bfo, mcx_fo: mcx, ncx_fo: ncdex, cde_fo: cds },
    sdk.EXCHANGES,
  );
  const { ltp, quote, snapquote } = MODE_NUMBERS;
  // The fourth mode is withdrawn: we read its packets, and never ask for them.
  assert.deepEqual({ LTP: ltp, Quote: quote, SnapQuote: snapquote, Depth: 4 }, sdk.MODE);
  const action = (name: "subscribe" | "unsubscribe") =>
    JSON.parse(subscriptionRequest(name, "a", "ltp", [])).action;
  assert.deepEqual({ Subscribe: action("subscribe"), Unsubscribe: action("unsubscribe") }, sdk.ACTION);
});

Deno.test("the official SDK logs in at the simulator, streams all modes, and reads what our decoder reads", async () => {
  await using teardown = new AsyncDisposableStack();
  const random = seededRandom(20_261_120);
  const simulator = await startSimulator({ clock: systemClock, random, rate: 200 });
  teardown.defer(() => simulator.stop());
  const tap = teardown.use(new WireTap(new URL(simulator.streamUrl)));
  const folder = teardown.use(new TemporaryFolder());
  const sdk = teardown.use(await startSdk(simulator.restUrl, tap.url, folder.path));
  await sdk.stdout.match(/^\["open"\]$/);
  const [login, profile, renewal] = sdk.stdout.all.slice(0, 3).map((line) => JSON.parse(line));
  assert.equal(login[0], "login");
  for (const [step, answer] of [login, profile, renewal]) assert.equal(answer.status, true, step);
  assert.equal(profile[1].data.clientcode, SIMULATED_CREDENTIALS.clientCode);

  // Whatever a market of ours can show, in every mode.
  const requests = MODES.flatMap((mode) =>
    Object.entries(byExchangeType()).map(([exchangeType, tokens]) => ({
      correlationID: `witness${mode}`.slice(0, 10),
      mode: MODE_NUMBERS[mode],
      exchangeType: Number(exchangeType),
      tokens,
    }))
  );
  for (const request of requests) await sdk.write(JSON.stringify({ action: 1, ...request }));
  // Withdrawn, but the SDK still knows it; the refusal shows that all requests before it are obeyed.
  await sdk.write(
    JSON.stringify({ correlationID: "depth", action: 1, mode: 4, exchangeType: 1, tokens: ["3045"] }),
  );
  const [, refusal] = await sdk.stdout.match(/^\["tick",("\{.*E1001.*)\]$/);
  assert.deepEqual(JSON.parse(JSON.parse(refusal!)), {
    correlationID: "depth",
    errorCode: "E1001",
    errorMessage: "Invalid Request Payload.",
  });
  const pairs = SIMULATED_INSTRUMENTS.length * MODES.length;
  assert.deepEqual(simulator.control.stats().subscriptions.map((each) => each.length), [pairs]);

  for (const tick of fc.sample(anyTick(), { seed: 7, numRuns: RANDOM_PACKETS })) {
    simulator.control.send(encodePacket(tick));
  }
  const { depth, ...ticks } = worked;
  for (const hex of Object.values(ticks)) simulator.control.send(bytesOf(hex));
  simulator.control.send(bytesOf(depth));
  await sdk.stdout.match(/depth_twenty_buy_data/);
  for (const request of requests) await sdk.write(JSON.stringify({ action: 0, ...request }));
  await sdk.closeInput();
  assert.equal(await sdk.ended, 0, sdk.output());
  assert.equal(JSON.parse(sdk.stdout.all.at(-1)!)[1].status, true, "logout");
  assert.equal(sdk.stderr.text(), "");
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["error.log"]);
  assert.equal(Deno.readTextFileSync(`${folder.path}/error.log`), "");

  const heard = sdk.stdout.all.filter((line) => line.startsWith('["tick",')).map((line) =>
    JSON.parse(line)[1]
  );
  const counts = { ltp: 0, quote: 0, snapquote: 0, depth20: 0, text: 0 };
  const decode = createPacketDecoder();
  // In their order, so that each of one has its counterpart in the other.
  for (const [i, theirs] of heard.entries()) {
    const frame = tap.frames[i];
    if (typeof frame === "string") {
      assert.equal(theirs, frame);
      // On a slow machine the SDK pings meanwhile.
      if (frame !== "pong") counts.text++;
      continue;
    }
    const ours = decode(frame!, 0);
    if (ours instanceof PacketRefusal) throw new Error(`packet ${i} is refused: ${ours.detail}`);
    counts[ours.mode]++;
    if (ours.mode === "depth20") assert.deepEqual(depthOf(theirs), ours);
    else assert.deepEqual(tickOf(theirs), asSeen(ours));
  }
  const sent = RANDOM_PACKETS + Object.keys(worked).length + pairs;
  assert.ok(heard.length > sent, `${heard.length} frames, of which ${sent} are not the market's own moves`);
  assert.ok(counts.ltp > 1_000 && counts.quote > 1_000 && counts.snapquote > 1_000, JSON.stringify(counts));
  assert.deepEqual([counts.depth20, counts.text], [1, 1]);
});

Deno.test("the official SDK hears why a login is refused", async () => {
  await using teardown = new AsyncDisposableStack();
  const simulator = await startSimulator({ clock: systemClock, random: seededRandom(1) });
  teardown.defer(() => simulator.stop());
  const folder = teardown.use(new TemporaryFolder());
  const sdk = teardown.use(await startSdk(simulator.restUrl, simulator.streamUrl, folder.path, "4321"));
  assert.equal(await sdk.ended, 1, sdk.output());
  assert.deepEqual(sdk.stdout.all.map((line) => JSON.parse(line)), [
    ["login", { status: false, message: "Invalid Clientcode or Pin", errorcode: "AB1007", data: null }],
  ]);
});

function byExchangeType(): Record<number, string[]> {
  const tokens: Record<number, string[]> = {};
  for (const { exchange, token } of SIMULATED_INSTRUMENTS) {
    (tokens[EXCHANGE_TYPES[exchange]] ??= []).push(token);
  }
  return tokens;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
}

/** Our tick as far as the SDK can see it: in mode 1 it takes the lower half of the price's 64 bits. */
function asSeen(tick: Tick): Tick {
  if (tick.mode !== "ltp") return tick;
  const units = unitsPerRupee(EXCHANGE_TYPES[tick.exchange]);
  return { ...tick, lastPrice: (Math.round(tick.lastPrice! * units) | 0) / units };
}

/** The SDK's reading in our words. It hands on what the broker left empty, and what means nothing for an index. */
function tickOf(sdk: SdkTick): Record<string, unknown> {
  const exchange = exchangeOfType(Number(sdk.exchange_type))!;
  const token = JSON.parse(sdk.token);
  const index = isIndexToken(token);
  const units = unitsPerRupee(Number(sdk.exchange_type));
  const price = (text: string) => Number(text) > 0 ? Number(text) / units : undefined;
  const unlessIndex = <Value>(value: Value) => index ? undefined : value;
  const quantity = (text: string) => unlessIndex(Number(text));
  const side = (levels: readonly SdkLevel[], flag: string) => {
    const found: Level[] = [];
    for (const level of levels) {
      assert.equal(level.flag, index && level.price === "-1" ? "-1" : flag);
      if (Number(level.price) <= 0 || index) continue;
      found.push({
        price: Number(level.price) / units,
        quantity: Number(level.quantity),
        orders: Number(level.no_of_orders),
      });
    }
    return found;
  };
  const mode = MODES[Number(sdk.subscription_mode) - 1];
  const tick = {
    mode,
    key: keyOf(exchange, token),
    exchange,
    token,
    sequence: Number(sdk.sequence_number),
    exchangeTime: Number(sdk.exchange_timestamp),
    receivedAt: 0,
    lastPrice: Number(sdk.last_traded_price) / units,
  };
  if (mode === "ltp") return tick;
  const quote = {
    lastQuantity: quantity(sdk.last_traded_quantity),
    averagePrice: unlessIndex(price(sdk.avg_traded_price)),
    volume: quantity(sdk.vol_traded),
    totalBuyQuantity: quantity(sdk.total_buy_quantity),
    totalSellQuantity: quantity(sdk.total_sell_quantity),
    open: price(sdk.open_price_day),
    high: price(sdk.high_price_day),
    low: price(sdk.low_price_day),
    close: price(sdk.close_price),
  };
  if (mode === "quote") return { ...tick, ...quote };
  const cash = exchange === "nse" || exchange === "bse";
  return {
    ...tick,
    ...quote,
    lastTradeTime: sdk.last_traded_timestamp === "0" ? undefined : Number(sdk.last_traded_timestamp) * 1_000,
    openInterest: cash && sdk.open_interest === "0" ? undefined : quantity(sdk.open_interest),
    upperCircuit: price(sdk.upper_circuit),
    lowerCircuit: price(sdk.lower_circuit),
    week52High: price(sdk.fiftytwo_week_high),
    week52Low: price(sdk.fiftytwo_week_low),
    bids: side(sdk.best_5_buy_data, "1"),
    asks: side(sdk.best_5_sell_data, "0"),
  };
}

function depthOf(sdk: SdkTick): Record<string, unknown> {
  const side = (levels: readonly SdkLevel[]) =>
    levels.map(({ quantity, price, no_of_orders }) => ({
      price: Number(price) / 100,
      quantity: Number(quantity),
      orders: Number(no_of_orders),
    }));
  return {
    mode: "depth20",
    key: keyOf(exchangeOfType(Number(sdk.exchange_type))!, JSON.parse(sdk.token)),
    exchangeTime: Number(sdk.exchange_timestamp),
    bids: side(sdk.depth_twenty_buy_data),
    asks: side(sdk.depth_twenty_sell_data),
  };
}
