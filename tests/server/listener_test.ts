import { strictEqual as equal } from "node:assert/strict";
import { listen } from "../../lib/server/listener.ts";
import { FakeClock } from "../fakes.ts";

function open(handler: (request: Request) => Promise<Response>) {
  return listen({ hostname: "127.0.0.1", port: 0, clock: new FakeClock(), handler });
}

Deno.test("a request that is not answered when the time to leave is over does not end the process", async () => {
  const asked = Promise.withResolvers<void>();
  const late = Promise.withResolvers<Response>();
  const listener = open(() => {
    asked.resolve();
    return late.promise;
  });
  const answer = fetch(`http://127.0.0.1:${listener.port}/`).then((response) => response.text(), () => {});
  await asked.promise;
  const drained = listener.drain();
  // The runtime has given up its listener as soon as nobody can connect any more.
  while (await Deno.connect({ port: listener.port }).then((socket) => (socket.close(), true), () => false));
  listener.abort();
  late.resolve(new Response("late"));
  await answer;
  await drained;
});

Deno.test("a listener that has ended already may be aborted", async () => {
  const listener = open(() => Promise.resolve(new Response("x")));
  equal(await (await fetch(`http://127.0.0.1:${listener.port}/`)).text(), "x");
  await listener.drain();
  listener.abort();
});
