import assert from "node:assert/strict";
import fc from "fast-check";
import { TickJson } from "../../../lib/clients/json/tick_json.ts";
import { MarketTick } from "../../../lib/feed/market_tick.ts";
import { lowerMode, type Mode, MODES, type Tick } from "../../../lib/market/market.ts";
import { anyTick, ltpTick, quoteTick, snapQuoteTick } from "../../ticks.ts";

const LTP_FIELDS = [
  "exchange",
  "exchange_type",
  "token",
  "symbol",
  "mode",
  "last_traded_price",
  "timestamp",
  "exchange_timestamp",
  "sequence_number",
];
const QUOTE_FIELDS = [
  ...LTP_FIELDS,
  "last_traded_quantity",
  "average_traded_price",
  "volume",
  "total_buy_quantity",
  "total_sell_quantity",
  "open",
  "high",
  "low",
  "close",
];
const SNAPQUOTE_FIELDS = [
  ...QUOTE_FIELDS,
  "last_traded_timestamp",
  "open_interest",
  "upper_circuit",
  "lower_circuit",
  "week52_high",
  "week52_low",
  "bids",
  "asks",
];

const FULL = snapQuoteTick("nfo:49543", 25_120.55, {
  sequence: 7,
  exchangeTime: 1_767_325_514_000,
  receivedAt: 1_767_325_514_100,
  lastQuantity: 75,
  averagePrice: 25_098.4,
  volume: 3_456_750,
  totalBuyQuantity: 0,
  totalSellQuantity: 1_198_350,
  open: 25_050,
  high: 25_180,
  low: 25_010.25,
  close: 25_035,
  lastTradeTime: 1_767_325_513_000,
  openInterest: 12_876_450,
  upperCircuit: 27_538.5,
  lowerCircuit: 22_531.5,
  week52High: 26_945,
  week52Low: 21_751,
  bids: [{ price: 25_120, quantity: 75, orders: 3 }],
  asks: [],
});

function textIn(mode: Mode, tick: Tick, symbol = "X"): string {
  return new TickJson(() => symbol).in(mode, marketTick(tick));
}

function marketTick(tick: Tick, closed = false): MarketTick {
  return new MarketTick(tick, new Uint8Array(0), { elapsed: 0, closed });
}

Deno.test("in() writes the documented ltp tick, letter for letter", () => {
  const tick = ltpTick("nse:99926000", 24_812.35, { sequence: 1_007_544, exchangeTime: 1_795_149_932_000 });
  assert.equal(
    textIn("ltp", tick, "Nifty 50"),
    '{"exchange":"nse","exchange_type":1,"token":"99926000","symbol":"Nifty 50","mode":"ltp",' +
      '"last_traded_price":24812.35,"timestamp":"2026-11-20 10:15:32","exchange_timestamp":1795149932000,' +
      '"sequence_number":1007544}',
  );
});

Deno.test("in() writes the documented fields of each mode, in their order", () => {
  const fields = (mode: typeof MODES[number]) => Object.keys(JSON.parse(textIn(mode, FULL, "X")));
  assert.deepEqual(fields("ltp"), LTP_FIELDS);
  assert.deepEqual(fields("quote"), QUOTE_FIELDS);
  assert.deepEqual(fields("snapquote"), SNAPQUOTE_FIELDS);
});

Deno.test("in() writes the values of a full tick", () => {
  assert.deepEqual(JSON.parse(textIn("snapquote", FULL, "NIFTY29JAN26FUT")), {
    exchange: "nfo",
    exchange_type: 2,
    token: "49543",
    symbol: "NIFTY29JAN26FUT",
    mode: "snapquote",
    last_traded_price: 25_120.55,
    timestamp: "2026-01-02 09:15:14",
    exchange_timestamp: 1_767_325_514_000,
    sequence_number: 7,
    last_traded_quantity: 75,
    average_traded_price: 25_098.4,
    volume: 3_456_750,
    total_buy_quantity: 0,
    total_sell_quantity: 1_198_350,
    open: 25_050,
    high: 25_180,
    low: 25_010.25,
    close: 25_035,
    last_traded_timestamp: 1_767_325_513_000,
    open_interest: 12_876_450,
    upper_circuit: 27_538.5,
    lower_circuit: 22_531.5,
    week52_high: 26_945,
    week52_low: 21_751,
    bids: [{ price: 25_120, quantity: 75, orders: 3 }],
    asks: [],
  });
});

