import { deepStrictEqual as deepEqual, equal, match, ok } from "node:assert/strict";
import type { InstrumentKind } from "../../lib/market/calendar_file.ts";
import { type InstrumentKey, isIndexToken, splitKey } from "../../lib/market/market.ts";
import { builtInCatalog } from "../instruments/catalog_of.ts";
import { logLines } from "../log/lines.ts";
import { FEED_ROWS } from "./feed_rows.ts";
import { secretIn } from "./secrets.ts";
import { STREAM_ROWS, type StreamRow } from "./stream_rows.ts";
import { World } from "./world.ts";

const HOUR = 3_600_000;
const STEP_MS = 5_000;

/** Longer than an instrument takes to show that it ticks often. */
const WARM_UP_MS = 330_000;

/** What came of a row. Times in ms: from the beginning of the trouble, or from its end. */
interface Seen {
  readonly worth: readonly unknown[];
  readonly ready: boolean;
  readonly toldAt: number | undefined;
  readonly backAt: number | undefined;
  readonly told: readonly string[];
  /** All reasons of `/readyz`, and the log. */
  readonly said: string;
  readonly dials: number;
  readonly logins: number;
  readonly requests: number;
  /** Texts that the client of the broker's wire was sent. */
  readonly texts: number;
}

async function play<Broker>(row: StreamRow<Broker>, of: (world: World) => Broker): Promise<void> {
  await using log = await logLines();
  const instruments = builtInCatalog([]);
  instruments.tradedAs = (key) => ({ kind: kindOf(key) });
  const watch = row.watch ?? ["nse:99926000", "nse:3045"];
  const world = new World({ watch, instruments, tickEveryMs: STEP_MS });
  const { broker, clock } = world;
  if (row.fromStart) row.begin(of(world));
  await world.start("snapquote");
  if (!row.fromStart) {
    await world.pass(WARM_UP_MS, STEP_MS);
    equal(world.freshness(), "live");
  }
  const before = row.fromStart ? { dials: 0, logins: 0, requests: 0, texts: 0 } : counts(world);
  const events = world.events.length;
  const begun = clock.elapsed();
  let toldAt: number | undefined;
  const said: string[] = [];
  const look = () => {
    if (toldAt === undefined && world.events.length > events) toldAt = clock.elapsed() - begun;
    said.push(...world.readiness.reasons.map(({ message }) => message));
  };

  if (!row.fromStart) row.begin(of(world));
  while (clock.elapsed() - begun < row.lasts) {
    await world.pass(Math.min(STEP_MS, row.lasts - (clock.elapsed() - begun)), STEP_MS);
    look();
  }
  const worth = await world.worth();
  const [listed] = await world.subscriptions();
  const { ready } = world.readiness;
  if (row.backWithin !== Infinity) broker.recover();
  const ended = clock.elapsed();
  let backAt: number | undefined;
  while (clock.elapsed() - begun < HOUR) {
    await world.pass(STEP_MS, STEP_MS);
    look();
    if (backAt === undefined && world.freshness() === "live" && world.readiness.ready) {
      backAt = clock.elapsed() - ended;
    }
  }
  const after = counts(world);
  const told = [...new Set(world.events.slice(events).map(({ status }) => String(status)))];
  verify(row, {
    worth,
    ready,
    toldAt,
    backAt,
    told,
    said: [...said, ...log.lines].join("\n"),
    dials: after.dials - before.dials,
    logins: after.logins - before.logins,
    requests: after.requests - before.requests,
    texts: after.texts - before.texts,
  });
  if (row.lists !== undefined) match(String(listed!.reason), row.lists);
  for (const price of row.never ?? []) ok(!world.prices.includes(price), `${price} was told`);
  for (const price of row.always ?? []) ok(world.prices.includes(price), `${price} was not told`);
  const { counts: rejected } = world.pipeline.marketData.rejected;
  for (const reason of row.rejected ?? []) ok(rejected.has(reason), `${[...rejected.keys()]}, not ${reason}`);
  await world.stop();
  equal(secretIn(world.outputs(), broker), undefined);
  equal(secretIn(log.lines.join("\n"), broker), undefined);
  equal(clock.pending, 0);
}

function verify(row: StreamRow<never>, seen: Seen): void {
  // All who can be asked say the same at one moment.
  const { worth } = row;
  deepEqual(seen.worth, worth === undefined ? [undefined, "unknown", seen.worth[2]] : [worth, worth, worth]);
  deepEqual([seen.ready, seen.told], [row.ready, row.told]);
  const within = (ms: number | undefined, limit: number) => ms !== undefined && ms <= limit + STEP_MS;
  if (row.toldWithin !== undefined) {
    ok(within(seen.toldAt, row.toldWithin), `told after ${seen.toldAt} ms`);
  }
  if (row.backWithin === Infinity) equal(seen.backAt, undefined);
  else ok(within(seen.backAt, row.backWithin), `back after ${seen.backAt} ms`);
  if (row.says !== undefined) match(seen.said, row.says);
  for (const what of ["dials", "logins", "requests"] as const) {
    const [least, most] = row[what];
    ok(seen[what] >= least && seen[what] <= most, `${seen[what]} ${what} in an hour`);
  }
  equal(seen.texts, 0, "the broker's wire has no words for troubles");
}

function kindOf(key: InstrumentKey): InstrumentKind {
  const { exchange, token } = splitKey(key);
  return isIndexToken(token) ? "index" : exchange === "nfo" ? "option" : "stock";
}

function counts({ broker, smart }: World) {
  return {
    dials: broker.dials.length,
    logins: broker.logins.length,
    requests: broker.requests.length,
    texts: smart.frames.filter((frame) => typeof frame === "string").length,
  };
}

for (const row of STREAM_ROWS) {
  Deno.test(`stream: ${row.name}`, () => play(row, ({ broker }) => broker.control));
}

for (const row of FEED_ROWS) Deno.test(`feed: ${row.name}`, () => play(row, ({ broker }) => broker));
