import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { FLUSH_AFTER_MS } from "../../lib/recording/recorder.ts";
import { listRecordings } from "../../lib/recording/folder.ts";
import { createPacketDecoder, PacketRefusal } from "../../lib/smartapi/packet.ts";
import { seededRandom } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { readAll } from "./files.ts";

const CHILD = new URL("./child.ts", import.meta.url).pathname;

/** What a busy machine may be late by, beside the second that is promised. */
const LATE_MS = 1_500;

/** A hundred of them were run by hand: KILL_RUNS=100. */
const RUNS = Number(Deno.env.get("KILL_RUNS") ?? 3);

Deno.test("kill -9 at any moment loses no more than the last second, and what is there is whole", async () => {
  using folder = new TemporaryFolder();
  const random = seededRandom(11);
  const decode = createPacketDecoder();
  let before = 0;
  for (let run = 0; run < RUNS; run++) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", CHILD, folder.path],
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const said = new Map<number, number>();
    let killed: number | undefined;
    let text = "";
    const killAfter = 20 + random() * 2_500;
    let timer: ReturnType<typeof setTimeout> | undefined;
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      timer ??= setTimeout(() => {
        killed = Date.now();
        child.kill("SIGKILL");
      }, killAfter);
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop()!;
      for (const line of lines) {
        const [number, at] = line.split(" ").map(Number);
        said.set(number!, at!);
      }
    }
    await child.status;
    said.delete(0);
    const paths = (await listRecordings(folder.path)).map(({ path }) => path);
    const numbers: number[] = [];
    for (const path of paths) {
      const { records, damages } = await readAll(path);
      deepEqual(damages, 0);
      for (const each of records) {
        if (each.kind !== "tick") continue;
        const tick = decode(each.packet, each.at);
        ok(!(tick instanceof PacketRefusal) && tick.mode === "ltp");
        numbers.push(tick.lastPrice!);
      }
    }
    const now = numbers.slice(before);
    before = numbers.length;
    deepEqual(now, now.map((_, i) => i + 1), "in order, without a hole or a double");
    const promised = [...said].filter(([, at]) => at < killed! - FLUSH_AFTER_MS - LATE_MS).length;
    ok(now.length >= promised, `${now.length} of ${promised} that must be there, run ${run}`);
  }
  ok(before > 0, "something was recorded");
});
