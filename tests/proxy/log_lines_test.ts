import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { logLines } from "../log/lines.ts";
import { Rig, type RigOptions } from "./rig.ts";

/** Lines of the log while something is done with a proxy. */
async function linesOf(
  options: RigOptions,
  run: (rig: Rig, lines: string[]) => Promise<void>,
): Promise<void> {
  await using log = await logLines();
  await using rig = await Rig.start(options);
  await run(rig, log.lines);
}

Deno.test("each event in the life of the feed and of a client is one line", async () => {
  await linesOf({}, async (rig, lines) => {
    const client = await rig.connect();
    client.send({ command: "subscribe", exchange: "nse" });
    await rig.until(() => client.ticks.length > 5);
    lines.splice(0);
    rig.control.set({ refuseHandshake: { status: 502, times: 1 } });
    rig.control.dropSockets(1011);
    await rig.until(() => client.news.some(({ status }) => status === "upstream_up"));
    await client.close();
    await rig.until(() => lines.some((line) => line.includes("left")));
    deepEqual(lines.map((line) => line.replace(/[\d.]+ s$/, "n s")), [
      "warning broker socket 1: closed by the server with 1011; next try in n s",
      "warning broker socket 1: the handshake was answered with HTTP 502; next try in n s",
      "info broker socket 1: connected",
      "info clients client 1 left; 0 connected",
    ]);
  });
});

Deno.test("a login that is refused for good is one line, which says what would do", async () => {
  const credentials = { clientCode: "SIM001", pin: "9999", apiKey: "simkey", totpSecret: "JBSWY3DPEHPK3PXP" };
  await linesOf({ simulator: { credentials } }, async (rig, lines) => {
    await rig.pass(60_000, 1_000);
    const broker = lines.filter((line) => line.includes(" broker "));
    equal(broker.length, 1, broker.join("\n"));
    match(broker[0]!, /^error broker login refused: .*AB1007.*SMARTAPI_PIN.*not tried again until/);
  });
});

Deno.test("the night without a session is no trouble", async () => {
  const options = {
    start: "2026-11-19T23:59:00+05:30",
    proxy: { policy: { pingEvery: 60_000, silentAfter: 300_000 } },
  };
  await linesOf(options, async (rig, lines) => {
    await rig.pass(120_000, 1_000);
    const night = lines.find((line) => line.includes("yesterday's session"));
    match(night ?? lines.join("\n"), /^info broker .*next login is at \d\d:\d\d IST/);
  });
});
