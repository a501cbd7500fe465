import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { InstrumentCatalog } from "../../lib/instruments/catalog.ts";
import { createInstrumentCatalog } from "../../lib/instruments/catalog.ts";
import { WELL_KNOWN } from "../../lib/instruments/symbols.ts";
import { FakeClock } from "../fakes.ts";
import { catalogOfRows } from "../instruments/catalog_of.ts";
import { ODD_LIST } from "../instruments/odd_list.ts";
import type { FakeSocket } from "./fake_socket.ts";
import { last, Stage } from "./stage.ts";

interface Answer {
  readonly status: string;
  readonly code?: string;
  readonly message: string;
  readonly data: { readonly exchangeType: number; readonly tokens: string[] }[];
  readonly results?: Record<string, unknown>[];
  readonly left?: number;
}

const DAY_MS = 86_400_000;

/** A client of a proxy whose list is {@linkcode ODD_LIST}, fetched on 27 November 2026. */
class Desk {
  readonly #send: (value: unknown) => void;
  readonly #socket: FakeSocket;

  private constructor(readonly clock: FakeClock, readonly stage: Stage, readonly catalog: InstrumentCatalog) {
    const { send, socket } = stage.connect();
    this.#send = send;
    this.#socket = socket;
  }

  static async open(rows: readonly unknown[] = ODD_LIST): Promise<Desk> {
    const clock = new FakeClock(Date.parse("2026-11-27T10:00:00+05:30"));
    const catalog = await catalogOfRows(rows, clock);
    return new Desk(clock, new Stage({ clock, instruments: catalog.instruments }), catalog);
  }

