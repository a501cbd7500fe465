/**
 * A process that records until it is killed: `child.ts FOLDER`. Before each tick that is handed over it says the tick's
 * number and the time. With `full`, it goes on until the disk takes no more, and then says how the recording stands.
 */
import { Recorder } from "../../lib/recording/recorder.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { ltpTick } from "../ticks.ts";

const [folder, full] = Deno.args;
const recorder = new Recorder({
  folder: folder!,
  source: "live",
  version: "1",
  bounds: { bytes: 1e9, days: 30 },
  clock: systemClock,
});
const utf8 = new TextEncoder();
const say = (text: string) => Deno.stdout.writeSync(utf8.encode(`${text}\n`));
let number = 0;

function tick(): void {
  const at = Date.now();
  const packet = encodePacket(ltpTick("nse:1", ++number, { sequence: Math.floor(Math.random() * 2 ** 50) }));
  recorder.tick(packet, at, "nse:1", undefined);
  if (full === undefined) say(`${number} ${at}`);
}

recorder.start();
say("0 0");
if (full === undefined) {
  setInterval(() => {
    for (let i = 0; i < 40; i++) tick();
  }, 2);
} else {
  while (recorder.status().state === "recording" && number < 100_000) {
    for (let i = 0; i < 500; i++) tick();
    await recorder.flush();
  }
  say(JSON.stringify(recorder.status()));
}
