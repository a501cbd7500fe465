import { deepStrictEqual as deepEqual, equal, ok } from "node:assert/strict";
import { connect } from "../../static/client.js";
import { FakeClock } from "../fakes.ts";
import { Rig } from "../proxy/rig.ts";
import { recorderIn } from "../recording/files.ts";
import { TemporaryFolder } from "../sdk/program.ts";

Deno.test("the JavaScript client asks for today's earlier ticks, and marks each as recorded", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  await using rig = await Rig.start({ clock, proxy: { recorder: recorderIn(folder.path, { clock }) } });
  const other = await rig.connect("/?encoding=json");
  other.send({ command: "subscribe", symbols: ["SBIN"] });
  await rig.until(() => other.ticks.length > 20);
  await using own = connect(`ws://127.0.0.1:${rig.proxy.port}`);
  const order: (string | undefined)[] = [];
  own.on("tick", ({ source }) => order.push(source));
  own.on("news", ({ status }) => order.push(String(status)));
  const asked = own.subscribe({ symbols: ["SBIN"], from: "-1m" });
  const border = () => order.indexOf("replay_completed");
  await rig.until(() => border() >= 0 && order.length > border() + 5);
  equal((await asked).status, "success");
  ok(border() >= 20);
  deepEqual(order.slice(0, border()), Array(border()).fill("replay"));
  ok(order.slice(border() + 1).every((source) => source === undefined));
  await own.close();
});
