import { z } from "zod";
import { ChainTables } from "../../chain/chain_table.ts";
import { futureOf } from "../../chain/reference.ts";
import { nearestPlace, pairsAround } from "../../chain/strike_window.ts";
import type { Freshness } from "../../feed/freshness.ts";
import type { MarketTick } from "../../feed/market_tick.ts";
import type { StrikePair } from "../../instruments/underlying.ts";
import type { InstrumentKey } from "../../market/market.ts";
import { momentOf } from "../../util/clock.ts";
import { findChain, type FoundChain, isChainRefusal } from "../chains/chain_request.ts";
import type { RefusedRow } from "../chains/client_chain.ts";
import { DEFAULT_STRIKES, expiry, MAX_STRIKES, strikes, underlying } from "../json/commands/chain_field.ts";
import { CHAIN_COLUMNS, chainCsvRow, chainRow, forwardFields, named } from "./chain_rows.ts";
import { errorResponse } from "./http_error.ts";
import type { LeaseHolder } from "./leases.ts";
import { csvRows, jsonRows } from "./long_answers.ts";
import { exchange, format, wait } from "./parameters.ts";
import { defineRoute, type HttpRoute } from "./route.ts";
import { chainAnswer } from "./schemas/chain.ts";
import { table } from "./schemas/fields.ts";
import { statusOfRefusal } from "./selected_rows.ts";
import type { HttpSources } from "./sources.ts";

/** Per cent for a year: about what money costs in India. */
const DEFAULT_RATE = 6;

const RATE_RANGE = "must be per cent for a year, from -10 to 50";

/** Contracts that are leased, or valued, in a unit of work. */
const CONTRACTS_PER_UNIT = 4;

const unitsOf = ({ length }: readonly InstrumentKey[]) => 1 + length / CONTRACTS_PER_UNIT;

