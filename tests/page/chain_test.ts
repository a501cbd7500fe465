import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { NOT_VALUED } from "../../lib/clients/http/schemas/chain.ts";
import { createChainTable } from "../../static/page/chain_table.js";
import { parts } from "./parts.ts";
import { stubDocument, StubElement } from "./stub_dom.ts";

const option = (strike: number, side: string, more = {}) => ({
  instrument: `nfo:${strike}${side}`,
  symbol: `NIFTY01DEC26${strike}${side}`,
  freshness: "live",
  last_traded_price: 123.5,
  open_interest: 1_000,
  implied_volatility: 12.345,
  ...more,
});

const row = (strike: number, call = {}, put = {}) => ({
  strike,
  call: option(strike, "CE", call),
  put: option(strike, "PE", put),
});

const ANSWER = {
  underlying: "nfo:NIFTY",
  expires: "2026-12-01",
  expiries: ["2026-12-01", "2026-12-08"],
  at_the_money: 24_800,
  reference: { symbol: "Nifty 50", last_traded_price: 24_812.3, freshness: "live" },
  forward: { price: 24_830.25 },
  data: [row(24_750), row(24_800, { open_interest: 4_000 }), row(24_850)],
};

Deno.test("the ladder falls from the highest strike, with a bar of the largest open interest", () => {
  const ladder = parts.ladderOf(ANSWER);
  // deno-lint-ignore no-explicit-any
  deepEqual(ladder.map(({ strike, atTheMoney, call }: any) => [strike, atTheMoney, call.share]), [
    ["24,850", false, 25],
    ["24,800", true, 100],
    ["24,750", false, 25],
  ]);
  deepEqual(ladder[0].put, {
    key: "nfo:24850PE",
    symbol: "NIFTY01DEC2624850PE",
    price: "123.50",
    interest: "1,000",
    share: 25,
    volatility: { text: "12.3", why: "" },
    old: "",
  });
  match(
    parts.chainWords(ANSWER, ladder),
    /^nfo:NIFTY, expires 1 Dec 2026 · Nifty 50 24,812.30 · forward 24,830.25$/,
  );
});

Deno.test("each reason for no volatility has its words, and no number stands in its place", () => {
  for (const reason of NOT_VALUED) {
    const none = { implied_volatility: undefined, not_valued: reason };
    const [{ call }] = parts.ladderOf({ ...ANSWER, data: [row(24_800, none)] });
    ok(call.volatility.why.length > 5, reason);
    match(call.volatility.text, /^[a-z ]+$/, reason);
  }
});

Deno.test("what is old is counted and named, and what is not known is a dash", () => {
  const data = [
    row(24_750, { freshness: "stale" }, {
      freshness: "unknown",
      last_traded_price: undefined,
      open_interest: undefined,
    }),
    { strike: 24_800, call: option(24_800, "CE") },
    null,
    { strike: "24,850" },
  ];
  const ladder = parts.ladderOf({ ...ANSWER, data });
  deepEqual(ladder.map(({ strike }: { strike: string }) => strike), ["24,800", "24,750"]);
  equal(ladder[0].put, undefined);
  deepEqual([ladder[1].call.old, ladder[1].put.old], ["stale", "no tick"]);
  deepEqual([ladder[1].put.price, ladder[1].put.interest, ladder[1].put.share], ["—", "—", 0]);
  match(parts.chainWords(ANSWER, ladder), /2 of 3 prices are not live$/);
  const waiting = { ...ANSWER, data: [], reference: { symbol: "Nifty 50" }, forward: undefined };
  equal(parts.chainWords(waiting, []), "nfo:NIFTY, expires 1 Dec 2026 · no price of Nifty 50 yet");
  deepEqual(parts.ladderOf({}), []);
});

Deno.test("the listed expiries can be chosen, and the one that is asked for is always among them", () => {
  const values = (chosen: string, answer: unknown = ANSWER) =>
    parts.expiriesOf(answer, chosen).map(([value]: string[]) => value);
  deepEqual(values("nearest"), ["nearest", "next", "monthly", "2026-12-01", "2026-12-08"]);
  equal(values("2026-12-29").at(-1), "2026-12-29");
  deepEqual(values("next", {}), ["nearest", "next", "monthly"]);
});

