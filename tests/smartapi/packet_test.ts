import assert from "node:assert/strict";
import fc from "fast-check";
import { EXCHANGES, keyOf, MODE_NUMBERS, type SnapQuoteTick, type Tick } from "../../lib/market/market.ts";
import { createPacketDecoder, type Depth20, PacketRefusal, packetsOf } from "../../lib/smartapi/packet.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { seededRandom } from "../fakes.ts";
import fixtures from "../fixtures/packets.json" with { type: "json" };
import { anyTick, ltpTick, present, quoteTick, snapQuoteTick } from "../ticks.ts";

/** Our clock when the packets of these tests come. */
const AT = 1_767_325_520_000;

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
}

function decode(bytes: Uint8Array): Tick | Depth20 | PacketRefusal {
  return createPacketDecoder()(bytes, AT);
}

function decodeTick(bytes: Uint8Array): Tick {
  const packet = decode(bytes);
  if (packet instanceof PacketRefusal) assert.fail(`refused: ${packet.reason} ${packet.detail}`);
  if (packet.mode === "depth20") assert.fail("a depth packet");
  return packet;
}

function refusalOf(bytes: Uint8Array): PacketRefusal {
  const packet = decode(bytes);
  assert.ok(packet instanceof PacketRefusal, `decoded: ${JSON.stringify(packet)}`);
  return packet;
}