Deno.test("in() leaves out what the broker did not say", () => {
  const text = textIn("quote", quoteTick("nse:1", 10, { open: 9.5, close: undefined }), "X");
  assert.deepEqual(Object.keys(JSON.parse(text)), [...LTP_FIELDS, "open"]);
});

Deno.test("in() names the mode of what it gives, which is the lower of the two", () => {
  fc.assert(fc.property(anyTick(), fc.constantFrom(...MODES), (tick, mode) => {
    const text = JSON.parse(textIn(mode, tick, "X"));
    assert.equal(text.mode, lowerMode(mode, tick.mode));
    const allowed = { ltp: LTP_FIELDS, quote: QUOTE_FIELDS, snapquote: SNAPQUOTE_FIELDS }[text.mode as "ltp"];
    for (const field of Object.keys(text)) {
      assert.ok(allowed.includes(field) || field === "freshness", `${field} in ${text.mode}`);
    }
    for (const field of LTP_FIELDS) assert.ok(field in text, `${field} is missing`);
  }));
});

Deno.test("in() makes each text once", () => {
  let reads = 0;
  const tick = {
    ...FULL,
    get lastPrice() {
      reads++;
      return 1;
    },
  };
  const json = new TickJson(() => "X");
  const shared = marketTick(tick);
  reads = 0;
  for (let i = 0; i < 100; i++) for (const mode of MODES) json.in(mode, shared);
  assert.equal(reads, 3);
});

Deno.test("in() writes the time in India for each tick of a second and across seconds, in any order", () => {
  const times = [0, 999, 1_000, 500, -1, 45_000, 1_000].map((ms) => 1_795_149_932_000 + ms);
  const shown = times.map((exchangeTime) =>
    JSON.parse(textIn("ltp", ltpTick("nse:1", 1, { exchangeTime }))).timestamp
  );
  assert.deepEqual(
    shown,
    ["32", "32", "33", "32", "31", "17", "33"].map((seconds, i) =>
      `2026-11-20 10:${i === 5 ? "16" : "15"}:${seconds}`
    ),
  );
});

Deno.test("in() escapes a symbol as JSON wants it", () => {
  const symbol = 'M&M "x"\\\n\u2028';
  assert.equal(JSON.parse(textIn("ltp", ltpTick("nse:1", 1), symbol)).symbol, symbol);
});

Deno.test("snapshot() says what the value is worth, after the fields of the mode", () => {
  const text = JSON.parse(new TickJson(() => "X").snapshot("ltp", marketTick(FULL), "quiet"));
  assert.deepEqual(Object.keys(text), [...LTP_FIELDS, "freshness"]);
  assert.equal(text.freshness, "quiet");
});

Deno.test("a tick that came while its market was closed says so; a later snapshot says what it is worth then", () => {
  const json = new TickJson(() => "X");
  const closed = marketTick(FULL, true);
  assert.equal(JSON.parse(json.in("ltp", closed)).freshness, "closed");
  assert.equal(JSON.parse(json.only(["symbol"], "ltp", closed)).freshness, "closed");
  for (const freshness of ["closed", "quiet", "stale", "suspect"] as const) {
    const snapshot = json.snapshot("ltp", closed, freshness);
    assert.equal(JSON.parse(snapshot).freshness, freshness);
    assert.equal(snapshot.match(/freshness/g)?.length, 1);
  }
});