function setUp() {
  let now = 1_795_149_932_000;
  const paths: string[] = [];
  const turns: PromiseWithResolvers<unknown>[] = [];
  const feed = parts.createChainFeed({
    get(path: string) {
      paths.push(path);
      turns.push(Promise.withResolvers());
      return turns.at(-1)!.promise;
    },
    changed() {},
    now: () => now,
  });
  return {
    feed,
    paths,
    wait: (ms: number) => now += ms,
    async answer(i: number, answer: unknown) {
      if (answer instanceof Error) turns[i]!.reject(answer);
      else turns[i]!.resolve(answer);
      for (let i = 0; i < 5; i++) await Promise.resolve();
    },
  };
}

Deno.test("a chain is asked for every three seconds, one question at a time", async () => {
  const { feed, paths, wait, answer } = setUp();
  feed.beat();
  deepEqual([paths.length, feed.old], [0, false]);
  feed.ask("M&M", "nearest");
  equal(paths[0], "chain?underlying=M%26M&expiry=nearest&strikes=10");
  wait(60_000);
  feed.beat();
  equal(paths.length, 1);
  await answer(0, ANSWER);
  equal(feed.state.answer, ANSWER);
  feed.beat();
  equal(paths.length, 2);
});

Deno.test("what failed says so, keeps what there was, and grows old; a late answer to another question is not shown", async () => {
  const { feed, wait, answer } = setUp();
  feed.ask("NIFTY", "nearest");
  await answer(0, ANSWER);
  for (
    const [failure, words] of [[new Error("torn"), /^The proxy does not answer$/], [{
      status: "error",
      message: "Slow down",
    }, /^Slow down$/]] as const
  ) {
    wait(6_000);
    feed.beat();
    await answer(failure instanceof Error ? 1 : 2, failure);
    match(feed.state.fault, words);
    equal(feed.state.answer, ANSWER);
  }
  equal(feed.old, true);
  match(parts.faultWords(feed.state, { old: true, cut: false }), /^Slow down\. These figures are of .+\.$/);
  equal(parts.faultWords({ answer: ANSWER }, { old: false, cut: false }), "");
  match(
    parts.faultWords({ answer: ANSWER, answeredAt: 1 }, { old: false, cut: true }),
    /^Not live\. These figures/,
  );
  equal(parts.faultWords({}, { old: false, cut: false }), "Asking the proxy…");
  feed.ask("SENSEX", "nearest");
  feed.ask("BANKNIFTY", "next");
  await answer(3, ANSWER);
  equal(feed.state.answer, undefined);
});

Deno.test("arrows go from price to price, Enter is a button's own, and Tab comes to one of them", () => {
  Object.assign(globalThis, { document: stubDocument() });
  const body = new StubElement("tbody");
  const chosen: string[] = [];
  // deno-lint-ignore no-explicit-any
  const show = createChainTable({ body: body as any, chosen: ({ symbol }: any) => chosen.push(symbol) });
  show(parts.ladderOf(ANSWER));
  const buttons = () =>
    body.children.flatMap((line) => [line.children[2]!.children[0]!, line.children[4]!.children[0]!]);
  const reached = () => buttons().map(({ tabIndex }, i) => tabIndex === 0 ? i : -1).filter((i) => i >= 0);
  const press = (key: string) => body.fire("keydown", { key });
  deepEqual(reached(), [2]);
  press("ArrowRight");
  press("ArrowDown");
  press("ArrowDown");
  press("ArrowRight");
  deepEqual(reached(), [5]);
  press("Home");
  deepEqual(reached(), [3]);
  buttons()[3]!.fire("click");
  deepEqual(chosen, ["NIFTY01DEC2624800PE"]);
  equal(buttons()[3]!.attributes.get("aria-label"), "24,800 put, 123.50, add to the list");
  // A shorter ladder hides what it has no strikes for.
  show(parts.ladderOf({ ...ANSWER, data: [row(24_800)] }));
  deepEqual([body.children.filter(({ hidden }) => !hidden).length, reached()], [1, [0]]);
});
