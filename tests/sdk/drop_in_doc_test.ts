import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { PROXY_TOKEN as TOKEN, startGuarded } from "./guarded_proxy.ts";
import { TemporaryFolder } from "./program.ts";
import { downloadSdk, startScript } from "./sdk.ts";

const DOC = Deno.readTextFileSync(new URL("../../docs/drop-in.md", import.meta.url));

/** The program of a section, for a proxy that runs somewhere else and has another access token. */
function program(section: string, language: string, address: string): string {
  const text = DOC.slice(DOC.indexOf(`\n## ${section}`));
  const [, block] = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "m").exec(text)!;
  return block!.replaceAll("localhost:8765", address).replaceAll("YOUR-ACCESS-TOKEN", TOKEN);
}

Deno.test("docs/drop-in.md: the JavaScript program prints ticks", async () => {
  using folder = new TemporaryFolder();
  await downloadSdk();
  await using guarded = await startGuarded();
  await using script = startScript("sdk_documented.ts", folder.path, [
    program("JavaScript", "js", guarded.address),
  ]);
  await script.stdout.match(/3045/);
  await script.closeInput();
  equal(await script.ended, 0, script.output());
});

Deno.test("docs/drop-in.md: the browser's program prints prices", async () => {
  const printed = Promise.withResolvers<unknown[]>();
  const closed = Promise.withResolvers<CloseEvent>();
  class Watched extends WebSocket {
    constructor(url: string) {
      super(url);
      this.onclose = closed.resolve;
    }
  }
  {
    await using guarded = await startGuarded();
    const run = new Function("WebSocket", "console", program("Browsers", "js", guarded.address));
    run(Watched, { log: (...words: unknown[]) => printed.resolve(words) });
    const [name, price] = await printed.promise;
    deepEqual([name, (price as number) > 100 && (price as number) < 10_000], ["SBIN", true]);
  }
  equal((await closed.promise).code, 1001);
});

Deno.test("docs/drop-in.md: curl gets candles", async () => {
  await using guarded = await startGuarded();
  const command = new Deno.Command("sh", { args: ["-c", program("Market data", "bash", guarded.address)] });
  const { stdout, code } = await command.output();
  // 127: there is no such program here.
  if (code === 127) return;
  const text = new TextDecoder().decode(stdout);
  match(text, /^\{"status":true/);
  equal(JSON.parse(text).data.length, 5);
});
