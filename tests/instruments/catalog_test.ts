import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
  createInstrumentCatalog,
  type InstrumentCatalog,
  type InstrumentCatalogOptions,
  KEPT_NAME,
} from "../../lib/instruments/catalog.ts";
import type { Instruments } from "../../lib/instruments/instrument.ts";
import { WELL_KNOWN } from "../../lib/instruments/symbols.ts";
import { type Simulator, startSimulator } from "../../lib/simulator/simulator.ts";
import type { Clock } from "../../lib/util/clock.ts";
import { FakeClock, seededRandom } from "../fakes.ts";
import { logLines } from "../log/lines.ts";
import { indexRows } from "./master.ts";

const HOUR_MS = 3_600_000;

/** A list with a little less than half of the simulated master's rows. */
const FEW_ROWS = Array.from(
  { length: 13 },
  (_, i) => indexRows(String(99_926_000 + i), `Index ${i}`, `I${i}`),
).flat();

/** Rows of the simulated master that can be looked up. */
const ROWS = 29;

/** The simulator's master, keepers that live one after the other in a folder, and what they asked for. */
class Setting implements AsyncDisposable {
  readonly clock = new FakeClock();
  /** When what was asked for. */
  readonly asked: { at: number; url: string }[] = [];
  /** What the next requests are answered with, in place of the master. */
  variant = "";
  answer: (() => Promise<Response>) | undefined;
  /** Waits that keepers have begun: the end of each start, of each try, and of each part of a long wait. */
  #waits = 0;
  #keepers: InstrumentCatalog[] = [];

  private constructor(readonly simulator: Simulator, readonly folder: string) {}

  static async make(): Promise<Setting> {
    const simulator = await startSimulator({ clock: new FakeClock(), random: seededRandom(1) });
    return new Setting(simulator, await Deno.makeTempDir());
  }

  get kept(): string {
    return `${this.folder}/${KEPT_NAME}`;
  }

  keeper(options: Partial<InstrumentCatalogOptions> = {}): InstrumentCatalog {
    const clock: Clock = {
      now: () => this.clock.now(),
      elapsed: () => this.clock.elapsed(),
      after: (ms, run) => {
        if (ms !== 90_000) this.#waits++;
        return this.clock.after(ms, run);
      },
    };
    const keeper = createInstrumentCatalog({
      clock,
      random: () => 0.25,
      url: this.simulator.instrumentsUrl,
      folder: this.folder,
      builtIn: WELL_KNOWN,
      fetch: ((url: string, init: RequestInit) => {
        this.asked.push({ at: this.clock.now(), url });
        return this.answer?.() ?? fetch(url + this.variant, init);
      }) as typeof fetch,
      ...options,
    });
    this.#keepers.push(keeper);
    return keeper;
  }

