import { strictEqual as equal } from "node:assert/strict";
import { systemClock } from "../../lib/util/clock.ts";
import { MASTER_PATH } from "../../lib/simulator/master.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
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
