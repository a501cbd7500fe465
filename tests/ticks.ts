import fc from "fast-check";
import {
  type Exchange,
  EXCHANGES,
  type InstrumentKey,
  isIndexToken,
  keyOf,
  type Level,
  type LtpTick,
  type Mode,
  type QuoteTick,
  type SnapQuoteTick,
  splitKey,
  type Tick,
} from "../lib/market/market.ts";

/** 2026-11-20 10:00:00 IST, a Friday in trading hours. */
export const TEN_O_CLOCK = Date.parse("2026-11-20T10:00:00+05:30");

/** A tick of an instrument with just a price. */
export function ltpTick(key: InstrumentKey, lastPrice: number, more: Partial<LtpTick> = {}): LtpTick {
  return {
    mode: "ltp",
    key,
    ...splitKey(key),
    sequence: 1,
    exchangeTime: TEN_O_CLOCK,
    receivedAt: TEN_O_CLOCK,
    lastPrice,
    ...more,
  };
}

export function quoteTick(key: InstrumentKey, lastPrice: number, more: Partial<QuoteTick> = {}): QuoteTick {
  return { ...ltpTick(key, lastPrice), mode: "quote", ...more };
}

export function snapQuoteTick(
  key: InstrumentKey,
  lastPrice: number,
  more: Partial<SnapQuoteTick> = {},
): SnapQuoteTick {
  return { ...ltpTick(key, lastPrice), mode: "snapquote", bids: [], asks: [], ...more };
}

/** The object without the properties that are undefined: `{ a: undefined }` says the same as `{}`. */
export function present<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
}

/** Objects like those of the code: deep equality looks at prototypes, too. */
const PLAIN = { noNullPrototype: true } as const;

const RECEIVED_AT = 1_795_149_000_123;

const token = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 999_999 }).map(String) },
  { weight: 1, arbitrary: fc.integer({ min: 99_900_000, max: 99_999_999 }).map(String) },
  { weight: 1, arbitrary: fc.stringMatching(/^[0-9]{1,25}$/) },
);

/** A price that the wire can hold exactly: an integer number of its units. */
function price(exchange: Exchange): fc.Arbitrary<number> {
  const units = exchange === "cds" ? 10_000_000 : 100;
  return fc.oneof(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 2 ** 50 }))
    .map((raw) => raw / units);
}

const quantity = fc.oneof(fc.nat(100_000), fc.integer({ min: 0, max: 2 ** 52 }));

function side(exchange: Exchange): fc.Arbitrary<Level[]> {
  return fc.array(
    fc.record({
      price: price(exchange),
      quantity: fc.integer({ min: 1, max: 2 ** 52 }),
      orders: fc.integer({ min: 0, max: 32_767 }),
    }, PLAIN),
    { maxLength: 5 },
  );
}

/** Ticks that the wire can carry without a loss, in one mode or in any. */
export function anyTick(modes: readonly Mode[] = ["ltp", "quote", "snapquote"]): fc.Arbitrary<Tick> {
  return fc.tuple(fc.constantFrom(...EXCHANGES), token, fc.constantFrom(...modes)).chain(
    ([exchange, token, mode]): fc.Arbitrary<Tick> => {
      const index = isIndexToken(token);
      const sometimes = (value: fc.Arbitrary<number>) => fc.option(value, { nil: undefined });
      const unlessIndex = <T>(value: fc.Arbitrary<T>) => index ? fc.constant(undefined) : value;
      const base = {
        key: fc.constant(keyOf(exchange, token)),
        exchange: fc.constant(exchange),
        token: fc.constant(token),
        sequence: index ? fc.constant(0) : fc.integer({ min: 0, max: 2 ** 53 - 1 }),
        exchangeTime: fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 }),
        receivedAt: fc.constant(RECEIVED_AT),
        lastPrice: price(exchange),
      };
      if (mode === "ltp") return fc.record({ mode: fc.constant("ltp" as const), ...base }, PLAIN);
      const quote = {
        lastQuantity: unlessIndex(quantity),
        averagePrice: unlessIndex(sometimes(price(exchange))),
        volume: unlessIndex(quantity),
        totalBuyQuantity: unlessIndex(quantity),
        totalSellQuantity: unlessIndex(quantity),
        open: sometimes(price(exchange)),
        high: sometimes(price(exchange)),
        low: sometimes(price(exchange)),
        close: sometimes(price(exchange)),
      };
      if (mode === "quote") {
        return fc.record({ mode: fc.constant("quote" as const), ...base, ...quote }, PLAIN);
      }
      return fc.record({
        mode: fc.constant("snapquote" as const),
        ...base,
        ...quote,
        lastTradeTime: sometimes(
          fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
        ),
        openInterest: unlessIndex(fc.integer({ min: 1, max: 2 ** 52 })),
        upperCircuit: sometimes(price(exchange)),
        lowerCircuit: sometimes(price(exchange)),
        week52High: sometimes(price(exchange)),
        week52Low: sometimes(price(exchange)),
        bids: index ? fc.constant([]) : side(exchange),
        asks: index ? fc.constant([]) : side(exchange),
      }, PLAIN);
    },
  );
}

/** Bytes as a test compares and prints them. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
