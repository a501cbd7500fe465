/** The right instrument, or an honest refusal: names as people and programs write them, over a list of full size. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Exchange } from "../../lib/market/market.ts";
import { meaningOf, resolveIn, TODAY } from "./master.ts";
import { largeList, ODD_LIST, tableAndReport } from "./odd_list.ts";

const { table, report } = tableAndReport(largeList());

/** A name, the exchange beside it, and the key that it leads to, or why to none. */
type Name = readonly [word: string, meaning: string, exchange?: Exchange];

const NAMES: Readonly<Record<string, readonly Name[]>> = {
  "shares of the NSE": [
    ["RELIANCE", "nse:2885"],
    ["reliance", "nse:2885"],
    [" Reliance-eq ", "nse:2885"],
    ["RELIANCE-EQ", "nse:2885"],
    ["NSE:RELIANCE-EQ", "nse:2885"],
    ["nse : reliance", "nse:2885"],
    ["NSE_CM:RELIANCE", "nse:2885"],
    ["nse_eq|reliance", "nse:2885"],
    ["1:RELIANCE", "nse:2885"],
    ["RELIANCE", "nse:2885", "nse"],
    ["reliance-bl", "nse:500"],
    ["RELIANCE-BE", "unknown"],
    ["RELIANCE-N1", "unknown"],
    ["WARR", "nse:7014"],
    ["WARR-W1", "nse:7015"],
    ["WARR-D1", "nse:7016"],
    ["M&M", "nse:2031"],
    ["m & m", "nse:2031"],
    ["M_M", "nse:2031"],
    ["NSE:M_MFIN", "nse:13285"],
    ["M&M-EQ", "nse:2031"],
    ["Ｍ＆Ｍ", "nse:2031"],
    ["BAJAJ-AUTO", "nse:16669"],
    ["BAJAJ–AUTO", "nse:16669"],
    ["BAJAJ_AUTO", "nse:16669"],
    ["BAJAJ-AUTO-EQ", "nse:16669"],
    ["J_KBANK", "nse:5633"],
    ["NAM-INDIA", "nse:357"],
    ["MCDOWELL-N", "nse:10447"],
    ["MCDOWELL-N-EQ", "nse:10447"],
    ["360ONE", "nse:13061"],
    ["3MINDIA", "nse:474"],
    ["SBIN EQ", "nse:3045"],
    ["SBIN.EQ", "nse:3045"],
    ["\ufeffSBIN\u200b", "nse:3045"],
    ["SBIN\u00a0", "nse:3045"],
    ["SBIN", "nse:3045", "nse"],
    ["SBI", "unknown"],
    ["NONUMBER", "unknown"],
    ["GONE", "unknown"],
    ["constructor", "unknown"],
    ["__proto__", "unknown"],
    ["", "unknown"],
    [" ", "unknown"],
    ["nse:", "unknown"],
    ["NASDAQ:SBIN", "unknown"],
    ["NSE:ONLYBSE", "unknown"],
  ],
  "shares that have left EQ": [
    ["PENINLAND", "nse:5358"],
    ["nse:PENINLAND", "nse:5358"],
    ["PENINLAND-BE", "nse:5358"],
    ["PENINLAND.BE", "nse:5358"],
    ["PENINLAND-EQ", "unknown"],
    ["PENINLAND-BZ", "unknown"],
    ["bse:PENINLAND", "bse:503031"],
    ["PENINLAND", "bse:503031", "bse"],
    ["PENINLAND.NS", "nse:5358"],
    ["PENINLAND.BO", "bse:503031"],
    ["ZOMBIE", "nse:7001"],
    ["TINY", "nse:7002"],
    ["SMALLT", "nse:7003"],
    ["WEE", "nse:7004"],
    ["EMBASSY", "nse:7005"],
    ["embassy-rr", "nse:7005"],
    ["PGINVIT", "nse:7006"],
    ["TWOFOLD", "ambiguous"],
    ["TWOFOLD-BE", "nse:7007"],
    ["TWOFOLD-BZ", "nse:7008"],
    ["NHAI", "ambiguous"],
    ["NHAI-N2", "nse:7011"],
    ["SGBJUN29", "nse:7012"],
    ["SGBJUN29-GB", "nse:7012"],
    ["LONEBOND", "nse:7017"],
    ["BONDCO", "bse:540777"],
    ["nse:BONDCO", "nse:7013"],
    ["BONDCO-N5", "nse:7013"],
  ],
  "shares of the BSE": [
    ["bse:RELIANCE", "bse:500325"],
    ["RELIANCE", "bse:500325", "bse"],
    ["BSE:RELIANCE-EQ", "unknown"],
    ["RELIANCE.BO", "bse:500325"],
    ["500325.BO", "bse:500325"],
    ["BSE_CM:500325", "bse:500325"],
    ["3:SBIN", "bse:500112"],
    ["ONLYBSE", "bse:512345"],
    ["M&M", "bse:500520", "bse"],
    ["CHOLAFIN", "ambiguous"],
    ["bse:CHOLAFIN", "ambiguous"],
    ["CHOLAFIN", "ambiguous", "bse"],
    ["nse:CHOLAFIN", "unknown"],
    ["bse:937001", "bse:937001"],
    ["bse:511243", "bse:511243"],
    ["BSE:SBIN", "unknown", "nse"],
    ["SBIN.BO", "unknown", "nse"],
  ],
  "indices": [
    ["Nifty 50", "nse:99926000"],
    ["NIFTY  50", "nse:99926000"],
    ["NIFTY50", "nse:99926000"],
    ["NIFTY", "nse:99926000"],
    ["NSE:NIFTY", "nse:99926000"],
    ["NSE_INDEX:NIFTY", "nse:99926000"],
    ["^NSEI", "nse:99926000"],
    ["BANKNIFTY", "nse:99926009"],
    ["niftybank", "nse:99926009"],
    ["NIFTY_BANK", "nse:99926009"],
    ["^NSEBANK", "nse:99926009"],
    ["FINNIFTY", "nse:99926037"],
    ["CNXFINANCE", "nse:99926037"],
    ["NIFTY_FIN_SERVICE.NS", "nse:99926037"],
    ["NIFTYNXT50", "nse:99926013"],
    ["NIFTYJR", "nse:99926013"],
    ["MIDCPNIFTY", "nse:99926074"],
    ["NSE_INDEX:MIDCPNIFTY", "nse:99926074"],
    ["INDIAVIX", "nse:99926017"],
    ["India VIX", "nse:99926017"],
    ["^INDIAVIX", "nse:99926017"],
    ["^CNXIT", "nse:99926008"],
    ["NIFTYIT", "nse:99926008"],
    ["^CRSLDX", "nse:99926004"],
    ["FMCG", "nse:777"],
    ["NSE_INDEX:FMCG", "nse:99926021"],
    ["NIFTY FMCG", "nse:99926021"],
    ["^CNXFMCG", "nse:99926021"],
    ["INFRA", "ambiguous"],
    ["nse:INFRA", "nse:99926019"],
    ["bse:INFRA", "bse:540002"],
    ["Nifty Infra", "nse:99926019"],
    ["SENSEX", "bse:99919000"],
    ["^BSESN", "bse:99919000"],
    ["BSE_INDEX:SENSEX", "bse:99919000"],
    ["SENSEX", "unknown", "nse"],
    ["BANKEX", "bse:99919012"],
    ["MCXBULLDEX", "mcx:440941"],
    ["NSE_INDEX:SBIN", "unknown"],
    ["^GSPC", "unknown"],
    ["NIFTY", "unknown", "nfo"],
  ],
  "numbers": [
    ["nse:3045", "nse:3045"],
    ["NSE:3045", "nse:3045"],
    ["nse_cm|3045", "nse:3045"],
    ["1:3045", "nse:3045"],
    ["3045", "nse:3045", "nse"],
    ["3045", "bse:3045", "bse"],
    ["3045", "ambiguous"],
    ["2885", "nse:2885"],
    ["500325", "bse:500325"],
    ["99999999", "unknown"],
    ["nse:99999999", "unknown"],
    ["nse:26000", "nse:99926000"],
    ["nse:99926000", "nse:99926000"],
    ["bse:19000", "bse:99919000"],
    ["nse:26013", "nse:26013"],
    ["nse:99926013", "nse:99926013"],
    ["nfo:68392", "nfo:68392"],
    ["nfo:68000", "expired"],
    ["nfo:71000", "nfo:71000"],
    ["nfo:71001", "nfo:71001"],
    ["mcx:120", "underlying"],
    ["cds:1", "underlying"],
    ["cds:2", "underlying"],
    ["nfo:3045", "unknown"],
  ],
  "contracts of the NFO": [
    ["nfo:NIFTY29DEC26FUT", "nfo:68392"],
    ["nifty29dec26fut", "nfo:68392"],
    ["NIFTY 29DEC26 FUT", "nfo:68392"],
    ["nifty 29 dec 26 fut", "nfo:68392"],
    ["NIFTY29DEC2026FUT", "nfo:68392"],
    ["NFO:NIFTY29DEC2624800CE", "nfo:60204"],
    ["NIFTY29DEC202624800CE", "nfo:60204"],
    ["NIFTY 29DEC26 24800 CE", "nfo:60204"],
    ["NSE:NIFTY261229C24800", "nfo:60204"],
    ["NIFTY261229P24800", "nfo:60205"],
    ["NSE:NIFTYZ2026", "nfo:68392"],
    ["NIFTYF2027", "nfo:68393"],
    ["NIFTY26D0124800CE", "nfo:60104"],
    ["NIFTY24NOV26FUT", "expired"],
    ["NIFTY24NOV2624800CE", "expired"],
    ["NIFTY27OCT26FUT", "expired"],
    ["nfo:NIFTY27OCT2625000PE", "expired"],
    ["NIFTY1!", "unknown"],
    ["NFO:NIFTY1!", "unknown"],
    ["NIFTY29DEC2624825CE", "unknown"],
    ["NIFTY26DEC25000CE", "unknown"],
    ["NIFTY31FEB27FUT", "unknown"],
    ["BANKNIFTY29DEC26FUT", "nfo:70001"],
    ["BANKNIFTY31FEB27FUT", "nfo:70002"],
    ["NIFTYNXT5029DEC26FUT", "nfo:70003"],
    ["SBIN29DEC26FUT", "nfo:35001"],
    ["M&M29DEC26FUT", "nfo:35002"],
    ["M_M29DEC26FUT", "nfo:35002"],
    ["BAJAJ-AUTO29DEC26FUT", "nfo:35003"],
    ["VEDL29DEC26292.5CE", "nfo:35004"],
    ["360ONE29DEC26FUT", "nfo:35005"],
    ["RELIANCE29DEC26FUT", "nfo:71000"],
    ["nse:NIFTY29DEC26FUT", "unknown"],
  ],
  "contracts of the BFO": [
    ["SENSEX26DEC81000CE", "bfo:861202"],
    ["bfo:sensex26dec81000pe", "bfo:861203"],
    ["SENSEX26D0381000CE", "bfo:861102"],
    ["SENSEX03DEC2681000CE", "bfo:861102"],
    ["SENSEX31DEC2681000CE", "bfo:861202"],
    ["BFO:SENSEX31DEC2680500PE", "bfo:861201"],
    ["BSE:SENSEX261231C81000", "bfo:861202"],
    ["BSE:SENSEX261203P81000", "bfo:861103"],
    ["BSE:BANKEXZ2026", "bfo:860003"],
    ["BSE:SENSEXZ2026", "ambiguous"],
    ["SENSEX26DECFUT", "bfo:860001"],
    ["SENSEX31DEC26FUT", "bfo:860001"],
    ["SENSEX03DEC26FUT", "bfo:860002"],
    ["SENSEX26NOV81000CE", "expired"],
    ["SENSEX26NOVFUT", "expired"],
    ["SENSEX26NOV2681000CE", "expired"],
    ["SENSEX26OCT81000CE", "unknown"],
    ["SENSEX26JAN81000CE", "unknown"],
    ["bfo:SENSEX", "unknown"],
  ],
  "contracts of the CDS": [
    ["USDINR26DECFUT", "cds:1284"],
    ["cds:usdinr26decfut", "cds:1284"],
    ["USDINR29DEC26FUT", "cds:1284"],
    ["USDINR26D04FUT", "cds:1285"],
    ["USDINR04DEC26FUT", "cds:1285"],
    ["USDINR26N27FUT", "cds:1286"],
    ["USDINR27NOV26FUT", "cds:1286"],
    ["USDINR26N20FUT", "expired"],
    ["USDINR20NOV26FUT", "expired"],
    ["USDINR26DEC84.25CE", "cds:1300"],
    ["USDINR29DEC2684.25CE", "cds:1300"],
    ["USDINR29DEC2684.5PE", "cds:1303"],
    ["USDINR04DEC2684.5CE", "cds:1312"],
    ["13:USDINR29DEC26FUT", "cds:1284"],
    ["cde_fo:USDINR29DEC26FUT", "cds:1284"],
    ["USDINR", "underlying"],
    ["cds:USDINR", "underlying"],
    ["EURINR", "unknown"],
    ["cds:Nifty 50", "underlying"],
  ],
  "contracts of the MCX": [
    ["CRUDEOIL18DEC26FUT", "mcx:458305"],
    ["MCX:CRUDEOIL18DEC26FUT", "mcx:458305"],
    ["crudeoil 18 dec 26 fut", "mcx:458305"],
    ["MCX:CRUDEOILZ2026", "mcx:458305"],
    ["MCX:CRUDEOIL1!", "unknown"],
    ["CRUDEOIL19NOV26FUT", "expired"],
    ["CRUDEOIL", "underlying"],
    ["mcx:crudeoil", "underlying"],
    ["MCX:CRUDEOIL", "underlying"],
    ["GOLD", "underlying"],
    ["GOLDM", "unknown"],
    ["GOLD05FEB27FUT", "mcx:440939"],
    ["GOLDM05JAN27FUT", "mcx:440940"],
    ["GOLDPETAL30NOV26FUT", "mcx:574841"],
    ["GOLD28JAN27125000CE", "mcx:441000"],
    ["MCX:GOLD270128P126000", "mcx:441003"],
    ["5:CRUDEOIL18DEC26FUT", "mcx:458305"],
  ],
  "contracts of the NCDEX": [
    ["DHANIYA18DEC26FUT", "ncdex:301"],
    ["NCDEX:dhaniya18dec26fut", "ncdex:301"],
    ["ncx_fo:DHANIYA18DEC26FUT", "ncdex:301"],
    ["7:301", "ncdex:301"],
    ["GUARSEED26DECFUT", "ncdex:302"],
    ["GUARSEED18DEC26FUT", "ncdex:302"],
    ["DHANIYA20NOV26FUT", "expired"],
    ["DHANIYA", "underlying"],
    ["GUARSEED", "unknown"],
  ],
};

