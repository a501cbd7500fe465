import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal } from "node:assert/strict";
import { type CommandError, connect } from "../../static/client.js";
import { Rig } from "../proxy/rig.ts";
import { settle } from "../fakes.ts";
import { drop, inHand, told } from "./hand_socket.ts";

/** What the proxy says to a command about NSE's token 7. */
function yes(command: Record<string, unknown>) {
  return { status: "success", message: "", id: command.id, data: [{ exchangeType: 1, tokens: ["7"] }] };
}

const SEVEN = { exchange: "nse", tokens: ["7"] };

Deno.test("an answer that comes after its time still counts for what is wanted", async () => {
  const { own, clock, socket } = inHand({ timeout: 5 });
  socket().says({ type: "info" });
  const asked = own.subscribe({ ...SEVEN, mode: "quote" });
  clock.advance(5);
  await rejects(asked, { code: "timeout" });
  equal(own.wanted.size, 0);
  socket().says(yes(socket().sent[0]!));
  await settle();
  deepEqual([...own.wanted], [["nse:7", "quote"]], "the proxy sends its ticks");
  const left = own.unsubscribe(SEVEN);
  clock.advance(5);
  await rejects(left, { code: "timeout" });
  equal(own.wanted.size, 1);
  socket().says(yes(socket().sent[1]!));
  await settle();
  equal(own.wanted.size, 0);
  await own.close();
});

Deno.test("what timed out is not asked again of the next connection, what still waits is", async () => {
  const { own, clock, socket } = inHand({ timeout: 40 });
  const errors = told(own, "error");
  socket().says({ type: "info" });
  const first = own.subscribe(SEVEN);
  clock.advance(40);
  await rejects(first, { code: "timeout" });
  const second = own.search("seven");
  await drop();
  socket().says({ type: "info" });
  deepEqual(socket().sent.map(({ command }) => command), ["search"]);
  socket().says({ status: "success", id: socket().sent[0]!.id, data: [] });
  deepEqual(await second, []);
  // The answer to the lost one comes nowhere from, and changes nothing.
  socket().says(yes({ id: "c1" }));
  await settle();
  equal(own.wanted.size, 0);
  deepEqual(errors, []);
  await own.close();
});

Deno.test("a command that never went out before its time is not carried out later", async () => {
  const { own, clock, socket } = inHand({ timeout: 5 });
  const asked = own.subscribe(SEVEN);
  clock.advance(5);
  await rejects(
    asked,
    ({ code, message }: CommandError) => code === "timeout" && /not connected/.test(message),
  );
  socket().says({ type: "info" });
  await settle();
  deepEqual(socket().sent, []);
  await own.close();
});

Deno.test("an answer that makes no sense rejects its command instead of leaving it open", async () => {
  const { own, socket } = inHand();
  socket().says({ type: "info" });
  const asked = own.subscribe(SEVEN);
  socket().says({ status: "success", id: socket().sent[0]!.id });
  await rejects(asked, TypeError);
  await own.close();
});

Deno.test("a command that the proxy would hang up at is refused here, and the connection stays", async () => {
  const { own, socket } = inHand();
  socket().says({ type: "info" });
  const symbols = Array.from({ length: 3_000 }, (_, i) => `NFO:A-RATHER-LONG-NAME-${i}`);
  await rejects(own.subscribe({ symbols }), { code: "too_long" });
  deepEqual(socket().sent, []);
  await own.close();
});

Deno.test("without a mode none is sent: what is subscribed keeps its own, and is wanted in it", async () => {
  const { own, socket } = inHand();
  socket().says({ type: "info" });
  const quote = own.subscribe({ ...SEVEN, mode: "quote" });
  socket().says(yes(socket().sent[0]!));
  await quote;
  const again = own.subscribe({ exchange: "nse" });
  deepEqual(Object.keys(socket().sent[1]!), ["command", "exchange", "id"]);
  const data = [{ exchangeType: 1, tokens: ["7", "8"] }];
  socket().says({ status: "success", id: socket().sent[1]!.id, data });
  deepEqual((await again).results, [
    { status: "accepted", instrument: "nse:7", mode: "quote" },
    { status: "accepted", instrument: "nse:8", mode: "ltp" },
  ]);
  deepEqual([...own.wanted], [["nse:7", "quote"], ["nse:8", "ltp"]]);
  await own.close();
});

Deno.test("the proxy agrees on what is wanted after a subscription without a mode", async () => {
  await using rig = await Rig.start();
  await using own = connect(`ws://127.0.0.1:${rig.proxy.port}`);
  let list: Awaited<ReturnType<typeof own.listSubscriptions>> | undefined;
  (async () => {
    await own.subscribe({ symbols: ["SBIN"], mode: "snapquote" });
    await own.subscribe({ exchange: "nse" });
    list = await own.listSubscriptions();
  })();
  await rig.until(() => list !== undefined);
  const modes = new Map(list!.map(({ instrument, mode }) => [instrument, mode]));
  deepEqual(modes, own.wanted);
  ok(modes.get("nse:3045") === "snapquote" && modes.get("nse:2885") === "ltp");
});
