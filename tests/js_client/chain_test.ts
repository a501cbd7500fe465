import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { settle } from "../fakes.ts";
import { drop, inHand, told } from "./hand_socket.ts";

const NEAREST = {
  id: "nfo:NIFTY nearest",
  underlying: "nfo:NIFTY",
  expiry: "nearest",
  strikes: 5,
  mode: "quote",
};

function given(command: Record<string, unknown>, chain: Record<string, unknown> = NEAREST) {
  const data = [{ exchangeType: 2, tokens: ["41032", "41033"] }];
  return { status: "success", message: "", id: command.id, data, chain, added: [], results: [] };
}

/** A client that has a chain. */
async function withChain() {
  const { own, socket } = inHand();
  socket().says({ type: "info" });
  const asked = own.subscribeChain({ underlying: "NIFTY", strikes: 5, mode: "quote" });
  const [command] = socket().sent;
  socket().says(given(command!));
  return { own, socket, command: command!, answer: await asked };
}

Deno.test("a chain is asked for by one call, is told of, and is asked for as a chain after a loss", async () => {
  const { own, socket, command, answer } = await withChain();
  deepEqual(command, {
    command: "subscribe",
    chain: { underlying: "NIFTY", strikes: 5 },
    mode: "quote",
    id: command.id,
  });
  deepEqual(answer.chain, NEAREST);
  // Its contracts come and go; they are not the program's own.
  equal(own.wanted.size, 0);
  const [changes, gaps] = [told(own, "chain"), told(own, "gap")];
  const moved = { type: "chain", status: "moved", message: "", chain: NEAREST, added: [], dropped: [] };
  socket().says(moved);
  await settle();
  deepEqual(changes, [moved]);
  await drop();
  socket().says({ type: "info" });
  const [again] = socket().sent;
  deepEqual([again!.chain, again!.mode], [{ underlying: "NIFTY", strikes: 5 }, "quote"]);
  socket().says(given(again!));
  await settle();
  deepEqual(gaps.map(({ kind }) => kind), ["connection"]);
  await own.close();
});

Deno.test("a chain that was given up, that ended, or went with all, is not asked for again", async () => {
  const ends: readonly ((client: Awaited<ReturnType<typeof withChain>>) => Promise<void>)[] = [
    async ({ own, socket }) => {
      const asked = own.unsubscribeChain({ underlying: "NIFTY" });
      const { id, chain } = socket().sent.at(-1)!;
      deepEqual(chain, { underlying: "NIFTY" });
      socket().says({ status: "success", id, data: [], unsubscribed: ["nfo:NIFTY nearest"], left: 0 });
      await asked;
    },
    async ({ own, socket }) => {
      const asked = own.unsubscribe({ all: true });
      socket().says({ status: "success", id: socket().sent.at(-1)!.id, data: [], left: 0 });
      await asked;
    },
    async ({ socket }) => {
      socket().says({ type: "chain", status: "ended", chain: { ...NEAREST, state: "ended" } });
      await settle();
    },
  ];
  for (const end of ends) {
    const client = await withChain();
    await end(client);
    await drop();
    client.socket().says({ type: "info" });
    await settle();
    deepEqual(client.socket().sent, []);
    await client.own.close();
  }
});

Deno.test("a chain that is refused rejects, and is not asked for again", async () => {
  const { own, socket } = inHand();
  socket().says({ type: "info" });
  const asked = own.subscribeChain({ underlying: "NIFTTY" });
  const { id } = socket().sent[0]!;
  socket().says({ status: "error", code: "unknown_instrument", message: "did you mean nfo:NIFTY?", id });
  await rejects(asked, { code: "unknown_instrument" });
  await drop();
  socket().says({ type: "info" });
  await settle();
  deepEqual(socket().sent, []);
  await own.close();
});
