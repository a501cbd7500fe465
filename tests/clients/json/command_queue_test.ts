/** Commands that wait behind one with a long answer cost their own turns, too. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { settle } from "../../fakes.ts";
import { Stage } from "../stage.ts";

const TOKENS = Array.from({ length: 900 }, (_, i) => String(10_001 + i));

Deno.test("what waited behind a long answer is followed in its order, and no more of it in a turn than elsewhere", async () => {
  const stage = new Stage({ upstream: { capacity: 1_000 } });
  const { socket, send } = stage.connect("encoding=json");
  const commands = 50;
  send({ command: "subscribe", exchange: "nse", tokens: TOKENS, id: 0 });
  for (let id = 1; id <= commands; id++) send({ command: "configure", interval: id, id });
  const answered = () => socket.messages().flatMap(({ id }) => id === undefined ? [] : [Number(id)]);
  let before = 0;
  let most = 0;
  for (let turn = 0; turn < 1_000 && answered().length <= commands; turn++) {
    stage.clock.advance(1);
    await settle();
    const count = answered().length;
    most = Math.max(most, count - before);
    before = count;
  }
  deepEqual(answered(), Array.from({ length: commands + 1 }, (_, id) => id));
  // One of them makes anew what nine hundred instruments are delivered in: all the work that a turn has room for.
  ok(most <= 2, `${most} in a turn`);
  equal(socket.closes.length, 0);
});
