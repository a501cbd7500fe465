import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { createInstrumentCatalog, type InstrumentCatalog } from "../../lib/instruments/catalog.ts";
import { WELL_KNOWN } from "../../lib/instruments/symbols.ts";
import { openWatchlist } from "../../lib/instruments/watchlist.ts";
import type { Exchange } from "../../lib/market/market.ts";
import { FakeClock, settle } from "../fakes.ts";
import { logLines } from "../log/lines.ts";
import { catalogOfRows } from "./catalog_of.ts";
import { fileRow } from "./master.ts";
import { ODD_LIST } from "./odd_list.ts";

type Words = Readonly<Partial<Record<Exchange, readonly string[]>>>;

const wordsOf = (words: Words) => new Map(Object.entries(words)) as ReadonlyMap<Exchange, readonly string[]>;

const novemberClock = () => new FakeClock(Date.parse("2026-11-27T10:00:00+05:30"));

async function opened(words: Words, catalog: InstrumentCatalog, clock: FakeClock) {
  const watchlist = await openWatchlist(wordsOf(words), catalog, clock);
  return { watchlist, lists: Object.fromEntries(watchlist), refused: watchlist.refused() };
}

Deno.test("entries that lead nowhere today are reported with the reason, and the others are served", async () => {
  const clock = novemberClock();
  await using log = await logLines();
  const { lists, refused } = await opened(
    {
      nse: ["SBIN", "2885", "PENINLAND"],
      nfo: ["NIFTY27OCT26FUT", "68000", "68392"],
      mcx: ["CRUDEOIL"],
      bse: ["CHOLAFIN"],
    },
    await catalogOfRows(ODD_LIST, clock),
    clock,
  );
  deepEqual(lists, { nse: ["3045", "2885", "5358"], nfo: ["68392"], mcx: [], bse: [] });
  deepEqual(refused.map(({ word, kind }) => [word, kind]), [
    ["nfo:NIFTY27OCT26FUT", "expired"],
    ["nfo:68000", "expired"],
    ["mcx:CRUDEOIL", "underlying"],
    ["bse:CHOLAFIN", "ambiguous"],
  ]);
  const lines = log.lines.join("\n");
  match(
    lines,
    /WATCHLIST: nfo:NIFTY27OCT26FUT: the contract expired on 2026-10-27; did you mean nfo:NIFTY29DEC26FUT/,
  );
  match(lines, /WATCHLIST: bse:CHOLAFIN: several instruments/);
});

Deno.test("a number that the list lacks is asked for all the same, and an old one is the index", async () => {
  const clock = novemberClock();
  const { lists, refused } = await opened(
    { nse: ["99999", "26000"] },
    await catalogOfRows(ODD_LIST, clock),
    clock,
  );
  deepEqual([lists, refused], [{ nse: ["99999", "99926000"] }, []]);
});

Deno.test("names that are all unknown to a whole list are a mistake, and said at once", async () => {
  const clock = novemberClock();
  const catalog = await catalogOfRows(ODD_LIST, clock);
  await rejects(openWatchlist(wordsOf({ nse: ["RELIANSE"] }), catalog, clock), (error: Error) => {
    match(error.message, /^nse:RELIANSE: no instrument has this name today; did you mean nse:RELIANCE-EQ/);
    return true;
  });
  // One that has expired was right once.
  const { refused } = await opened({ nfo: ["NIFTY24NOV26FUT"] }, catalog, clock);
  equal(refused.length, 1);
  const { lists } = await opened({ nse: ["RELIANSE", "SBIN"] }, catalog, clock);
  deepEqual(lists, { nse: ["3045"] });
});

Deno.test("without a list, what is known serves, and each new list is asked for the rest", async () => {
  const clock = novemberClock();
  let answer = () => Promise.resolve(new Response("[{"));
  const catalog = createInstrumentCatalog({
    clock,
    random: () => 0.5,
    url: "https://example.org/list.json",
    builtIn: WELL_KNOWN,
    fetch: () => answer(),
  });
  catalog.start();
  await using log = await logLines();
  const { watchlist, lists, refused } = await opened(
    { nse: ["SBIN", "TCS"], nfo: ["SBIN29DEC26FUT"] },
    catalog,
    clock,
  );
  deepEqual(lists, { nse: ["3045"], nfo: [] });
  deepEqual(refused.map(({ kind }) => kind), ["not_loaded", "not_loaded"]);
  answer = () => Promise.resolve(new Response(JSON.stringify(ODD_LIST)));
  clock.advance(60_000);
  for (let tries = 0; watchlist.refused().length > 0; tries++) {
    ok(tries < 1_000, "still refused");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  deepEqual(Object.fromEntries(watchlist), { nse: ["3045", "11536"], nfo: ["35001"] });
  ok(log.lines.some((line) => line.includes("WATCHLIST: nse:TCS is found")), log.lines.join("\n"));
  await catalog.stop();
});

Deno.test("a contract that expires leaves the list at the next look, and is reported once", async () => {
  const clock = novemberClock();
  const catalog = await catalogOfRows(
    [...ODD_LIST, fileRow({ token: "1", symbol: "ONE-EQ", name: "ONE" })],
    clock,
  );
  await using log = await logLines();
  const { watchlist } = await opened({ cds: ["USDINR26N27FUT", "1284"] }, catalog, clock);
  deepEqual(watchlist.get("cds"), ["1286", "1284"]);
  clock.advance(86_400_000);
  for (let i = 0; i < 2; i++) {
    watchlist.refresh();
    watchlist.report();
  }
  deepEqual(watchlist.get("cds"), ["1284"]);
  equal(log.lines.filter((line) => line.includes("USDINR26N27FUT")).length, 1);
  await catalog.stop();
});

Deno.test("a list that never comes is not waited for without end", async () => {
  const clock = novemberClock();
  const catalog = createInstrumentCatalog({
    clock,
    random: () => 0.5,
    url: "https://example.org/list.json",
    builtIn: WELL_KNOWN,
    fetch: () => Promise.resolve(new Response(new ReadableStream())),
  });
  catalog.start();
  const opening = openWatchlist(wordsOf({ nse: ["TCS", "SBIN"] }), catalog, clock);
  await settle();
  clock.advance(20_000);
  deepEqual(Object.fromEntries(await opening), { nse: ["3045"] });
  await catalog.stop();
});
