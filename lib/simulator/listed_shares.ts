import { contractDay, dayText, istDay } from "../market/day.ts";
import { DAY_MS } from "../market/ist.ts";
import { keyOf } from "../market/market.ts";
import { contractMonth, lastTuesday, roundToTick, type SimulatedInstrument } from "./instruments.ts";
import { CARRY, priceByModel } from "./option_chains.ts";

/** Names and prices of shares, so that there is something to search for. The prices are made up. */
const SHARES = `
ABB 5210 ADANIENT 2484 ADANIGREEN 1048 ADANIPORTS 1432 ADANIPOWER 148 ALKEM 5520 AMBUJACEM 562 ANGELONE 2655 APOLLOHOSP 7410
APOLLOTYRE 498 ASHOKLEY 142 ASIANPAINT 2506 ASTRAL 1452 AUBANK 742 AUROPHARMA 1124 AXISBANK 1238 BAJAJ-AUTO 8894 BAJAJFINSV 2082
BAJFINANCE 1012 BALKRISIND 2310 BANDHANBNK 164 BANKBARODA 264 BANKINDIA 124 BEL 402 BERGEPAINT 542 BHARATFORG 1284 BHARTIARTL 1968
BHEL 236 BIOCON 372 BOSCHLTD 38150 BPCL 338 BRITANNIA 5836 BSE 2484 CANBK 128 CDSL 1612 CHOLAFIN 1614 CIPLA 1542 COALINDIA 388
COFORGE 1712 COLPAL 2236 CONCOR 538 CROMPTON 284 CUMMINSIND 3928 DABUR 498 DALBHARAT 2218 DEEPAKNTR 1786 DIVISLAB 6124 DIXON 16480
DLF 742 DMART 4312 DRREDDY 1248 EICHERMOT 6892 ESCORTS 3476 EXIDEIND 394 FEDERALBNK 212 GAIL 182 GLENMARK 1942 GMRAIRPORT 92
GODREJCP 1184 GODREJPROP 2096 GRASIM 2786 HAL 4762 HAVELLS 1502 HCLTECH 1486 HDFCAMC 5462 HDFCLIFE 768 HEROMOTOCO 5424 HINDALCO 772
HINDPETRO 442 HINDUNILVR 2512 ICICIGI 1896 ICICIPRULI 602 IDEA 9 IDFCFIRSTB 74 IEX 142 IGL 206 INDHOTEL 738 INDIGO 5764 INDUSINDBK 752
INDUSTOWER 362 IOC 152 IRCTC 716 IRFC 124 JINDALSTEL 1062 JSWENERGY 536 JSWSTEEL 1164 JUBLFOOD 606 KOTAKBANK 2124 LICHSGFIN 572
LICI 894 LODHA 1198 LT 3742 LTIM 5218 LUPIN 1958 M&M 3562 MANAPPURAM 284 MARICO 724 MARUTI 16120 MCX 7824 MFSL 1556 MPHASIS 2782
MRF 148250 MUTHOOTFIN 3124 NATIONALUM 234 NAUKRI 1364 NESTLEIND 1182 NHPC 84 NMDC 76 NTPC 342 OBEROIRLTY 1652 ONGC 248 PAGEIND 41260
PAYTM 1242 PERSISTENT 5364 PETRONET 282 PFC 402 PIDILITIND 1502 PIIND 3548 PNB 114 POLYCAB 7436 POWERGRID 288 RECLTD 372 SAIL 136
SBICARD 906 SBILIFE 1824 SHREECEM 29150 SHRIRAMFIN 674 SIEMENS 3124 SRF 2954 SUNPHARMA 1624 SUNTV 568 SUZLON 58 SYNGENE 642
TATACHEM 894 TATACONSUM 1126 TATAELXSI 5482 TATAPOWER 396 TATASTEEL 174 TECHM 1452 TITAN 3684 TORNTPHARM 3562 TRENT 4724 TVSMOTOR 3486
ULTRACEMCO 12240 UNIONBANK 138 UPL 682 VBL 464 VEDL 474 VOLTAS 1362 WIPRO 246 YESBANK 22 ZYDUSLIFE 984
`.trim().split(/\s+/);

/** Tokens of the first of each kind; the others follow. */
const TOKENS = { nse: 600_001, bse: 610_001, nfo: 620_001 };

/** What a lot of a future is worth, rupees, about. */
const LOT_WORTH = 600_000;

/**
 * Some 160 shares, each on both exchanges and with a future that follows it.
 *
 * @param at When the stream begins, ms since the Unix epoch.
 */
export function listedShares(at: number): SimulatedInstrument[] {
  const found: SimulatedInstrument[] = [];
  const end = lastTuesday(contractMonth(at)).getTime() / DAY_MS;
  const expiry = dayText(end);
  for (let i = 0; i < SHARES.length / 2; i++) {
    const [name, rupees] = [SHARES[2 * i]!, Number(SHARES[2 * i + 1])];
    // Up or down by as much as 2.5 %, each by something else.
    const change = 0.025 * Math.sin(istDay(at) + 7 * i);
    const share: SimulatedInstrument = {
      exchange: "nse",
      token: String(TOKENS.nse + i),
      symbol: `${name}-EQ`,
      price: roundToTick(rupees, 0.05),
      previousClose: roundToTick(rupees / (1 + change), 0.05),
      tickSize: 0.05,
      lotSize: 1,
      band: 0.1,
      book: "full",
      at,
    };
    const twin = { ...share, exchange: "bse", token: String(TOKENS.bse + i), symbol: name } as const;
    const future: SimulatedInstrument = {
      ...share,
      exchange: "nfo",
      token: String(TOKENS.nfo + i),
      symbol: `${name}${contractDay(end)}FUT`,
      lotSize: Math.max(25, 25 * Math.round(LOT_WORTH / rupees / 25)),
      contract: { underlying: name, expiry, kind: "FUT" },
      model: { follows: keyOf("nse", share.token), carry: CARRY },
    };
    found.push(share, twin, priceByModel(future, share, at));
  }
  return found;
}