/** An option chain as one table: prices, and what they imply. Who asks is subscribed to it for a while. */
export function chainRoute(sources: HttpSources): HttpRoute {
  const { clock, instruments, leases, marketData, status } = sources;
  const tables = new ChainTables(sources);
  return defineRoute({
    path: "/chain",
    summary: "The options of an underlying around the money, with volatilities and Greeks",
    query: {
      underlying: underlying.describe("a name of the underlying, such as NIFTY"),
      exchange: exchange.optional(),
      expiry: expiry.default("nearest").describe("nearest, next, monthly, or a day such as 2026-12-29"),
      strikes: strikes.default(DEFAULT_STRIKES).describe(`on each side of the money, up to ${MAX_STRIKES}`),
      rate: z.number(RATE_RANGE).min(-10, RATE_RANGE).max(50, RATE_RANGE).default(DEFAULT_RATE)
        .describe("interest in per cent for a year, continuously compounded; it discounts"),
      wait,
      format,
    },
    answers: { "application/json": chainAnswer, "text/csv": table },
    units: (input) => 10 + 4 * input.strikes,
    inPieces: true,
    async answer(input, call) {
      const found = findChain(input, instruments);
      if (isChainRefusal(found)) {
        const { code, message, suggestions } = found;
        const more = suggestions === undefined ? {} : { more: { suggestions } };
        return errorResponse({ http: statusOfRefusal(code), code, message, ...more });
      }
      const { reference, expiry: expires } = found;
      const { id, exchange, expiries } = found.underlying;
      const future = futureOf(found.underlying, expires)?.key;
      const holder = leases.of(call.peer, call.entitlement);
      const refused = take(holder, [reference, ...future === undefined ? [] : [future]]);
      const refusal = refused.get(reference);
      if (refusal !== undefined) {
        const message = `the chain follows ${refusal.word}: ${refusal.message}`;
        return errorResponse({ http: statusOfRefusal(refusal.code), code: refusal.code, message });
      }
      await holder.firstTicks([reference], "ltp", input.wait);
      const around = await call.turn(1, () => aroundTheMoney(found, input.strikes, sources));
      const { atTheMoney, last, pairs, price } = around;
      const keys = pairs.flatMap(keysOf);
      for (const [key, row] of await call.turn(unitsOf(keys), () => take(holder, keys))) {
        refused.set(key, row);
      }
      const accepted = [...keys, ...future === undefined ? [] : [future]].filter((key) => !refused.has(key));
      await holder.firstTicks(accepted, "snapquote", input.wait);
      // All of it is of one moment; to write it takes several turns.
      const { made, now, rows, worth } = await call.turn(unitsOf(keys), () => {
        const worth = marketData.freshness(reference, "ltp");
        const made = tables.of({
          exchange,
          expiry: expires,
          pairs,
          future: future !== undefined && !refused.has(future) ? future : undefined,
          at: valuedAt(last, worth, clock.now()),
          rate: input.rate / 100,
        });
        const rows = made.rows.map((row) => chainRow(row, refused, sources));
        return { made, now: momentOf(clock), rows, worth };
      });
      const { source } = status();
      const forward = forwardFields(made.forward);
      if (input.format === "csv") {
        const common = { underlying: id, expires, source, forward: forward?.price };
        const cellsOf = (row: Record<string, unknown>) =>
          chainCsvRow({ ...common, ...row, at_the_money: row.strike === atTheMoney });
        return await csvRows(CHAIN_COLUMNS, rows, cellsOf, call.turn);
      }
      const [first] = refused.values();
      const reason = atTheMoney === undefined ? `; there is no price of ${reference} yet` : "";
      const head = {
        status: first === undefined ? "success" : "partial",
        code: first?.code,
        message: `${id} ${expires}: ${rows.length} strikes${reason}` +
          (first === undefined ? "" : `; ${first.word}: ${first.message}`),
        source,
        as_of: now.now,
        underlying: id,
        expires,
        expiries,
        rate: input.rate,
        days_left: Number((made.years * 365).toFixed(4)),
        reference: {
          ...named(reference, instruments),
          last_traded_price: price,
          freshness: last === undefined ? "unknown" : worth,
          last_tick_age_ms: last === undefined ? undefined : Math.round(now.elapsed - last.elapsed),
        },
        at_the_money: atTheMoney,
        forward,
      };
      return await jsonRows(head, rows, call.turn);
    },
  });
}

/** The strikes that are nearest to the money; none where the reference has no price. */
function aroundTheMoney(
  { underlying, reference, expiry }: FoundChain,
  strikes: number,
  { instruments, marketData }: Pick<HttpSources, "instruments" | "marketData">,
) {
  const last = marketData.last(reference);
  const price = last?.hasPrice("ltp") ? last.tick.lastPrice : undefined;
  const all = instruments.strikes(underlying, expiry);
  const place = price === undefined || all.length === 0 ? undefined : nearestPlace(all, price);
  if (place === undefined) return { last, price, pairs: [], atTheMoney: undefined };
  return { last, price, pairs: pairsAround(all, place, strikes), atTheMoney: all[place]!.strike };
}

/** While the market is closed, time stands still where its last price is of. */
function valuedAt(last: MarketTick | undefined, freshness: Freshness, now: number): number {
  const priced = last?.tick.exchangeTime ?? 0;
  return freshness === "closed" && priced > 0 ? Math.min(priced, now) : now;
}

/** Leases instruments. @returns Those that there is no room for, or that are not permitted. */
function take(holder: LeaseHolder, keys: readonly InstrumentKey[]): Map<InstrumentKey, RefusedRow> {
  const rows = holder.take(keys.map((key) => ({ status: "accepted", key })), "snapquote");
  const refused = new Map<InstrumentKey, RefusedRow>();
  rows.forEach((row, i) => row.status === "refused" && refused.set(keys[i]!, row));
  return refused;
}

function keysOf({ call, put }: StrikePair): InstrumentKey[] {
  return [call, put].filter((key) => key !== undefined);
}