/** A copy of a worked packet with some of its bytes written over. */
function changed(
  name: keyof typeof fixtures,
  change: (view: DataView, bytes: Uint8Array) => void,
): Uint8Array {
  const bytes = bytesOf(fixtures[name]);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

function levels(...rows: [price: number, quantity: number, orders: number][]) {
  return rows.map(([price, quantity, orders]) => ({ price, quantity, orders }));
}

const WORKED: Partial<Record<keyof typeof fixtures, object>> = {
  ltp: {
    mode: "ltp",
    key: "nse:3045",
    exchange: "nse",
    token: "3045",
    sequence: 4_521_873,
    exchangeTime: 1_767_325_512_000,
    receivedAt: AT,
    lastPrice: 812.35,
  },
  quote: {
    mode: "quote",
    key: "nse:2885",
    exchange: "nse",
    token: "2885",
    sequence: 10_100_759,
    exchangeTime: 1_767_325_513_000,
    receivedAt: AT,
    lastPrice: 1418.4,
    lastQuantity: 25,
    averagePrice: 1415.12,
    volume: 5_234_187,
    totalBuyQuantity: 812_345,
    totalSellQuantity: 1_034_567,
    open: 1409,
    high: 1422.5,
    low: 1407.55,
    close: 1406.1,
  },
  snap: {
    mode: "snapquote",
    key: "nfo:49543",
    exchange: "nfo",
    token: "49543",
    sequence: 77_123_456,
    exchangeTime: 1_767_325_514_000,
    receivedAt: AT,
    lastPrice: 25_120.55,
    lastQuantity: 75,
    averagePrice: 25_098.4,
    volume: 3_456_750,
    totalBuyQuantity: 1_234_575,
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
    bids: levels(
      [25_120, 75, 3],
      [25_119.5, 150, 5],
      [25_119, 225, 4],
      [25_118.5, 300, 7],
      [25_118, 375, 9],
    ),
    asks: levels(
      [25_121, 75, 2],
      [25_121.5, 150, 4],
      [25_122, 225, 6],
      [25_122.5, 300, 8],
      [25_123, 450, 10],
    ),
  },
  depth: {
    mode: "depth20",
    key: "nse:3045",
    exchangeTime: 1_767_325_515_000,
    bids: Array.from({ length: 20 }, (_, i) => ({
      price: (81_230 - 5 * i) / 100,
      quantity: 1000 + 10 * i,
      orders: 3 + i,
    })),
    asks: Array.from({ length: 20 }, (_, i) => ({
      price: (81_235 + 5 * i) / 100,
      quantity: 2000 + 10 * i,
      orders: 4 + i,
    })),
  },
  ltp_cde: {
    mode: "ltp",
    key: "cds:1185",
    exchange: "cds",
    token: "1185",
    sequence: 991,
    exchangeTime: 1_767_325_516_000,
    receivedAt: AT,
    lastPrice: 84.2575,
  },
  ltp_big: {
    mode: "ltp",
    key: "mcx:999999",
    exchange: "mcx",
    token: "999999",
    sequence: 1,
    exchangeTime: 1_767_325_517_000,
    receivedAt: AT,
    lastPrice: 30_000_000,
  },
  ltp_index: {
    mode: "ltp",
    key: "nse:99926000",
    exchange: "nse",
    token: "99926000",
    sequence: 0,
    exchangeTime: 1_767_325_518_000,
    receivedAt: AT,
    lastPrice: 26_142.55,
  },
};

for (const name of Object.keys(fixtures) as (keyof typeof fixtures)[]) {
  Deno.test(`decode() gives the listed values of the worked packet "${name}"`, () => {
    const expected = WORKED[name];
    assert.ok(expected !== undefined, "a worked packet without expectations");
    assert.deepEqual(present(decode(bytesOf(fixtures[name]))), expected);
  });
}

Deno.test("encodePacket() makes the worked packets byte for byte", () => {
  for (const name of ["ltp", "quote", "snap", "ltp_cde", "ltp_big", "ltp_index"] as const) {
    assert.deepEqual(encodePacket(WORKED[name] as Tick), bytesOf(fixtures[name]), name);
  }
});

Deno.test("decode() reads a packet that lies in the middle of a larger buffer", () => {
  const packet = bytesOf(fixtures.snap);
  const buffer = new Uint8Array(packet.length + 64).fill(0xee);
  buffer.set(packet, 31);
  assert.deepEqual(present(decode(buffer.subarray(31, 31 + packet.length))), WORKED.snap);
});

Deno.test("decode() refuses every mode byte at every other length than the mode's, from 0 to 500", () => {
  const expected: Record<number, number> = { 1: 51, 2: 123, 3: 379, 4: 443 };
  const donors: Record<number, Uint8Array> = {
    1: bytesOf(fixtures.ltp),
    2: bytesOf(fixtures.quote),
    3: bytesOf(fixtures.snap),
    4: bytesOf(fixtures.depth),
  };
  const decoder = createPacketDecoder();
  for (let mode = 0; mode < 256; mode++) {
    for (let length = 0; length <= 500; length++) {
      const bytes = new Uint8Array(length);
      bytes.set((donors[mode] ?? donors[3])!.subarray(0, length));
      if (length > 0) bytes[0] = mode;
      const packet = decoder(bytes, AT);
      // What has grown at a packet's end is not looked at.
      if (length >= (expected[mode] ?? Infinity)) {
        assert.ok(!(packet instanceof PacketRefusal), `mode ${mode}, ${length} bytes: refused`);
        continue;
      }
      assert.ok(packet instanceof PacketRefusal, `mode ${mode}, ${length} bytes: decoded`);
      const reason = length === 0 ? "empty" : mode in expected ? "wrong_length" : "unknown_mode";
      assert.equal(packet.reason, reason, `mode ${mode}, ${length} bytes`);
    }
  }
});

const PRICES: ReadonlySet<string> = new Set([
  ...["lastPrice", "averagePrice", "open", "high", "low", "close"],
  ...["upperCircuit", "lowerCircuit", "week52High", "week52Low", "level price"],
]);

/** Fails unless everything in a tick is something a client may be shown. */
function assertShowable(packet: Tick | Depth20): void {
  const signed = packet.mode !== "depth20" && (packet.exchange === "mcx" || packet.exchange === "ncdex");
  const check = (name: string, value: unknown): void => {
    if (signed && PRICES.has(name)) return assert.ok(value === undefined || Number.isFinite(value), name);
    if (typeof value === "number" && !(Number.isFinite(value) && value >= 0)) {
      // The counter is only a counter; it may be anything that is exact.
      if (!(name === "sequence" && Number.isSafeInteger(value))) assert.fail(`${name} is ${value}`);
    }
  };
  for (const [name, value] of Object.entries(packet)) check(name, value);
  if (packet.mode === "ltp" || packet.mode === "quote") return;
  for (const level of [...packet.bids, ...packet.asks]) {
    for (const [name, value] of Object.entries(level)) check(`level ${name}`, value);
    if (!((signed || level.price > 0) && level.quantity > 0)) {
      assert.fail(`an empty level: ${JSON.stringify(level)}`);
    }
  }
}

Deno.test("decode() survives 200,000 random byte strings and shows no impossible number", () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seededRandom(seed);
  const decoder = createPacketDecoder();
  const lengths = [51, 123, 379, 443];
  const types = [1, 2, 3, 4, 5, 7, 13];
  let accepted = 0;
  try {
    for (let i = 0; i < 200_000; i++) {
      const kind = Math.floor(random() * 4);
      const bytes = new Uint8Array(i % 10 === 0 ? Math.floor(random() * 501) : lengths[kind]!);
      const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
      for (let w = 0; w < words.length; w++) words[w] = random() * 2 ** 32;
      // Most of them get a plausible head, so that the decoder goes on to the rest.
      if (i % 3 !== 0 && bytes.length >= 51) {
        bytes[0] = kind + 1;
        bytes[1] = types[i % types.length]!;
        bytes.fill(0, 2, 27);
        for (let d = 0; d <= i % 25; d++) bytes[2 + d] = 48 + Math.floor(random() * 10);
        const view = new DataView(bytes.buffer);
        // High halves of 64-bit numbers: small ones are in range, the sign is left to chance.
        for (let at = 27; at + 8 <= bytes.length; at += 8) {
          if (random() < 0.9) view.setInt32(at + 4, Math.floor(random() * 512) - 8, true);
        }
      }
      const packet = decoder(bytes, AT);
      if (packet instanceof PacketRefusal) {
        if (packet.offset > bytes.length) assert.fail(`offset ${packet.offset} of ${bytes.length} bytes`);
      } else {
        accepted++;
        assertShowable(packet);
      }
    }
  } catch (error) {
    throw new Error(`with seed ${seed}`, { cause: error });
  }
  assert.ok(accepted > 5_000, `only ${accepted} were accepted: the storm tests too little`);
});