  /** A keeper that has had its first try. */
  async started(options: Partial<InstrumentCatalogOptions> = {}): Promise<InstrumentCatalog> {
    const keeper = this.keeper(options);
    const waits = this.#waits;
    keeper.start();
    await until(() => this.#waits > waits);
    await keeper.ready;
    return keeper;
  }

  /** Turns the clock by a minute, and lets a try that begins meanwhile end. */
  async minute(): Promise<void> {
    const waits = this.#waits;
    this.clock.advance(60_000);
    if (this.clock.pending === 0) await until(() => this.#waits > waits);
  }

  /** Turns the clock until so many requests have been made and answered. */
  async untilAsked(times: number): Promise<void> {
    for (let minutes = 0; this.asked.length < times; minutes++) {
      ok(minutes < 3 * 1440, `${this.asked.length} requests in three days`);
      await this.minute();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const keeper of this.#keepers) await keeper.stop();
    await this.simulator.stop();
    equal(this.clock.pending, 0);
    deepEqual([...Deno.readDirSync(this.folder)].filter(({ name }) => name.endsWith(".part")), []);
    await Deno.remove(this.folder, { recursive: true });
  }
}

function keyOfName(instruments: Instruments, name: string): string | undefined {
  const found = instruments.resolve(name);
  return found.kind === "found" ? found.key : undefined;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    ok(tries < 2_000, `not so: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

Deno.test("a keeper knows the well-known at once, and the whole master when it is there", async () => {
  await using setting = await Setting.make();
  const keeper = setting.keeper();
  const { instruments } = keeper;
  deepEqual(instruments.status(), { rows: WELL_KNOWN.length, source: "built-in" });
  equal(instruments.complete, false);
  equal(instruments.symbolOf("nse:99926000"), "Nifty 50");
  equal(instruments.symbolOf("nse:11536"), "11536");
  equal(instruments.get("nse:11536"), undefined);
  keeper.start();
  await keeper.ready;
  const asOf = setting.clock.now();
  deepEqual(instruments.status(), { rows: ROWS, asOf, source: "download" });
  equal(instruments.complete, true);
  equal(instruments.symbolOf("nse:11536"), "TCS-EQ");
  equal(instruments.symbolOf("nse:26000"), "Nifty 50");
  deepEqual(keyOfName(instruments, "BANKNIFTY"), "nse:99926009");
  deepEqual(instruments.get("bse:3045")?.symbol, "SIMULATED LTD");
  deepEqual(instruments.get("nse:3045")?.symbol, "SBIN-EQ");
  deepEqual(instruments.get("nfo:63915"), {
    key: "nfo:63915",
    exchange: "nfo",
    token: "63915",
    symbol: "NIFTY29DEC2624800CE",
    name: "NIFTY",
    type: "option",
    expiry: "2026-12-29",
    strike: 24_800,
    lotSize: 65,
    tickSize: 0.05,
  });
  deepEqual(instruments.get("cds:1284")?.tickSize, 0.0025);
  equal((await Deno.stat(setting.kept)).mtime?.getTime(), asOf);
});

Deno.test("without an address or a file there is the built-in, and no request", async () => {
  await using setting = await Setting.make();
  const keeper = setting.keeper({ url: undefined });
  keeper.start();
  await keeper.ready;
  equal(keeper.instruments.status().source, "built-in");
  equal(setting.asked.length, 0);
});

/** What comes instead of a master. */
const BAD: Readonly<Record<string, (setting: Setting) => void>> = {
  "an HTML page": (setting) => setting.variant = "?variant=html",
  "half a master": (setting) => setting.variant = "?variant=truncated",
  "an error's status": (setting) =>
    setting.answer = () => Promise.resolve(new Response("busy", { status: 503 })),
  "an empty list": (setting) => setting.answer = () => Promise.resolve(new Response("[]")),
  "nothing": (setting) => setting.answer = () => Promise.resolve(new Response("")),
  "no content": (setting) => setting.answer = () => Promise.resolve(new Response(null, { status: 204 })),
  "the list within an object": (setting) =>
    setting.answer = async () =>
      Response.json({ status: true, data: await (await fetch(setting.simulator.instrumentsUrl)).json() }),
  "bytes that are no text": (setting) =>
    setting.answer = () => Promise.resolve(new Response(new Uint8Array(100_000).map((_, i) => i * 7919))),
  "a list of nothing": (setting) =>
    setting.answer = () =>
      Promise.resolve(Response.json([null, 1, "x", [], {}, { token: null, symbol: {} }])),
  "one row that has no end": (setting) =>
    setting.answer = () => Promise.resolve(new Response(`[{"token":"${"1".repeat(3_000_000)}`)),
  "a body that breaks off": (setting) =>
    setting.answer = () =>
      Promise.resolve(
        new Response(new ReadableStream({ pull: (body) => body.error(new TypeError("reset")) })),
      ),
  "a master that shrank to less than half": (setting) =>
    setting.answer = () => Promise.resolve(new Response(JSON.stringify(FEW_ROWS))),
  "a master without an index": (setting) =>
    setting.answer = async () => {
      const whole = await fetch(setting.simulator.instrumentsUrl);
      return new Response((await whole.text()).replaceAll("AMXIDX", ""));
    },
  "no answer at all": (setting) => setting.answer = () => Promise.reject(new TypeError("unreachable")),
};

for (const [what, arrange] of Object.entries(BAD)) {
  Deno.test(`${what} leaves the kept master in place and in use, and is asked for again`, async () => {
    await using setting = await Setting.make();
    await (await setting.started()).stop();
    const good = await Deno.readTextFile(setting.kept);
    const asOf = setting.clock.now();
    arrange(setting);
    setting.clock.advance(24 * HOUR_MS);
    const { instruments } = await setting.started();
    await setting.untilAsked(2);
    deepEqual(instruments.status(), { rows: ROWS, asOf, source: "kept" });
    equal(instruments.symbolOf("nse:11536"), "TCS-EQ");
    equal(instruments.complete, true);
    await setting.untilAsked(3);
    deepEqual(instruments.status(), { rows: ROWS, asOf, source: "kept" });
    equal(await Deno.readTextFile(setting.kept), good);
    setting.variant = "";
    setting.answer = undefined;
    await setting.untilAsked(4);
    equal(instruments.status().source, "download");
    ok(instruments.status().asOf! > asOf);
  });
}

Deno.test("a kept master of this morning is used without another request; an older one at once", async () => {
  await using setting = await Setting.make();
  await (await setting.started()).stop();
  const asOf = setting.clock.now();
  const again = await setting.started();
  deepEqual(again.instruments.status(), { rows: ROWS, asOf, source: "kept" });
  equal(setting.asked.length, 1);
  await again.stop();
  setting.clock.advance(48 * HOUR_MS);
  let respond = (_: Response) => {};
  setting.answer = () => new Promise((resolve) => respond = resolve);
  const later = setting.keeper();
  later.start();
  await later.ready;
  deepEqual(later.instruments.status(), { rows: ROWS, asOf, source: "kept" });
  // What it lacks may have been listed since.
  equal(later.instruments.complete, false);
  await until(() => setting.asked.length === 2);
  respond(await fetch(setting.simulator.instrumentsUrl));
  await until(() => later.instruments.status().source === "download");
  equal(later.instruments.complete, true);
});

Deno.test("a kept master that was spoilt is no reason not to start", async () => {
  await using setting = await Setting.make();
  await Deno.writeTextFile(setting.kept, "[{");
  const { instruments } = await setting.started();
  equal(instruments.status().source, "download");
});

Deno.test("each morning between 08:00 and 08:30 IST there is one request, and failures follow after longer and longer", async () => {
  await using setting = await Setting.make();
  await setting.started();
  await setting.untilAsked(2);
  equal(setting.asked[1]!.at, Date.parse("2026-11-21T08:07:00+05:30"));
  await setting.untilAsked(3);
  equal(setting.asked[2]!.at, Date.parse("2026-11-22T08:07:00+05:30"));
  setting.variant = "?variant=html";
  await setting.untilAsked(12);
  const times = setting.asked.slice(3).map(({ at }) => at / 60_000);
  // 18.75 s, 37.5 s, 75 s and so on to 562.5 s, in the test's whole minutes.
  deepEqual(times.slice(1).map((time, i) => time - times[i]!), [1, 1, 2, 3, 5, 10, 10, 10]);
});

Deno.test("a download that hangs is given up after ninety seconds", async () => {
  await using setting = await Setting.make();
  setting.answer = () =>
    Promise.resolve(new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(1)) })));
  const keeper = setting.keeper();
  keeper.start();
  await until(() => setting.clock.pending === 1);
  setting.clock.advance(89_999);
  await until(() => setting.clock.pending === 1);
  setting.clock.advance(1);
  await keeper.ready;
  equal(keeper.instruments.status().source, "built-in");
});

Deno.test("stop() does not wait for a download that hangs", async () => {
  await using setting = await Setting.make();
  setting.answer = () => Promise.resolve(new Response(new ReadableStream()));
  const keeper = setting.keeper();
  keeper.start();
  await until(() => setting.asked.length === 1);
  await keeper.stop();
  await keeper.ready;
});

Deno.test("a file of the owner's is read instead of any download, and again when it was changed", async () => {
  await using setting = await Setting.make();
  const file = `${setting.folder}/own.json`;
  const { instruments } = await setting.started({ file });
  equal(instruments.status().source, "built-in");
  await Deno.writeTextFile(file, JSON.stringify(indexRows("99926000", "Nifty 50", "NIFTY")));
  await setting.minute();
  equal(instruments.status().source, "file");
  deepEqual([instruments.status().rows, instruments.complete], [1, true]);
  // What it lacks still has its well-known name.
  equal(instruments.symbolOf("nse:2885"), "RELIANCE-EQ");
  equal(instruments.get("nse:2885"), undefined);
  await Deno.writeTextFile(file, JSON.stringify(indexRows("99926009", "Nifty Bank", "BANKNIFTY")));
  await Deno.utime(file, 2_000_000_000, 2_000_000_000);
  for (let i = 0; i < 24 * 60; i++) await setting.minute();
  equal(keyOfName(instruments, "BANKNIFTY"), "nse:99926009");
  equal(setting.asked.length, 0);
});

Deno.test("a master of full size comes over a real connection", async () => {
  await using setting = await Setting.make();
  setting.variant = "?variant=huge";
  const { instruments } = await setting.started({ minRows: 100_000 });
  ok(instruments.status().rows > 140_000);
  equal(keyOfName(instruments, "SENSEX"), "bse:99919000");
});

Deno.test("a master with fewer rows than it has to have is refused", async () => {
  await using setting = await Setting.make();
  const { instruments } = await setting.started({ minRows: 100_000 });
  equal(instruments.status().source, "built-in");
});

Deno.test("why there is no new master is said in words that help, whatever the network says of it", async () => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  const rude = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const connection of rude) connection.close();
  })();
  for (
    const [url, why] of [
      ["http://no-such-name.invalid/list.json", /no new instrument master: no DNS answer; /],
      [`http://127.0.0.1:${port}/list.json`, /no new instrument master: connection refused; /],
      [
        `http://127.0.0.1:${rude.addr.port}/list.json`,
        /no new instrument master: [^;]*(?:broke|closed)[^;]*; /,
      ],
    ] as const
  ) {
    await using log = await logLines();
    const keeper = createInstrumentCatalog({
      clock: new FakeClock(),
      random: () => 0.5,
      url,
      builtIn: WELL_KNOWN,
    });
    keeper.start();
    for (let i = 0; i < 200 && !why.test(log.lines.join("\n")); i++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    match(log.lines.join("\n"), why);
    await keeper.stop();
  }
  rude.close();
});

