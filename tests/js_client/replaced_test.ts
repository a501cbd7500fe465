import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { settle } from "../fakes.ts";
import { drop, inHand, told } from "./hand_socket.ts";

const CONTRACT = { exchange: "nfo", tokens: ["40001"] };

function yes(command: Record<string, unknown>, symbol: string) {
  const row = { status: "accepted", instrument: "nfo:40001", symbol, mode: "ltp" };
  const data = [{ exchangeType: 2, tokens: ["40001"] }];
  return { status: "success", message: "", id: command.id, data, results: [row] };
}

Deno.test("a number that means another contract after a reconnect is given up, and it is told", async () => {
  const { own, socket } = inHand();
  const news = told(own, "news");
  socket().says({ type: "info" });
  const asked = own.subscribe({ ...CONTRACT, mode: "ltp" });
  await settle();
  socket().says(yes(socket().sent[0]!, "NIFTY24NOV2623500CE"));
  await asked;
  await drop();
  socket().says({ type: "info" });
  await settle();
  socket().says(yes(socket().sent[0]!, "BANKNIFTY29DEC2651000PE"));
  await settle();
  deepEqual(socket().sent.map(({ command }) => command), ["subscribe", "unsubscribe"]);
  deepEqual([...own.wanted], []);
  deepEqual(news.map(({ status, instruments }) => [status, instruments]), [["replaced", ["nfo:40001"]]]);
  await own.close();
});

Deno.test("what the proxy says has expired is not asked for again", async () => {
  const { own, socket } = inHand();
  socket().says({ type: "info" });
  const asked = own.subscribe({ ...CONTRACT, mode: "ltp" });
  await settle();
  socket().says(yes(socket().sent[0]!, "NIFTY24NOV2623500CE"));
  await asked;
  socket().says({ type: "system", status: "expired", instruments: ["nfo:40001"], message: "" });
  await drop();
  socket().says({ type: "info" });
  await settle();
  deepEqual(socket().sent, []);
  await own.close();
});