  async ask(command: string, rest: object): Promise<Answer> {
    this.#send({ command, ...rest });
    await this.stage.drain();
    return last(this.#socket) as unknown as Answer;
  }
}

/** What an answer says of each instrument. */
function said({ results = [] }: Answer): unknown[] {
  return results.map(({ status, instrument, code }) => code ?? (status === "accepted" ? instrument : status));
}

Deno.test("an answer names each instrument once, by whatever names it was asked for", async () => {
  const desk = await Desk.open();
  const answer = await desk.ask("subscribe", {
    exchange: "nse",
    tokens: ["3045", 3045, "nse:3045"],
    symbols: ["SBIN", "nse:SBIN-EQ", "NOBODY", "NOBODY", "26000", "NIFTY"],
  });
  deepEqual(said(answer), ["nse:3045", "unknown_instrument", "nse:99926000"]);
  deepEqual(answer.data, [{ exchangeType: 1, tokens: ["3045", "99926000"] }]);
  equal(answer.message.startsWith("Subscribed to 2 of 3 instruments; NOBODY: "), true, answer.message);
});

Deno.test("what a name leads to decides between accepted and a code of its own", async () => {
  const desk = await Desk.open();
  const answer = await desk.ask("subscribe", {
    symbols: ["nse:3045", "CHOLAFIN", "NIFTY24NOV26FUT", "CRUDEOIL", "QQQQ", "PENINLAND"],
  });
  deepEqual(said(answer), [
    "nse:3045",
    "ambiguous_instrument",
    "expired_instrument",
    "underlying_instrument",
    "unknown_instrument",
    "nse:5358",
  ]);
  const [, ambiguous, expired, underlying] = answer.results!;
  deepEqual(ambiguous!.suggestions, ["bse:937001", "bse:511243"]);
  match(String(expired!.message), /expired on 2026-11-24/);
  deepEqual((expired!.suggestions as string[])[0], "nfo:NIFTY29DEC26FUT");
  deepEqual((underlying!.suggestions as string[])[0], "mcx:CRUDEOIL18DEC26FUT");
});

Deno.test("numbers of expired contracts and of rows that cannot tick are refused as their names are", async () => {
  const desk = await Desk.open();
  const expired = await desk.ask("subscribe", { exchange: "nfo", tokens: ["68000", "68392", "1"] });
  deepEqual(said(expired), ["expired_instrument", "nfo:68392", "unknown_instrument"]);
  equal(expired.results![0]!.instrument, "nfo:68000");
  const spot = await desk.ask("subscribe", { tokens: ["mcx:120", "cds:1"] });
  deepEqual(said(spot), ["underlying_instrument", "underlying_instrument"]);
});

/** Pairs of names of one instrument. */
const SAME = [
  ["SBIN", "nse:3045"],
  ["NSE:SBIN-EQ", "SBIN.NS"],
  ["NIFTY", "^NSEI"],
  ["nse:26000", "Nifty 50"],
  ["SENSEX26DEC81000CE", "BSE:SENSEX261231C81000"],
  ["USDINR26D04FUT", "cds:USDINR04DEC26FUT"],
  ["PENINLAND", "nse:PENINLAND-BE"],
] as const;

for (const [one, other] of SAME) {
  Deno.test(`unsubscribe from ${other} ends what was subscribed as ${one}`, async () => {
    const desk = await Desk.open();
    equal((await desk.ask("subscribe", { symbols: [one] })).status, "success");
    const { status, left } = await desk.ask("unsubscribe", { symbols: [other] });
    deepEqual([status, left], ["success", 0]);
  });
}

Deno.test("what was subscribed before it expired, or was taken off the list, can still be given up", async () => {
  const desk = await Desk.open();
  const { clock } = desk;
  await desk.ask("subscribe", { symbols: ["USDINR26N27FUT", "SENSEX26D0381000CE"] });
  clock.advance(10 * DAY_MS);
  equal((await desk.ask("subscribe", { symbols: ["USDINR26N27FUT"] })).code, "expired_instrument");
  equal((await desk.ask("unsubscribe", { symbols: ["USDINR26N27FUT"] })).left, 1);
  equal((await desk.ask("unsubscribe", { exchange: "bfo", tokens: [861102] })).left, 0);
  await desk.catalog.stop();
});

Deno.test("giving up an ambiguous name ends the one of its instruments that is subscribed", async () => {
  const desk = await Desk.open();
  await desk.ask("subscribe", { symbols: ["bse:937001"] });
  deepEqual((await desk.ask("unsubscribe", { symbols: ["CHOLAFIN"] })).data, [{
    exchangeType: 3,
    tokens: ["937001"],
  }]);
  await desk.ask("subscribe", { symbols: ["bse:937001", "bse:511243"] });
  equal((await desk.ask("unsubscribe", { symbols: ["CHOLAFIN"] })).code, "ambiguous_instrument");
});

Deno.test("a number that an owner's old list lacks is accepted, and the doubt is said; a name is not", async () => {
  const clock = new FakeClock(Date.parse("2026-11-27T10:00:00+05:30"));
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, JSON.stringify(ODD_LIST));
    const written = clock.now() - 60 * DAY_MS;
    await Deno.utime(file, written / 1000, written / 1000);
    const catalog = createInstrumentCatalog({ clock, random: () => 0.5, builtIn: WELL_KNOWN, file });
    catalog.start();
    await catalog.ready;
    const stage = new Stage({ clock, instruments: catalog.instruments });
    const { send, socket } = stage.connect();
    send({ command: "subscribe", symbols: ["nse:99999", "SBIN", "NEWSHARE", "NIFTY24NOV26FUT"] });
    await stage.drain();
    const { results } = last(socket) as unknown as Answer;
    const [number, share, name, expired] = results!;
    deepEqual([number!.status, number!.instrument], ["accepted", "nse:99999"]);
    match(String(number!.doubt), /the list of 2026-09-28 \(60 days old\) does not have it/);
    deepEqual([share!.status, share!.doubt], ["accepted", undefined]);
    match(String(name!.message), /no instrument of the list of 2026-09-28 \(60 days old\)/);
    equal(expired!.code, "expired_instrument");
    await catalog.stop();
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("two names in one text, numbers, and a list that is no list are taken for what they are", async () => {
  const desk = await Desk.open();
  deepEqual(said(await desk.ask("subscribe", { symbols: "SBIN, TCS" })), ["nse:3045", "nse:11536"]);
  deepEqual(said(await desk.ask("subscribe", { exchange: " Nse_Cm ", symbols: [2885], tokens: null })), [
    "nse:2885",
  ]);
  const { code, message } = await desk.ask("subscribe", { symbols: {} });
  ok(code === "bad_command" && message.includes('"symbols" must be a list of names'), message);
});
