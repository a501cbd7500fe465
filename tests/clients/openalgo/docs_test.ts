import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { fits, pageOf, values } from "../../documented.ts";
import { ltpTick } from "../../ticks.ts";
import { connect, stageOf } from "./openalgo_stage.ts";

Deno.test("the messages of the doc are answered as it says, and a price looks as it says", async () => {
  await using on = await stageOf();
  const { stage } = on;
  const [conversation, price] = pageOf("openalgo.md").blocks("json").map(values);
  const client = connect(stage);
  let asked = 0;
  for (const [i, message] of conversation!.entries()) {
    if (message.action === undefined) continue;
    const answer = await client.ask(message);
    const documented = conversation![i + 1]!;
    deepEqual([answer.type, answer.status], [documented.type, documented.status]);
    fits(answer, documented);
    asked++;
  }
  equal(asked, 4);
  await client.ask({ action: "subscribe", symbol: "SBIN", exchange: "NSE", mode: 1 });
  const now = stage.clock.now();
  stage.upstream.tick(ltpTick("nse:3045", 812.35, { exchangeTime: now, receivedAt: now }));
  const [real] = await client.heard();
  fits(real, price![0]);
});
