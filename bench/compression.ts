/**
 * What a batch costs to compress, by its size: the web's stream beside zlib's levels, on ticks as they occur.
 *
 *     deno run -A bench/compression.ts
 */
import { gzipSync } from "node:zlib";
import { gzipBase64 } from "../lib/clients/json/gzip.ts";
import { TickJson } from "../lib/clients/json/tick_json.ts";
import { MarketTick } from "../lib/feed/market_tick.ts";
import { keyOf } from "../lib/market/market.ts";
import { manyInstruments } from "../lib/simulator/instruments.ts";
import { SimulatedMarket } from "../lib/simulator/market.ts";
import { median } from "./report.ts";

const ROUNDS = 5;
const INSTRUMENTS = manyInstruments(2_970);
const market = new SimulatedMarket(INSTRUMENTS, Math.random);
const NO_PACKET = new Uint8Array(0);
const SYMBOLS = new Map(INSTRUMENTS.map(({ exchange, token, symbol }) => [keyOf(exchange, token), symbol]));
const json = new TickJson((key) => SYMBOLS.get(key) ?? key);
const utf8 = new TextEncoder();

/** The stream between a `Response` and its end, as it is often written. */
async function throughResponse(text: string): Promise<string> {
  const gzip = new CompressionStream("gzip");
  const writer = gzip.writable.getWriter();
  const written = Promise.all([writer.write(utf8.encode(text)), writer.close()]);
  const bytes = new Uint8Array(await new Response(gzip.readable).arrayBuffer());
  await written;
  return bytes.toBase64();
}

const WAYS: readonly (readonly [string, (text: string) => string | Promise<string>])[] = [
  ["CompressionStream", gzipBase64],
  ["the same, by a Response", throughResponse],
  ...[1, 2, 3, 4, 6].map((level) =>
    [`gzipSync ${level}`, (text: string) => gzipSync(text, { level }).toString("base64")] as const
  ),
];

function batch(mode: "ltp" | "snapquote", count: number): string {
  const now = Date.now();
  const texts = Array.from({ length: count }, () => {
    const { exchange, token } = INSTRUMENTS[Math.floor(Math.random() * INSTRUMENTS.length)]!;
    const key = keyOf(exchange, token);
    market.move(key, now);
    const tick = market.tick(key, mode, Math.floor(now / 1000) * 1000)!;
    return json.in(mode, new MarketTick(tick, NO_PACKET));
  });
  return `[${texts.join(",")}]`;
}

const head = ["ticks", ...WAYS.map(([name]) => name)];
console.log(`| ${head.join(" | ")} |\n| ${head.map(() => "---").join(" | ")} |`);
for (const mode of ["ltp", "snapquote"] as const) {
  for (const count of [5, 13, 30, 100, 300]) {
    const batches = Array.from({ length: 20 }, () => batch(mode, count));
    const calls = Math.max(60, Math.floor((mode === "ltp" ? 30_000 : 6_000) / count));
    const cells: string[] = [];
    for (const [, compress] of WAYS) {
      for (const text of batches) await compress(text);
      const times: number[] = [];
      let length = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const begun = performance.now();
        length = 0;
        for (let i = 0; i < calls; i++) length += (await compress(batches[i % batches.length]!)).length;
        times.push((performance.now() - begun) * 1000 / calls);
      }
      cells.push(`${median(times).toFixed(0)} µs, ${(length / calls / count).toFixed(1)} B`);
    }
    console.log(`| ${count} ${mode} | ${cells.join(" | ")} |`);
  }
}