Deno.test("decode() refuses or reads any bytes that fast-check thinks of", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 3, 4, 0, 9),
      fc.uint8Array({ maxLength: 500 }),
      (mode, bytes) => {
        if (bytes.length > 0) bytes[0] = mode;
        const packet = decode(bytes);
        if (!(packet instanceof PacketRefusal)) assertShowable(packet);
      },
    ),
    { numRuns: 2_000 },
  );
});

for (const mode of ["ltp", "quote", "snapquote"] as const) {
  Deno.test(`decode() gives back any ${mode} tick that encodePacket() wrote`, () => {
    const decoder = createPacketDecoder();
    fc.assert(
      fc.property(anyTick([mode]), (tick) => {
        assert.deepEqual(
          present(decoder(encodePacket(tick, "sentinel"), tick.receivedAt) as Tick),
          present(tick),
        );
        assert.deepEqual(present(decoder(encodePacket(tick), tick.receivedAt) as Tick), present(tick));
      }),
      { numRuns: 2_000 },
    );
  });
}

Deno.test("decode() divides prices by 10,000,000 on the currency segment alone", () => {
  for (const exchange of EXCHANGES) {
    const tick = decodeTick(changed("ltp", (view, bytes) => {
      bytes[1] = { nse: 1, nfo: 2, bse: 3, bfo: 4, mcx: 5, ncdex: 7, cds: 13 }[exchange];
      view.setBigInt64(43, 842_575_000n, true);
    }));
    assert.equal(tick.exchange, exchange);
    assert.equal(tick.lastPrice, exchange === "cds" ? 84.2575 : 8_425_750, exchange);
  }
});

Deno.test("decode() divides every price of a currency snapquote, and no quantity", () => {
  const tick = decodeTick(changed("snap", (_view, bytes) => bytes[1] = 13));
  assert.ok(tick.mode === "snapquote");
  assert.equal(tick.lastPrice, 0.2512055);
  assert.equal(tick.averagePrice, 0.250984);
  assert.equal(tick.close, 0.25035);
  assert.equal(tick.upperCircuit, 0.275385);
  assert.equal(tick.week52Low, 0.21751);
  assert.deepEqual(tick.asks[4], { price: 0.25123, quantity: 450, orders: 10 });
  assert.equal(tick.volume, 3_456_750);
});

