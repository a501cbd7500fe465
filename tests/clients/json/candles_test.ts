import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { candleData } from "../../../lib/clients/json/schemas/candles.ts";
import { progress, reply } from "../../../lib/clients/json/schemas/replies.ts";
import { madeUpBroker } from "../../candles/made_up_broker.ts";
import { settle } from "../../fakes.ts";
import type { FakeSocket } from "../fake_socket.ts";
import { instruments } from "../http/instruments.ts";
import { Stage } from "../stage.ts";

// deno-lint-ignore no-explicit-any
type Message = Record<string, any>;

function stage() {
  const broker = madeUpBroker();
  const on = new Stage({ instruments, data: broker });
  const { socket, client, send } = on.connect("encoding=json");
  return { broker, on, socket, client, send };
}

/** Lets the clock run until a message like this has been sent. */
async function until(on: Stage, socket: FakeSocket, isIt: (message: Message) => boolean): Promise<Message> {
  for (let i = 0; i < 2_000; i++) {
    const found = socket.frames.map((frame) => JSON.parse(frame)).find(isIt);
    if (found !== undefined) return found;
    // Long work lets the event loop turn.
    await new Promise((resolve) => setTimeout(resolve));
    on.clock.advance(1);
    await settle();
  }
  throw new Error(`never sent: ${isIt}`);
}

const answerTo = (id: unknown) => (message: Message) => message.id === id && message.type === undefined;

Deno.test("candles come in parts with their command's id, then the answer", async () => {
  const { on, socket, send, broker } = stage();
  const days = { from: "2026-10-01", to: "2026-11-19" };
  send({ command: "candles", symbols: ["SBIN", "NOBODY"], interval: "1m", ...days, id: 7 });
  const answer = await until(on, socket, answerTo(7));
  const messages = socket.messages().slice(1) as Message[];
  const parts = messages.filter(({ type }) => type === "candle_data");
  const candles = parts.flatMap(({ data: [row] }) => row.candles);
  deepEqual([answer.status, answer.code], ["partial", "unknown_instrument"]);
  match(answer.message, /^13500 candles of 1 instrument; NOBODY: /);
  equal(candles.length, 36 * 375);
  deepEqual(answer.results.map((row: Message) => [row.status, row.instrument, row.candles]), [
    ["accepted", "nse:3045", 13_500],
    ["refused", "NOBODY", undefined],
  ]);
  ok(
    parts.every(({ id, data: [row] }) =>
      id === 7 && row.candles.length <= 1_000 && row.symbol && row.interval === "1m"
    ),
  );
  deepEqual(
    messages.filter(({ type }) => type === "progress").map(({ done, total, id }) => [done, total, id]),
    [[1, 2, 7], [2, 2, 7]],
  );
  equal(broker.asked.length, 2);
  for (const message of messages) {
    const schema = { candle_data: candleData, progress: progress }[message.type as string] ??
      reply;
    deepEqual(schema.parse(message), message);
  }
});

Deno.test("other commands are answered meanwhile, and a cancelled one ends", async () => {
  const { on, socket, send, broker } = stage();
  broker.answers.push({ kind: "busy" }, { kind: "busy" });
  send({ command: "candles", symbols: ["SBIN"], from: "2026-10-01", id: "year" });
  send({ command: "ping", ts: 1 });
  await until(on, socket, ({ type }) => type === "pong");
  send({ command: "cancel", request: "day", id: 2 });
  deepEqual((await until(on, socket, answerTo(2))).code, "bad_command");
  send({ command: "cancel", request: "year", id: 3 });
  equal((await until(on, socket, answerTo(3))).status, "success");
  const { status, code } = await until(on, socket, answerTo("year"));
  deepEqual([status, code], ["error", "cancelled"]);
  equal(broker.asked.length, 1);
});

Deno.test("who goes leaves nothing under way, and only so many may be", async () => {
  const { on, socket, client, send, broker } = stage();
  for (let id = 1; id <= 5; id++) {
    broker.answers.push({ kind: "busy" });
    send({ command: "candles", symbols: ["SBIN"], from: "2026-10-01", id });
  }
  equal((await until(on, socket, answerTo(5))).code, "rate_limited");
  client.gone();
  await on.pass();
  const asked = broker.asked.length;
  await on.pass(10_000);
  equal(broker.asked.length, asked);
});

Deno.test("who does not read gets no more until it does", async () => {
  const { on, socket, send } = stage();
  socket.held = 2 * 1024 * 1024;
  send({ command: "candles", symbols: ["SBIN"], from: "2026-11-19", to: "2026-11-19", id: 1 });
  await on.pass(500);
  equal(socket.messages().length, 1);
  socket.held = 0;
  await until(on, socket, answerTo(1));
});

Deno.test("what cannot be is refused with what would do", async () => {
  const { on, socket, send, broker } = stage();
  const mistakes: readonly [Message, RegExp][] = [
    [{ symbols: ["SBIN"], interval: "2m" }, /"interval" must be one of 1s, 5s, 1m/],
    [{ symbols: ["SBIN"], from: "soon" }, /"from" must be ms or seconds/],
    [{ symbols: ["SBIN"], form: 1 }, /did you mean "from"/],
    [{ symbols: ["SBIN"], from: "2026-11-20", to: "2026-11-18" }, /"from" must be before "to"/],
    [{ symbols: ["SBIN"], from: "2016-11-20" }, /at most 250000/],
    [{ symbols: Array.from({ length: 51 }, (_, i) => `N${i}`) }, /at most 50/],
  ];
  for (const [i, [fields, why]] of mistakes.entries()) {
    send({ command: "candles", ...fields, id: i });
    const { code, message } = await until(on, socket, answerTo(i));
    equal(code, "bad_command");
    match(message, why);
  }
  equal(broker.asked.length, 0);
});