for (const [kind, names] of Object.entries(NAMES)) {
  Deno.test(`names of ${kind} lead to the right instrument, or to none`, () => {
    deepEqual(
      names.map(([word, , exchange]) => [word, meaningOf(table, word, exchange), exchange]),
      names.map(([word, meaning, exchange]) => [word, meaning, exchange]),
    );
  });
}

Deno.test("the table of names is not small", () => {
  ok(Object.values(NAMES).flat().length >= 200);
  ok(table.rows > 130_000);
});

/** A name that leads to nothing, what is said of it, and what is suggested first. */
const REFUSED: readonly (readonly [string, RegExp, readonly string[]])[] = [
  ["PENINLAND-EQ", /no instrument has this name today/, ["nse:PENINLAND-BE", "bse:PENINLAND"]],
  ["BSE:RELIANCE-EQ", /no instrument/, ["bse:RELIANCE"]],
  ["RELIANSE", /no instrument/, ["nse:RELIANCE-EQ"]],
  ["nse:SENSEX", /no instrument/, ["bse:SENSEX"]],
  ["CHOLAFIN", /several.*bse:937001.*bse:511243/, ["bse:937001", "bse:511243"]],
  ["TWOFOLD", /several.*TWOFOLD-BE.*TWOFOLD-BZ/, ["nse:TWOFOLD-BE", "nse:TWOFOLD-BZ"]],
  ["INFRA", /several/, ["nse:Nifty Infra", "bse:INFRA"]],
  ["3045", /several.*SBIN-EQ.*ZSBIN/, ["nse:SBIN-EQ", "bse:ZSBIN"]],
  ["NIFTY24NOV26FUT", /expired on 2026-11-24/, ["nfo:NIFTY29DEC26FUT", "nfo:NIFTY26JAN27FUT"]],
  ["nfo:68000", /expired on 2026-11-24/, ["nfo:NIFTY29DEC26FUT", "nfo:NIFTY26JAN27FUT"]],
  ["NIFTY27OCT26FUT", /expired on 2026-10-27/, ["nfo:NIFTY29DEC26FUT"]],
  ["NIFTY24NOV2624800CE", /expired on 2026-11-24/, ["nfo:NIFTY01DEC2624800CE", "nfo:NIFTY29DEC2624800CE"]],
  ["NIFTY26DEC25000CE", /no instrument/, ["nfo:NIFTY29DEC2625000CE", "nfo:NIFTY01DEC2625000CE"]],
  ["NIFTY29DEC2624825CE", /no instrument/, ["nfo:NIFTY29DEC2624800CE", "nfo:NIFTY29DEC2624850CE"]],
  ["SENSEX26NOV81000CE", /expired on 2026-11-26/, ["bfo:SENSEX26D0381000CE", "bfo:SENSEX26DEC81000CE"]],
  ["SENSEX26OCT81000CE", /no instrument/, ["bfo:SENSEX26D0381000CE", "bfo:SENSEX26DEC81000CE"]],
  ["SENSEX26N2681000PE", /expired on 2026-11-26/, ["bfo:SENSEX26D0381000PE", "bfo:SENSEX26DEC81000PE"]],
  ["SENSEX26NOVFUT", /expired on 2026-11-26/, ["bfo:SENSEX26D03FUT", "bfo:SENSEX26DECFUT"]],
  ["USDINR26N20FUT", /expired on 2026-11-20/, ["cds:USDINR26N27FUT", "cds:USDINR26D04FUT"]],
  ["USDINR26NOV84.25CE", /no instrument/, ["cds:USDINR26D0484.25CE", "cds:USDINR26DEC84.25CE"]],
  ["CRUDEOIL19NOV26FUT", /expired on 2026-11-19/, ["mcx:CRUDEOIL18DEC26FUT", "mcx:CRUDEOIL19JAN27FUT"]],
  ["DHANIYA20NOV26FUT", /expired on 2026-11-20/, ["ncdex:DHANIYA18DEC26FUT"]],
  ["CRUDEOIL", /spot price of a commodity/, ["mcx:CRUDEOIL18DEC26FUT", "mcx:CRUDEOIL19JAN27FUT"]],
  ["mcx:120", /spot price of a commodity/, ["mcx:CRUDEOIL18DEC26FUT"]],
  ["USDINR", /underlying of currency/, ["cds:USDINR26N27FUT", "cds:USDINR26D04FUT"]],
  ["DHANIYA", /spot price of a commodity/, ["ncdex:DHANIYA18DEC26FUT"]],
  ["GOLDM", /no instrument/, ["mcx:GOLDM05JAN27FUT"]],
  ["nfo:NIFTY", /no instrument/, ["nfo:NIFTY29DEC26FUT"]],
  ["NFO:NIFTY1!", /series of contracts/, ["nfo:NIFTY29DEC26FUT", "nfo:NIFTY26JAN27FUT"]],
  ["NASDAQ:SBIN", /"NASDAQ" is no exchange; known: nse/, ["nse:SBIN-EQ"]],
  ["nse:99999999", /nse has no instrument with the token 99999999 today/, []],
  ["99999999", /needs its exchange/, []],
  ["QQQQQQQQQQQQ", /no instrument/, []],
  [" ", /empty/, []],
];

