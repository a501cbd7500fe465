/** What holds for any list and any name: each row is found, nothing is guessed, the order of a file decides nothing. */
import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Instrument } from "../../lib/instruments/instrument.ts";
import type { InstrumentTable } from "../../lib/instruments/index/table.ts";
import { isLesserShareSeries, seriesOf } from "../../lib/instruments/series.ts";
import { contractDay } from "../../lib/market/day.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { seededRandom } from "../fakes.ts";
import { contractRow, fileRow, indexRows, meaningOf, resolveIn, TODAY } from "./master.ts";
import { largeList, ODD_LIST, tableAndReport } from "./odd_list.ts";
import { readMasterRow } from "../../lib/instruments/master_row.ts";

const DAY_MS = 86_400_000;

/** The instruments of a list, as a table tells of them. */
function instrumentsOf(table: InstrumentTable, rows: Iterable<unknown>): Instrument[] {
  const found = new Map<InstrumentKey, Instrument>();
  for (const each of rows) {
    const row = readMasterRow(each);
    const instrument = "reason" in row ? undefined : table.get(`${row.exchange}:${row.token}`);
    if (instrument !== undefined) found.set(instrument.key, instrument);
  }
  return [...found.values()];
}

function isExpired({ type, expiry }: Instrument): boolean {
  return (type === "future" || type === "option") && expiry !== undefined && dayOfText(expiry) < TODAY;
}

function dayOfText(text: string): number {
  return Date.parse(text) / DAY_MS;
}

/** What the number of an instrument leads to. */
function rightMeaning(instrument: Instrument): string {
  if (isExpired(instrument)) return "expired";
  return instrument.type === "underlying" ? "underlying" : instrument.key;
}

/** OpenAlgo's symbol, with its exchange. */
function openAlgoName(instrument: Instrument): string {
  const { exchange, symbol, name, type, expiry, strike } = instrument;
  if (type === "index") return `${exchange.toUpperCase()}_INDEX:${symbol.replaceAll(" ", "").toUpperCase()}`;
  if (expiry !== undefined && (type === "future" || type === "option")) {
    const tail = type === "future" ? "FUT" : `${strike}${symbol.slice(-2)}`;
    return `${exchange.toUpperCase()}:${name}${contractDay(dayOfText(expiry))}${tail}`;
  }
  const series = seriesOf(symbol);
  const isShare = exchange === "nse" && (series === "EQ" || isLesserShareSeries(series));
  return `${exchange.toUpperCase()}:${isShare ? symbol.slice(0, -3) : symbol}`;
}