Deno.test("decode() refuses exchange numbers that nobody has documented", () => {
  for (const type of [0, 6, 8, 12, 14, 255]) {
    const refusal = refusalOf(changed("ltp", (_view, bytes) => bytes[1] = type));
    assert.equal(refusal.reason, "unknown_exchange");
    assert.equal(refusal.offset, 1);
    assert.ok(refusal.detail.includes(String(type)));
  }
});

Deno.test("decode() gives of an index only its prices and its time", () => {
  const bytes = changed("snap", (view, bytes) => {
    bytes[1] = 1;
    bytes.fill(0, 2, 27);
    bytes.set(new TextEncoder().encode("99926000"), 2);
    view.setBigInt64(27, -1n, true);
    // All ten slots of the book are -1 throughout.
    bytes.fill(0xff, 147, 347);
  });
  const tick = decodeTick(bytes);
  assert.ok(tick.mode === "snapquote");
  assert.equal(tick.sequence, 0);
  assert.deepEqual(tick.bids, []);
  assert.deepEqual(tick.asks, []);
  for (
    const field of [
      "lastQuantity",
      "averagePrice",
      "volume",
      "totalBuyQuantity",
      "totalSellQuantity",
      "openInterest",
    ] as const
  ) assert.equal(tick[field], undefined, field);
  assert.equal(tick.lastPrice, 25_120.55);
  assert.equal(tick.open, 25_050);
  assert.equal(tick.high, 25_180);
  assert.equal(tick.low, 25_010.25);
  assert.equal(tick.close, 25_035);
});

Deno.test("decode() ignores the meaningless sequence number of an index, however large", () => {
  const tick = decodeTick(changed("ltp_index", (view) => view.setBigInt64(27, 2n ** 62n, true)));
  assert.equal(tick.sequence, 0);
});

Deno.test("decode() drops book slots of -1 from an instrument that is no index, too", () => {
  const tick = decodeTick(changed("snap", (_view, bytes) => bytes.fill(0xff, 147, 347)));
  assert.ok(tick.mode === "snapquote");
  assert.deepEqual([tick.bids, tick.asks], [[], []]);
});

Deno.test("decode() drops empty levels and keeps the order of the others", () => {
  const tick = decodeTick(changed("snap", (_view, bytes) => {
    bytes.fill(0, 149, 167); // buy 1: the flag stays
    bytes.fill(0, 209, 247); // buys 4 and 5
    bytes.fill(0, 249, 347); // all sells but the flag of the first
  }));
  assert.ok(tick.mode === "snapquote");
  assert.deepEqual(tick.bids, levels([25_119.5, 150, 5], [25_119, 225, 4]));
  assert.deepEqual(tick.asks, []);
});

Deno.test("decode() drops a level with a price and no quantity, and one with a quantity and no price", () => {
  const tick = decodeTick(changed("snap", (view) => {
    view.setBigInt64(147 + 2, 0n, true);
    view.setBigInt64(167 + 10, 0n, true);
  }));
  assert.ok(tick.mode === "snapquote");
  assert.deepEqual(tick.bids.map(({ price }) => price), [25_119, 25_118.5, 25_118]);
});

Deno.test("decode() tells the sides of a book by position, whatever the flags say", () => {
  const tick = decodeTick(changed("snap", (view) => {
    for (let at = 147; at < 347; at += 20) view.setInt16(at, 1, true);
  }));
  assert.ok(tick.mode === "snapquote");
  assert.equal(tick.bids.length, 5);
  assert.equal(tick.asks.length, 5);
  assert.equal(tick.asks[0]!.price, 25_121);
});

Deno.test("decode() leaves out what a quote does not know, where the wire has zero", () => {
  const tick = decodeTick(changed("quote", (view) => {
    for (const at of [59, 91, 99, 107, 115]) view.setBigInt64(at, 0n, true);
  }));
  assert.ok(tick.mode === "quote");
  const { averagePrice, open, high, low, close } = tick;
  assert.deepEqual({ averagePrice, open, high, low, close }, {
    averagePrice: undefined,
    open: undefined,
    high: undefined,
    low: undefined,
    close: undefined,
  });
  assert.equal(tick.volume, 5_234_187);
});

