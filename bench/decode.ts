/**
 * SnapQuote packets per second: our decoder beside the official JavaScript SDK's, on the same packet in the same run.
 *
 *     deno task bench full      (at its end)
 *
 * Run without the project's configuration and with the SDK's own lock file, so that the SDK never becomes a part of
 * what everyone downloads.
 */
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { createPacketDecoder } from "../lib/smartapi/packet.ts";
import { encodePacket } from "../lib/smartapi/packet_encoder.ts";
import { SDK } from "../tests/sdk/official_sdk.ts";

const ROUNDS = 5;
const ROUND_MS = 1_000;

const levels = (price: number) =>
  [0, 1, 2, 3, 4].map((i) => ({ price: price + i * 0.05, quantity: 75 * (i + 1), orders: i + 2 }));

const packet = encodePacket({
  mode: "snapquote",
  key: "nfo:49543",
  exchange: "nfo",
  token: "49543",
  sequence: 77_123_456,
  exchangeTime: 1_767_325_514_000,
  receivedAt: 0,
  lastPrice: 25_120.55,
  lastQuantity: 75,
  averagePrice: 25_098.4,
  volume: 3_456_750,
  totalBuyQuantity: 1_234_575,
  totalSellQuantity: 1_198_350,
  open: 25_050,
  high: 25_180,
  low: 25_010.25,
  close: 25_035,
  lastTradeTime: 1_767_325_513_000,
  openInterest: 12_876_450,
  upperCircuit: 27_538.5,
  lowerCircuit: 22_531.5,
  week52High: 26_945,
  week52Low: 21_751,
  bids: levels(25_119.75),
  asks: levels(25_121),
});

/** The SDK does not export its decoders: its source is run with one line more. */
function sdkDecoder(): (bytes: Uint8Array) => unknown {
  const sdk = createRequire(import.meta.resolve(SDK)).resolve("./websocket2.0.js");
  const module = { exports: {} as { snapQuote?: (bytes: Uint8Array) => unknown } };
  const source = `${Deno.readTextFileSync(sdk)}\nmodule.exports = { snapQuote: SNAP_QUOTE };`;
  new Function("require", "module", "exports", source)(createRequire(sdk), module, module.exports);
  return module.exports.snapQuote!;
}

/** Calls per second, over about a round's time. */
function rate(run: () => unknown): number {
  const begun = performance.now();
  let calls = 0;
  let took = 0;
  do {
    for (let i = 0; i < 200; i++) run();
    calls += 200;
    took = performance.now() - begun;
  } while (took < ROUND_MS);
  return calls * 1000 / took;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const ours = createPacketDecoder();
const theirs = sdkDecoder();
const buffer = Buffer.from(packet);
const rates = { ours: [] as number[], theirs: [] as number[], ratio: [] as number[] };
for (let round = 0; round <= ROUNDS; round++) {
  const our = rate(() => ours(packet, 0));
  const their = rate(() => theirs(buffer));
  // The first one warms up.
  if (round === 0) continue;
  rates.ours.push(our);
  rates.theirs.push(their);
  rates.ratio.push(our / their);
}
console.log(
  `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ${ROUNDS} rounds, 379-byte packets`,
);
console.log(
  `ours ${Math.round(median(rates.ours))} packets/s, SDK ${Math.round(median(rates.theirs))} packets/s`,
);
console.log(
  `ratio: median ${median(rates.ratio).toFixed(0)}, from ${Math.min(...rates.ratio).toFixed(0)} to ${
    Math.max(...rates.ratio).toFixed(0)
  }`,
);