function by<Key>(
  instruments: readonly Instrument[],
  keyOf: (each: Instrument) => Key,
): Map<Key, Instrument[]> {
  const groups = new Map<Key, Instrument[]>();
  for (const each of instruments) {
    const key = keyOf(each);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return groups;
}

/** Of the instruments to which a name belongs, the one that ticks; a word where there is none, or several. */
function expected(sharers: readonly Instrument[]): string {
  const living = sharers.filter((each) => !isExpired(each));
  const ticking = living.filter(({ type }) => type !== "underlying");
  if (ticking.length > 1) return "ambiguous";
  if (ticking.length === 1) return ticking[0]!.key;
  return living.length > 0 ? "underlying" : "expired";
}

Deno.test("each row is found by its number, its own symbol and its OpenAlgo name, or is refused for what it is", () => {
  const rows = [...largeList()];
  const { table } = tableAndReport(rows);
  const random = seededRandom(11);
  const sample = rows.slice(ODD_LIST.length).filter(() => random() < 0.03);
  const all = instrumentsOf(table, rows);
  const bySymbol = by(all, ({ exchange, symbol }) => `${exchange}:${symbol}`.toUpperCase());
  const byName = by(all, (each) => openAlgoName(each).toUpperCase());
  const looked = instrumentsOf(table, [...ODD_LIST, ...sample]);
  ok(looked.length > 3_500, `${looked.length}`);
  for (const each of looked) {
    const { key, exchange, symbol } = each;
    equal(meaningOf(table, key), rightMeaning(each), key);
    const word = `${exchange}:${symbol}`;
    equal(meaningOf(table, word), expected(bySymbol.get(word.toUpperCase())!), word);
    equal(meaningOf(table, word.toLowerCase()), meaningOf(table, word), word);
    equal(meaningOf(table, symbol, exchange), meaningOf(table, word), word);
    const name = openAlgoName(each);
    equal(meaningOf(table, name), expected(byName.get(name.toUpperCase())!), name);
  }
});

const NAMES = ["ABC", "ABCD", "A-B", "A&B", "NIFTY", "3045"];

const cash = fc.record({
  token: fc.integer({ min: 1, max: 40 }).map(String),
  name: fc.constantFrom(...NAMES),
  series: fc.constantFrom("", "-EQ", "-BE", "-BZ", "-N1", "-GB"),
  exch_seg: fc.constantFrom("NSE", "BSE"),
}).map(({ token, name, series, exch_seg }) =>
  fileRow({ token, symbol: exch_seg === "BSE" ? name : name + series, name, exch_seg })
);

const contract = fc.record({
  token: fc.integer({ min: 1, max: 40 }).map(String),
  name: fc.constantFrom(...NAMES),
  expiry: fc.constantFrom("24NOV2026", "01DEC2026", "29DEC2026", "31FEB2027"),
  strike: fc.constantFrom(0, 100, 250.5),
  exch_seg: fc.constantFrom("NFO", "BFO", "MCX", "CDS"),
  yearFirst: fc.boolean(),
}).map(({ token, name, expiry, strike, exch_seg, yearFirst }) => {
  const day = yearFirst ? `${expiry.slice(7)}${expiry.slice(2, 5)}` : expiry.slice(0, 5) + expiry.slice(7);
  return contractRow({
    token,
    name,
    expiry,
    exch_seg,
    symbol: `${name}${day}${strike === 0 ? "FUT" : `${strike}CE`}`,
    strike: strike === 0 ? "-1.000000" : (strike * (exch_seg === "CDS" ? 1e7 : 100)).toFixed(6),
    instrumenttype: strike === 0 ? "FUTSTK" : "OPTSTK",
  });
});

const underlying = fc.record({
  token: fc.integer({ min: 1, max: 40 }).map(String),
  name: fc.constantFrom(...NAMES),
})
  .map(({ token, name }) =>
    contractRow({ token, name, symbol: name, instrumenttype: "COMDTY", exch_seg: "MCX" })
  );

const index = fc.constantFrom("NIFTY", "ABC").map((name) => indexRows("99900030", `Index ${name}`, name)[1]!);

/** Lists in which each number stands once: which of two rows of one number counts is not the names' question. */
const list = fc.uniqueArray(fc.oneof(cash, contract, underlying, index), {
  selector: ({ exch_seg, token }) => `${exch_seg}:${token}`,
  maxLength: 25,
});

const word = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.tuple(
    fc.constantFrom("", "nse:", "BSE:", "nfo:"),
    fc.constantFrom(...NAMES),
    fc.constantFrom("", "-EQ", "-BE"),
  )
    .map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom("29DEC26FUT", "26DECFUT", "29DEC26100CE", "24NOV26FUT"))
    .map((parts) => parts.join("")),
  fc.integer({ min: 1, max: 40 }).map(String),
  fc.integer({ min: 1, max: 40 }).map((token) => `nse:${token}`),
);

Deno.test("the order of a file decides nothing", () => {
  fc.assert(fc.property(
    list.chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
    fc.array(word, { minLength: 1, maxLength: 10 }),
    ([rows, shuffled], words) => {
      const tables = [rows, shuffled].map((each) => tableAndReport(each).table);
      for (const each of words) equal(meaningOf(tables[1]!, each), meaningOf(tables[0]!, each), each);
    },
  ));
});

Deno.test("a part that a name says is never passed over, and of several rows with one symbol none is taken", () => {
  fc.assert(fc.property(list, word, (rows, word) => {
    const { table } = tableAndReport(rows);
    const found = resolveIn(table, word);
    if (found.kind !== "found") {
      for (const each of found.suggest()) {
        ok(meaningOf(table, each).includes(":"), `${word}: suggests ${each}`);
      }
      return;
    }
    const { exchange, token, symbol } = table.get(found.key)!;
    const [, said, rest] = /^(?:([a-z]+):)?(.+)$/i.exec(word)!;
    if (said !== undefined) equal(exchange, said.toLowerCase());
    const series = seriesOf(rest!);
    if (series !== undefined && rest !== "A-B") {
      ok(symbol.toUpperCase().endsWith(`-${series}`) || symbol === rest, symbol);
    }
    if (rest === token) return;
    const namesakes = instrumentsOf(table, rows).filter((each) =>
      each.exchange === exchange && each.symbol === symbol && expected([each]) === each.key
    );
    deepEqual(namesakes.map(({ key }) => key), [found.key]);
  }));
});