Deno.test("decode() leaves out the -1 that stands for an unknown quantity or price", () => {
  const tick = decodeTick(changed("snap", (view) => {
    for (const at of [51, 59, 67, 91, 99, 107, 115, 123, 131, 347, 355, 363, 371]) {
      view.setBigInt64(at, -1n, true);
    }
    view.setFloat64(75, -1, true);
    view.setFloat64(83, -1, true);
  }));
  assert.ok(tick.mode === "snapquote");
  const { mode, key, exchange, token, sequence, exchangeTime, receivedAt, lastPrice, bids, asks } = tick;
  assert.deepEqual(
    present(tick),
    { mode, key, exchange, token, sequence, exchangeTime, receivedAt, lastPrice, bids, asks },
  );
});

Deno.test("decode() cuts the token at its first NUL, whatever stands behind", () => {
  const tick = decodeTick(changed("ltp", (_view, bytes) => {
    bytes.set(new TextEncoder().encode("garbage \xff 999"), 2 + 5);
  }));
  assert.equal(tick.token, "3045");
  assert.equal(tick.key, "nse:3045");
});

Deno.test("decode() reads a token of 25 digits without a NUL", () => {
  const digits = "1234567890123456789012345";
  const tick = decodeTick(changed("ltp", (_view, bytes) => bytes.set(new TextEncoder().encode(digits), 2)));
  assert.equal(tick.token, digits);
  assert.equal(tick.sequence, 4_521_873);
});

Deno.test("decode() refuses a token that is empty or not made of digits", () => {
  for (const text of ["", "ABC", "30a5", "-3045", " 3045", "3045 ", "3.5", "３０", "1\u0301"]) {
    const refusal = refusalOf(changed("ltp", (_view, bytes) => {
      bytes.fill(0, 2, 27);
      bytes.set(new TextEncoder().encode(text), 2);
    }));
    assert.equal(refusal.reason, "bad_token", JSON.stringify(text));
    assert.equal(refusal.offset, 2);
  }
});

