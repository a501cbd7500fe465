import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { INTERVAL_NAMES } from "../../lib/candles/interval.ts";
import { fits, pageOf, values, words } from "../documented.ts";
import { Rig } from "../proxy/rig.ts";
import type { Message } from "../proxy/test_client.ts";

const { blocks, table, text } = pageOf("candles.md");

Deno.test("the commands of the page about candles are answered as it says", async () => {
  await using rig = await Rig.start();
  const [asked, subscribed, answered] = blocks("json").map(values);
  const client = await rig.connect("/?encoding=json");
  client.send(asked![0]);
  await rig.until(() => client.answers.length === 1);
  const part = client.messages.find(({ type }) => type === "candle_data");
  fits(part, asked![1]);
  fits(client.answers[0], asked![2]);
  client.send(subscribed![0]);
  await rig.until(() => client.answers.length === 2);
  fits(client.answers[1], subscribed![1]);
  client.send({ command: "candles", symbols: ["SBIN"], from: "2026-10-10", id: 9 });
  await rig.until(() => client.messages.some(({ type }) => type === "progress"));
  const [, progress] = /`(\{"type":"progress"[^`]*)`/.exec(text)!;
  fits(client.messages.find(({ type }) => type === "progress"), JSON.parse(progress!));
  await rig.until(() => client.answers.length === 3);
  let body: Message | undefined;
  const [curl] = blocks("sh");
  const address = /'http:\/\/localhost:8765([^']+)'/.exec(curl!)![1];
  fetch(`http://127.0.0.1:${rig.proxy.port}${address}`).then(async (response) =>
    body = await response.json()
  );
  await rig.until(() => body !== undefined);
  const candles = body!.data[0].candles as Message[];
  fits(
    { ...body, data: [{ ...body!.data[0], candles: candles.filter(({ complete }) => complete) }] },
    answered![0],
  );
  await client.close();
});

Deno.test("the page names every interval, and every field and origin of a candle", () => {
  for (const name of INTERVAL_NAMES) ok(text.includes(`\`${name}\``), name);
  const origins = table(/^\| `origin` /).map(([cell]) => words(cell!)[0]);
  deepEqual(new Set(origins), new Set(["ticks", "broker", "recording", "mixed"]));
  const fields = table(/^\| field /).flatMap(([cell]) => words(cell!));
  equal(fields.length, 7);
});
