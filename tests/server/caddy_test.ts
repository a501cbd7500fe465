/** The recipe of docs/examples/Caddyfile, with a real Caddy. */
import { match, strictEqual as equal } from "node:assert/strict";
import { WebSocket } from "ws";
import { startProgram } from "../proxy/process.ts";
import { freePort } from "../free_port.ts";
import { linesOf } from "../lines_of.ts";
import { changed } from "./recipe.ts";
import { CommandError, outputOf } from "../release/output_of.ts";

const RECIPE = new URL("../../docs/examples/Caddyfile", import.meta.url).pathname;
const hasCaddy = await outputOf("caddy", ["version"]).then(
  () => true,
  (error) => error instanceof CommandError,
);

Deno.test({
  name: "Caddy takes the recipe, formatted as it formats it, and behind it are the page and ticks",
  ignore: !hasCaddy,
  async fn() {
    const text = Deno.readTextFileSync(RECIPE);
    await outputOf("caddy", ["validate", "--adapter", "caddyfile", "--config", RECIPE]);
    equal(await outputOf("caddy", ["fmt", RECIPE]), text);

    const folder = await Deno.makeTempDir();
    const port = freePort();
    await using program = await startProgram(["--demo", "--port", "0", "--host", "127.0.0.1"]);
    const changes = [
      ["{\n\tservers", "{\n\tadmin off\n\tservers"],
      ["ticks.example.com {", `http://127.0.0.1:${port} {`],
      ["reverse_proxy 127.0.0.1:8765", `reverse_proxy 127.0.0.1:${program.port}`],
    ] as const;
    Deno.writeTextFileSync(`${folder}/Caddyfile`, changed(text, changes));
    const caddy = new Deno.Command("caddy", {
      args: ["run", "--adapter", "caddyfile", "--config", `${folder}/Caddyfile`],
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const lines = linesOf(caddy.stderr);
    try {
      for (let line; !(line = await lines.next()).done && !line.value.includes("serving initial"););
      const page = await fetch(`http://127.0.0.1:${port}/`);
      match(await page.text(), /<title>/);
      const socket = new WebSocket(`ws://127.0.0.1:${port}/?encoding=json`);
      const tick = new Promise<string>((resolve, reject) => {
        socket.on("error", reject);
        socket.on("open", () => socket.send('{"command":"subscribe","symbols":["NSE:SBIN-EQ"]}'));
        socket.on("message", (data) => String(data).includes('"market_data"') && resolve(String(data)));
      });
      match(await tick, /SBIN-EQ/);
      socket.terminate();
    } finally {
      caddy.kill("SIGTERM");
      while (!(await lines.next()).done);
      await caddy.status;
      await Deno.remove(folder, { recursive: true });
    }
  },
});
