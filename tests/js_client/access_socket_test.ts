import {
  deepStrictEqual as deepEqual,
  match,
  ok,
  rejects,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import { settle } from "../fakes.ts";
import { drop, HandSocket, inHand, redialled, told } from "./hand_socket.ts";

const TOKEN = "phone-secret-0123456789";

const ASKED = { type: "system", status: "token_required", message: "" };

Deno.test("where no token is asked for, none is sent and no function is asked", async () => {
  const { own, socket } = inHand({
    token: () => {
      throw new Error("not to be asked");
    },
  });
  socket().says({ type: "info" });
  // Later than the greeting it is no question for a token.
  socket().says({ type: "system", status: "token_required" });
  await settle();
  deepEqual(socket().sent, []);
  await own.close();
});

Deno.test("a token is sent once, first, and on the connection that asked, however late it is had", async () => {
  const had: ((token: string) => void)[] = [];
  const { own, clock, socket } = inHand({
    look: 5,
    token: () => new Promise((resolve) => had.push(resolve)),
  });
  own.subscribe({ exchange: "nse" });
  const first = socket();
  first.says(ASKED);
  first.says(ASKED);
  // Silence long enough for a sign of life to be asked for; here it would be taken for the first message.
  await clock.advanceAsync(18);
  const errors = told(own, "error");
  await drop(1008, "An access token is needed");
  match(errors[0]!.message, /took too long/);
  had[0]!("late-secret");
  await settle();
  deepEqual([first.sent, socket().sent, had.length], [[], [], 1]);
  socket().says(ASKED);
  had[1]!("new-secret");
  await settle();
  deepEqual(socket().sent, [{ command: "authenticate", token: "new-secret" }]);
  socket().says({ status: "success", message: "Welcome, phone" });
  socket().says({ type: "info" });
  deepEqual(socket().sent.slice(1).map(({ command }) => command), ["subscribe"]);
  // Once it is in, the same code means something else, and the next connection asks anew.
  await drop(1008, "No command came");
  equal(errors.length, 1);
  await own.close();
});

Deno.test("a loss before the token is judged is a loss, and no refusal", async () => {
  for (const code of [1001, 1006, 1012, 1013]) {
    const { own, socket } = inHand({ token: TOKEN });
    const [errors, lost] = [told(own, "error"), told(own, "lost")];
    const first = socket();
    first.says(ASKED);
    await drop(code);
    deepEqual([lost.map((each) => each.code), errors], [[code], []]);
    await own.close();
  }
});

Deno.test("a function that fails is told and asked again after a wait, whether it throws or rejects", async () => {
  const answers = [
    () => {
      throw new Error("no network");
    },
    () => Promise.reject("no network"),
    () => TOKEN,
  ];
  let asked = 0;
  const { own, socket } = inHand({ token: () => answers[asked++]!() });
  const [errors, lost] = [told(own, "error"), told(own, "lost")];
  for (let i = 0; i < 2; i++) {
    const mine = socket();
    mine.says(ASKED);
    await redialled();
    deepEqual(mine.sent, []);
  }
  socket().says(ASKED);
  await settle();
  equal(socket().sent[0]!.token, TOKEN);
  deepEqual([errors.length, lost.map(({ reason }) => reason)], [2, ["no token", "no token"]]);
  await own.close();
});

Deno.test("a reason that repeats the token is not passed on with it", async () => {
  const { own, socket } = inHand({ token: TOKEN });
  const errors = told(own, "error");
  const asked = own.status();
  socket().says(ASKED);
  socket().onclose!({ code: 1008, reason: `"${TOKEN}" is not known` });
  await rejects(asked, {
    code: "token_refused",
    message: 'ws://proxy/ refused the access token: "…" is not known',
  });
  ok(!Deno.inspect(errors).includes(TOKEN));
  equal(HandSocket.made.length, 1);
  await own.close();
});

Deno.test("a slow reader reads what waits, then the reason of the end, once", async () => {
  const { own, socket } = inHand({ token: TOKEN });
  own.on("error", () => {});
  const ticks = own.ticks();
  socket().says({ type: "info" });
  socket().says({ type: "market_data", seq: 1, compressed: false, data: [{ token: "7" }] });
  await settle();
  await drop(1008, "This access token has expired");
  socket().says(ASKED);
  socket().onclose!({ code: 1008, reason: "" });
  equal((await ticks.next()).value!.token, "7");
  await rejects(ticks.next(), { code: "token_refused" });
  deepEqual(await ticks.next(), { value: undefined, done: true });
  await own.close();
});

Deno.test("a token of another type is refused before there is a connection, and is not repeated", () => {
  for (const token of [7, { secret: TOKEN }, null] as unknown as string[]) {
    HandSocket.made = [];
    throws(() => inHand({ token }), (error: Error) => {
      ok(error instanceof TypeError && !Deno.inspect(error).includes(TOKEN));
      return true;
    });
    equal(HandSocket.made.length, 0);
  }
});

Deno.test("lost.retryAt is a whole number, whatever part of the wait is drawn", async () => {
  for (const draw of [0, 0.123456789, 1 / 3, 0.999999]) {
    const { own } = inHand({ retryBase: 7, random: () => draw });
    const lost = told(own, "lost");
    await drop(1006);
    ok(Number.isInteger(lost[0]!.retryAt), `${lost[0]!.retryAt}`);
    await own.close();
  }
});

Deno.test("a token in the address is taken out of it, and brought where the proxy asks for it", async () => {
  const { own, socket } = inHand({}, `ws://proxy/ws?encoding=json&token=${TOKEN}`);
  const [errors, lost] = [told(own, "error"), told(own, "lost")];
  equal(socket().url, "ws://proxy/ws?encoding=json");
  socket().says(ASKED);
  await settle();
  deepEqual(socket().sent, [{ command: "authenticate", token: TOKEN }]);
  // A wrong one is refused with a word, at once and for good.
  socket().onclose!({ code: 1008, reason: "The access token is not known" });
  await settle();
  deepEqual([errors.map((error) => "code" in error && error.code), lost], [["token_refused"], []]);
  ok(!errors[0]!.message.includes(TOKEN));

  const given = inHand({ token: "of-the-options" }, `ws://proxy/?token=${TOKEN}`);
  given.socket().says(ASKED);
  await settle();
  deepEqual(given.socket().sent, [{ command: "authenticate", token: "of-the-options" }]);
  await given.own.close();
});