for (const [word, said, suggestions] of REFUSED) {
  Deno.test(`"${word}" is refused with a reason, and with ${suggestions.join(", ") || "nothing"} to try`, () => {
    const found = resolveIn(table, word);
    if (found.kind === "found") return ok(false, found.key);
    match(found.message, said);
    const given = found.suggest();
    deepEqual(given.slice(0, Math.max(1, suggestions.length)), suggestions);
    for (const each of given) match(meaningOf(table, each), /^[a-z]+:[0-9]+$/, each);
  });
}

/** A query, what is found first, and the exchange. */
const SEARCHED: readonly (readonly [string, readonly string[], Exchange?])[] = [
  ["sensex 31 dec 81000 ce", ["bfo:SENSEX26DEC81000CE"]],
  ["sensex 3 dec 81000 ce", ["bfo:SENSEX26D0381000CE"]],
  ["sensex dec fut", ["bfo:SENSEX26D03FUT", "bfo:SENSEX26DECFUT"]],
  ["sensex31dec26", ["bfo:SENSEX26DECFUT"]],
  ["SENSEX 2026-12-31 81000", ["bfo:SENSEX26DEC81000CE", "bfo:SENSEX26DEC81000PE"]],
  ["usdinr 29 dec fut", ["cds:USDINR26DECFUT"]],
  ["usdinr 04 dec 84.25 call", ["cds:USDINR26D0484.25CE"]],
  ["usdinr 29 dec 84.5 put", ["cds:USDINR26DEC84.5PE"]],
  ["nifty 29 dec 24800 ce", ["nfo:NIFTY29DEC2624800CE"]],
  ["nifty 24800 ce", ["nfo:NIFTY01DEC2624800CE", "nfo:NIFTY29DEC2624800CE", "nfo:NIFTY26JAN2724800CE"]],
  ["24800 ce nifty jan 2027", ["nfo:NIFTY26JAN2724800CE"]],
  ["nifty fut", ["nfo:NIFTY29DEC26FUT", "nfo:NIFTY26JAN27FUT"]],
  ["nifty24nov26fut", []],
  ["nifty future", ["nfo:NIFTY29DEC26FUT", "nfo:NIFTY26JAN27FUT"]],
  ["banknifty fut", ["nfo:BANKNIFTY29DEC26FUT", "nfo:BANKNIFTY31FEB27FUT"]],
  ["crudeoil fut", ["mcx:CRUDEOIL18DEC26FUT", "mcx:CRUDEOIL19JAN27FUT"]],
  ["crudeoil 18 december", ["mcx:CRUDEOIL18DEC26FUT"]],
  ["gold 125000", ["mcx:GOLD28JAN27125000CE", "mcx:GOLD28JAN27125000PE"]],
  ["dhaniya 18/12/2026", ["ncdex:DHANIYA18DEC26FUT"]],
  ["guarseed dec", ["ncdex:GUARSEED26DECFUT"]],
  ["31 dec 81000 ce", ["bfo:SENSEX26DEC81000CE"], "bfo"],
  ["m&m", ["nse:M&M-EQ", "bse:M&M", "nfo:M&M29DEC26FUT"]],
  ["peninland", ["bse:PENINLAND", "nse:PENINLAND-BE"]],
  ["nifty 50", ["nse:Nifty 50", "cds:Nifty 50"]],
  ["bankex", ["bse:BANKEX", "bfo:BANKEX26DECFUT"]],
  ["nfo:nifty 26 jan fut", ["nfo:NIFTY26JAN27FUT"]],
];

for (const [query, first, exchange] of SEARCHED) {
  Deno.test(`search("${query}") gives ${first.join(", ") || "nothing"} first`, () => {
    const found = table.search(query, { limit: 10, exchange, today: TODAY });
    deepEqual(
      found.map(({ exchange, symbol }) => `${exchange}:${symbol}`).slice(0, Math.max(1, first.length)),
      first,
    );
    for (const { key, expiry } of found) {
      ok(expiry === undefined || expiry >= "2026-11-27", `${key} ${expiry}`);
    }
  });
}

Deno.test("rows that are left out, or lack something, are counted and named", () => {
  const { report } = tableAndReport(ODD_LIST);
  const words = `${report}`;
  equal(report.leftOut, 4);
  match(words, /2 with a number that another row has/);
  match(words, /1 with segment NCO/);
  match(words, /1 with a token that is not a number/);
  equal(report.incomplete, 1);
  match(words, /1 with no readable expiry \(nfo:70002 BANKNIFTY31FEB27FUT\)/);
  equal(report.unusual, true);
});

Deno.test("the rest of a list of full size is as the broker's is every day", () => {
  ok(report.leftOut > 5_000);
});
