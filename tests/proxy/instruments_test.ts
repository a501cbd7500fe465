import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { systemClock } from "../../lib/util/clock.ts";
import { MASTER_PATH } from "../../lib/simulator/master.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { contractRow, fileRow } from "../instruments/master.ts";
import { simulatorEnv, startProgram } from "./process.ts";
import { connectClient, type Message } from "./test_client.ts";

Deno.test("the program takes names from the broker's list, in the watch list and from its clients, and keeps it", async () => {
  const simulator = await startSimulator({ clock: systemClock, random: Math.random });
  const folder = await Deno.makeTempDir();
  try {
    await using program = await startProgram(
      ["--host", "127.0.0.1", "--port", "0", "--data-folder", folder],
      {
        ...simulatorEnv(simulator),
        INSTRUMENTS_URL: `${simulator.restUrl}${MASTER_PATH}`,
        WATCHLIST: "nse:TCS,Nifty Bank",
      },
      [`--allow-write=${folder}`],
    );
    const client = await connectClient(`ws://127.0.0.1:${program.port}`);
    const answers: Message[] = [];
    const answer = async (command: Message) => {
      client.send(command);
      while (client.answers.length === answers.length) await client.heard();
      answers.push(client.answers.at(-1)!);
      return answers.at(-1)!;
    };
    const list = await answer({ command: "subscribe", exchange: "nse" });
    equal(JSON.stringify(list.data), JSON.stringify([{ exchangeType: 1, tokens: ["11536", "99926009"] }]));
    const [row, wrong] = (await answer({ command: "subscribe", symbols: ["NSE:SBIN-EQ", "SBINN"] })).results;
    equal(row.symbol, "SBIN-EQ");
    equal(
      wrong.suggestions[0].startsWith("nse:SBIN") ||
        wrong.suggestions.some((each: string) => each.includes("SBIN")),
      true,
    );
    const found = await answer({ command: "search", query: "nifty 24800", limit: 3 });
    equal(found.data[0].strike, 24_800);
    equal(
      (await answer({ command: "subscribe", exchange: "nse", tokens: ["1"] })).code,
      "unknown_instrument",
    );
    await client.close();
    equal((await Deno.stat(`${folder}/instruments.json`)).isFile, true);
  } finally {
    await simulator.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

/** An owner's list that holds a share and a contract of long ago. */
const OLD_LIST = JSON.stringify([
  fileRow({ token: "3045", symbol: "SBIN-EQ", name: "SBIN" }),
  contractRow({ token: "68000", symbol: "NIFTY27OCT20FUT", expiry: "27OCT2020", instrumenttype: "FUTIDX" }),
]);

for (
  const [what, list, said] of [
    ["has expired", OLD_LIST, "nfo:NIFTY27OCT20FUT: the contract expired on 2020-10-27"],
    [
      "cannot be looked up, since the list is cut off,",
      OLD_LIST.slice(0, -60),
      "the instrument master is not loaded yet",
    ],
  ] as const
) {
  Deno.test(`an entry of the watch list that ${what} stops neither the start nor the others`, async () => {
    const simulator = await startSimulator({ clock: systemClock, random: Math.random });
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, list);
    try {
      await using program = await startProgram(["--host", "127.0.0.1", "--port", "0"], {
        ...simulatorEnv(simulator),
        INSTRUMENTS_FILE: file,
        WATCHLIST: "nse:SBIN;nfo:NIFTY27OCT20FUT",
      });
      ok(program.log.includes(said), program.log);
      const client = await connectClient(`ws://127.0.0.1:${program.port}`);
      client.send({ command: "subscribe", exchange: "nse" });
      client.send({ command: "subscribe", exchange: "nfo" });
      while (client.answers.length < 2) await client.heard();
      const [nse, nfo] = client.answers;
      deepEqual([nse!.status, nse!.data], ["success", [{ exchangeType: 1, tokens: ["3045"] }]]);
      deepEqual([nfo!.status, nfo!.results[0].instrument], ["error", "nfo:NIFTY27OCT20FUT"]);
      ok(nfo!.message.includes("NIFTY27OCT20FUT"), nfo!.message);
      await client.close();
    } finally {
      await simulator.stop();
      await Deno.remove(file);
    }
  });
}
