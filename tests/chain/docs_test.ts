import { deepStrictEqual as deepEqual, match, ok } from "node:assert/strict";
import { EXPIRY_WORDS } from "../../lib/chain/expiry_choice.ts";
import { chainChange } from "../../lib/clients/json/schemas/chain.ts";
import { endOf } from "../../lib/market/option_end.ts";
import { simulatedInstruments } from "../../lib/simulator/instruments.ts";
import { withOptionChains } from "../../lib/simulator/option_chains.ts";
import { readControlCommand } from "../../lib/simulator/faults.ts";
import { findPython, pageOf, run, words } from "../documented.ts";
import { Rig } from "../proxy/rig.ts";
import { TEN_O_CLOCK } from "../ticks.ts";

const ROOT = new URL("../../", import.meta.url);
const page = pageOf("chain.md");
const INSTRUMENTS = withOptionChains(simulatedInstruments(TEN_O_CLOCK), TEN_O_CLOCK);

function start(): Promise<Rig> {
  return Rig.start({ simulator: { instruments: INSTRUMENTS } });
}

/** What an example writes: the chain, a change of it, and ticks of its options. */
function follows(out: string): void {
  match(out, /^nfo:NIFTY nearest 2026-11-24$/m);
  match(out, /^NIFTY 2026-11-24: 24\d00 at the money, and 2 strikes on each side; 10 instruments added$/m);
  ok(out.split("\n").filter((line) => /^NIFTY24NOV26\d{5}[CP]E [\d.]+ \d+$/.test(line)).length > 5, out);
}

Deno.test("the page shows its examples", () => {
  const source = (name: string) => Deno.readTextFileSync(new URL(`docs/examples/${name}`, ROOT));
  deepEqual(page.blocks("js"), [source("chain.js")]);
  deepEqual(page.blocks("python"), [source("chain.py")]);
});

Deno.test("the JavaScript example runs", async () => {
  await using rig = await start();
  const path = new URL("docs/examples/chain.js", ROOT).pathname;
  const address = `ws://127.0.0.1:${rig.proxy.port}`;
  follows(await run(rig, Deno.execPath(), ["run", "--no-lock", "--allow-net", path, address]));
});

const python = await findPython("websockets");

Deno.test({
  name: "the Python example runs",
  ignore: python === undefined,
  async fn() {
    await using rig = await start();
    const path = new URL("docs/examples/chain.py", ROOT).pathname;
    const environment = { PYTHONPATH: new URL("clients/python", ROOT).pathname };
    follows(await run(rig, python!, [path, `ws://127.0.0.1:${rig.proxy.port}`], undefined, environment));
  },
});

Deno.test("the words, hours and news of the pages are those of the program", () => {
  const asked = page.table(/^\| asked for /).flatMap(([cell]) => words(cell!));
  for (const word of EXPIRY_WORDS) ok(asked.includes(word), word);
  const day = "2026-12-29";
  for (
    const [hour, exchanges] of [["15:30", ["nfo", "bfo"]], ["12:30", ["cds"]], ["17:00", ["ncdex"]], [
      "23:30",
      ["mcx"],
    ]] as const
  ) {
    ok(page.text.replaceAll("\n  ", " ").includes(`${hour} on ${exchanges.join(" and ")}`), hour);
    for (const exchange of exchanges) {
      deepEqual(endOf(exchange, day), Date.parse(`${day}T${hour}:00+05:30`));
    }
  }
  const news = pageOf("protocol.md").table(/^\| `status` +\| what has happened/).map(([cell]) =>
    words(cell!)[0]
  );
  deepEqual(news, chainChange.shape.status.options);
  const [control] = page.blocks("json");
  deepEqual(readControlCommand(JSON.parse(control!)), { strikesPerMinute: 50 });
});