Deno.test("a folder that cannot be written costs the copy, not the list, and the reason is logged", async () => {
  await using setting = await Setting.make();
  const file = `${setting.folder}/file`;
  await Deno.writeTextFile(file, "");
  await using log = await logLines();
  const { instruments } = await setting.started({ folder: `${file}/folder` });
  equal(instruments.status().source, "download");
  equal(instruments.symbolOf("nse:11536"), "TCS-EQ");
  ok(
    log.lines.some((line) => /cannot be kept for the next start: .*file\/folder.*: \S/.test(line)),
    log.lines.join("\n"),
  );
});

Deno.test("a disk that fills up in the middle costs the copy, not the list, and leaves nothing behind", async () => {
  await using setting = await Setting.make();
  const folder = `${setting.folder}/inner`;
  // The copy vanishes under the feet of the one who writes it.
  setting.answer = async () => {
    const whole = await fetch(setting.simulator.instrumentsUrl);
    return new Response(whole.body!.pipeThrough(
      new TransformStream({
        flush: () => Deno.remove(folder, { recursive: true }),
      }),
    ));
  };
  const { instruments } = await setting.started({ folder });
  equal(instruments.status().source, "download");
  equal(instruments.symbolOf("nse:11536"), "TCS-EQ");
  deepEqual([...Deno.readDirSync(setting.folder)], []);
});