Deno.test("decode() never takes one token for another, in one decoder and any order", () => {
  const decoder = createPacketDecoder();
  const token = fc.oneof(
    fc.stringMatching(/^[0-9]{1,25}$/),
    fc.constantFrom("3045", "03045", "003045", "0", "00", "304", "999999999999", "1000000000000", "48728"),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...EXCHANGES), token), { maxLength: 50 }), (names) => {
      for (const [exchange, token] of names) {
        const key = keyOf(exchange, token);
        const tick = decoder(encodePacket(ltpTick(key, 1)), AT);
        assert.ok(!(tick instanceof PacketRefusal) && tick.mode === "ltp");
        assert.deepEqual([tick.key, tick.exchange, tick.token], [key, exchange, token]);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("decode() tells long tokens apart that are the same number to a double", () => {
  const decoder = createPacketDecoder();
  for (
    const token of [
      "9007199254740992",
      "9007199254740993",
      "1234567890123456789012344",
      "1234567890123456789012345",
      "999999999999998",
      "999999999999999",
    ]
  ) {
    const tick = decoder(encodePacket(ltpTick(`nse:${token}`, 1)), AT);
    assert.ok(!(tick instanceof PacketRefusal));
    assert.equal(tick.key, `nse:${token}`);
  }
});

Deno.test("decode() gives the same token on two exchanges two keys", () => {
  const decoder = createPacketDecoder();
  const keys = EXCHANGES.map((exchange) => {
    const tick = decoder(encodePacket(ltpTick(keyOf(exchange, "3045"), 1)), AT);
    assert.ok(!(tick instanceof PacketRefusal));
    return tick.key;
  });
  assert.deepEqual(keys, EXCHANGES.map((exchange) => `${exchange}:3045`));
});

Deno.test("decode() keeps telling tokens apart after more of them than it remembers", () => {
  const decoder = createPacketDecoder();
  const bytes = encodePacket(ltpTick("nse:100000", 1));
  for (let token = 100_000; token < 160_000; token++) {
    bytes.set(new TextEncoder().encode(String(token)), 2);
    const tick = decoder(bytes, AT);
    assert.ok(!(tick instanceof PacketRefusal));
    assert.equal(tick.key, `nse:${token}`);
  }
});

for (const name of ["ltp", "quote", "snap", "ltp_index"] as const) {
  Deno.test(`decode() gives no price for a zero, and none but the rest for a negative one in "${name}"`, () => {
    const read = (raw: bigint) => decode(changed(name, (view) => view.setBigInt64(43, raw, true)));
    const whole = decode(changed(name, () => {})) as Tick;
    const never = read(0n);
    assert.ok(!(never instanceof PacketRefusal));
    assert.deepEqual(present(never), present({ ...whole, lastPrice: undefined }));
    for (const [raw, fault] of [[-1n, "no_price"], [-81_235n, "no_price"]] as const) {
      const packet = read(raw);
      if (whole.mode === "ltp") {
        assert.ok(packet instanceof PacketRefusal);
        assert.deepEqual([packet.reason, packet.offset], [fault, 43]);
      } else {assert.deepEqual(
          present(packet),
          present({ ...whole, lastPrice: undefined, priceFault: fault }),
        );}
    }
  });
}

Deno.test("decode() reads what never traded: no price, no time, but a book", () => {
  const bytes = changed("snap", (view) => {
    view.setBigInt64(43, 0n, true);
    view.setBigInt64(35, 0n, true);
  });
  const tick = decode(bytes) as SnapQuoteTick;
  const whole = decode(changed("snap", () => {})) as SnapQuoteTick;
  assert.deepEqual([tick.lastPrice, tick.exchangeTime], [undefined, 0]);
  assert.deepEqual([tick.bids, tick.asks], [whole.bids, whole.asks]);
});

Deno.test("decode() reads prices at and below zero of commodities, and no sentinel as one", () => {
  const crude = snapQuoteTick("mcx:1", -37.63, {
    volume: 5,
    lastQuantity: 1,
    openInterest: 1,
    totalBuyQuantity: 1,
    totalSellQuantity: 1,
    open: 10,
    high: 10,
    low: -40.32,
    bids: [{ price: -38, quantity: 1, orders: 1 }],
    asks: [{ price: -37, quantity: 1, orders: 1 }],
  });
  const read = (tick: Tick) =>
    present(createPacketDecoder()(encodePacket(tick), tick.receivedAt) as SnapQuoteTick);
  assert.deepEqual(read(crude), present(crude));
  assert.equal(read({ ...crude, lastPrice: 0 }).lastPrice, 0);
  assert.equal(read({ ...crude, lastPrice: -0.01 }).lastPrice, undefined);
  assert.equal(read({ ...crude, lastPrice: 0, volume: 0 }).lastPrice, undefined);
  assert.equal(read({ ...crude, key: "nfo:1", exchange: "nfo" }).lastPrice, undefined);
});

/** The number of a snapquote that stands at each place, and what it is called. */
const NUMBERS = {
  51: "lastQuantity",
  59: "averagePrice",
  67: "volume",
  75: "totalBuyQuantity",
  83: "totalSellQuantity",
  91: "open",
  99: "high",
  107: "low",
  115: "close",
  123: "lastTradeTime",
  131: "openInterest",
  347: "upperCircuit",
  355: "lowerCircuit",
  363: "week52High",
  371: "week52Low",
} as const;

Deno.test("decode() leaves out a number that cannot be, and keeps the tick and all its other fields", () => {
  for (const [place, name] of Object.entries(NUMBERS)) {
    for (const raw of [2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n), -5n]) {
      const { [name]: _, ...others } = WORKED.snap as SnapQuoteTick;
      // As a double, all of these are tiny or not numbers at all.
      const isDouble = place === "75" || place === "83";
      const tick = decodeTick(changed("snap", (view) => {
        if (isDouble) view.setFloat64(Number(place), raw > 0n ? Infinity : NaN, true);
        else view.setBigInt64(Number(place), raw, true);
      }));
      assert.deepEqual(present(tick), others, `${raw} at ${place}`);
    }
  }
});

Deno.test("decode() takes a counter that cannot be for none, and refuses a price that cannot be", () => {
  for (const raw of [2n ** 53n, 2n ** 62n, 2n ** 63n - 1n]) {
    assert.equal(decodeTick(changed("ltp", (view) => view.setBigInt64(27, raw, true))).sequence, 0);
    const refusal = refusalOf(changed("ltp", (view) => view.setBigInt64(43, raw, true)));
    assert.deepEqual([refusal.reason, refusal.offset], ["number_out_of_range", 43]);
    const { lastPrice, priceFault } = decodeTick(changed("snap", (view) => view.setBigInt64(43, raw, true)));
    assert.deepEqual([lastPrice, priceFault], [undefined, "number_out_of_range"]);
  }
});

Deno.test("packetsOf() takes a frame of several packets apart where the lengths say so, to the last byte", () => {
  const [ltp, quote, snap, depth] = [fixtures.ltp, fixtures.quote, fixtures.snap, fixtures.depth].map(
    bytesOf,
  );
  const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  const packets = [ltp!, quote!, snap!, depth!];
  for (const first of packets) {
    assert.deepEqual(packetsOf(first), [first]);
    for (const second of packets) {
      assert.deepEqual(packetsOf(joined(first, second)), [first, second]);
      assert.deepEqual(packetsOf(joined(first, second, first)), [first, second, first]);
      // One byte too few or too many: nobody knows what is what.
      for (const frame of [joined(first, second).subarray(1), joined(first, second, ltp!.subarray(0, 50))]) {
        assert.deepEqual(packetsOf(frame), [frame]);
      }
    }
  }
  assert.deepEqual(packetsOf(new Uint8Array(0)), [new Uint8Array(0)]);
});

Deno.test("decode() takes the largest integer that is exact", () => {
  const tick = decodeTick(changed("quote", (view) => view.setBigInt64(67, 2n ** 53n - 1n, true)));
  assert.ok(tick.mode === "quote");
  assert.equal(tick.volume, Number.MAX_SAFE_INTEGER);
});

Deno.test("decode() shows no level whose numbers are beyond 2^53", () => {
  const tick = decodeTick(changed("snap", (view) => {
    view.setBigInt64(147 + 10, 2n ** 60n, true);
    view.setBigInt64(247 + 2, 2n ** 60n, true);
  }));
  assert.ok(tick.mode === "snapquote");
  assert.equal(tick.bids[0]!.price, 25_119.5);
  assert.equal(tick.asks[0]!.price, 25_121.5);
});

Deno.test("decode() leaves out totals that are not numbers", () => {
  for (const name of ["quote", "snap"] as const) {
    for (const [at, field] of [[75, "totalBuyQuantity"], [83, "totalSellQuantity"]] as const) {
      for (const value of [NaN, Infinity, -Infinity, 1e300, -1]) {
        const tick = decodeTick(changed(name, (view) => view.setFloat64(at, value, true))) as SnapQuoteTick;
        assert.equal(tick[field], undefined, `${value} at ${at}`);
      }
    }
  }
});

Deno.test("decode() does not look at the open interest change, which is documented as garbage", () => {
  const bytes = changed("snap", (view) => view.setBigInt64(139, -1n, true));
  assert.deepEqual(present(decode(bytes)), WORKED.snap);
});

Deno.test("decode() refuses an exchange time that no clock shows", () => {
  for (const name of ["ltp", "quote", "snap"] as const) {
    // Seconds, microseconds and nanoseconds are no milliseconds: 1970 and the year 58000 are never shown.
    const now = 1_795_149_932n;
    for (const time of [0n, -1n, 2n ** 62n, 7_258_118_400_000n, now, now * 10n ** 6n, now * 10n ** 9n]) {
      const refusal = refusalOf(changed(name, (view) => view.setBigInt64(35, time, true)));
      assert.equal(refusal.reason, "bad_time", `${time}`);
      assert.equal(refusal.offset, 35);
    }
  }
  assert.equal(refusalOf(changed("depth", (view) => view.setBigInt64(27, 0n, true))).reason, "bad_time");
});

Deno.test("decode() turns the seconds of the last trade into ms and leaves out what is no time", () => {
  const lastTradeTime = (seconds: bigint) => {
    const tick = decodeTick(changed("snap", (view) => view.setBigInt64(123, seconds, true)));
    return tick.mode === "snapquote" ? tick.lastTradeTime : assert.fail();
  };
  assert.equal(lastTradeTime(1_728_642_580n), 1_728_642_580_000);
  assert.equal(lastTradeTime(0n), undefined);
  assert.equal(lastTradeTime(2n ** 60n), undefined);
  // A feed that sends ms where seconds are due must not show the year 56000.
  assert.equal(lastTradeTime(1_728_642_580_000n), undefined);
});

Deno.test("decode() leaves out the zero open interest of cash instruments, and keeps a contract's", () => {
  const openInterest = (type: number, raw: bigint) => {
    const tick = decodeTick(changed("snap", (view, bytes) => {
      bytes[1] = type;
      view.setBigInt64(131, raw, true);
    }));
    return tick.mode === "snapquote" ? tick.openInterest : assert.fail();
  };
  assert.equal(openInterest(1, 0n), undefined);
  assert.equal(openInterest(3, 0n), undefined);
  assert.equal(openInterest(2, 0n), 0);
  assert.equal(openInterest(1, 81_872_000n), 81_872_000);
});

Deno.test("decode() drops the empty levels of the withdrawn depth packet", () => {
  const packet = decode(changed("depth", (view, bytes) => {
    bytes.fill(0, 53, 243);
    view.setInt32(243, -1, true);
    view.setInt32(253 + 4, 0, true);
  }));
  assert.ok(!(packet instanceof PacketRefusal) && packet.mode === "depth20");
  assert.deepEqual(packet.bids, levels([812.3, 1000, 3]));
  assert.equal(packet.asks.length, 18);
  assert.equal(packet.asks[0]!.price, 812.45);
});

Deno.test("encodePacket() fills empty slots with zeros and the side's flag, or with -1 throughout", () => {
  const tick = snapQuoteTick("nse:3045", 10, { bids: levels([9, 8, 7]) });
  const slots = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer);
    return Array.from({ length: 10 }, (_, i) => {
      const at = 147 + 20 * i;
      return [
        view.getInt16(at, true),
        Number(view.getBigInt64(at + 2, true)),
        Number(view.getBigInt64(at + 10, true)),
        view.getInt16(at + 18, true),
      ].join();
    });
  };
  const zeros = slots(encodePacket(tick));
  assert.deepEqual(zeros, ["1,8,900,7", ...Array(4).fill("1,0,0,0"), ...Array(5).fill("0,0,0,0")]);
  assert.deepEqual(slots(encodePacket(tick, "sentinel")), ["1,8,900,7", ...Array(9).fill("-1,-1,-1,-1")]);
});

Deno.test("encodePacket() rounds to the wire's unit instead of cutting", () => {
  // 1.15 * 100 is 114.99999999999999.
  for (const price of [1.15, 0.29, 4.35, 8.2, 1418.4, 84.2575]) {
    assert.equal(
      decodeTick(encodePacket(ltpTick("nse:1", Math.round(price * 100) / 100))).lastPrice,
      Math.round(price * 100) / 100,
    );
    assert.equal(decodeTick(encodePacket(ltpTick("cds:1", price))).lastPrice, price);
  }
});

Deno.test("encodePacket() gives each mode its length", () => {
  const sizes = [ltpTick("mcx:1", 1), quoteTick("mcx:1", 1), snapQuoteTick("mcx:1", 1)].map((tick) => {
    const bytes = encodePacket(tick);
    assert.equal(bytes[0], MODE_NUMBERS[tick.mode]);
    return bytes.length;
  });
  assert.deepEqual(sizes, [51, 123, 379]);
});

Deno.test("encodePacket() throws at a token that is longer than its field", () => {
  const key = `nse:${"1".repeat(26)}` as const;
  assert.throws(() => encodePacket(ltpTick(key, 1)), RangeError);
});
