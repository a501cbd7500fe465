import { deepStrictEqual as deepEqual, match, rejects, strictEqual as equal } from "node:assert/strict";
import type { Bus } from "../../lib/nats/bus.ts";
import { becomes, NatsServer, natsTest } from "./nats_server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (payload: Uint8Array) => new TextDecoder().decode(payload);

/** What arrives at a subject, and a wait for so many of it. */
function inbox(bus: Bus, subject: string) {
  const heard: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  bus.subscribe(subject, ({ payload }) => {
    heard.push(textOf(payload));
    for (const each of waiting) if (heard.length >= each.count) each.resolve();
  });
  return {
    heard,
    count: (count: number) =>
      new Promise<void>((resolve) => heard.length >= count ? resolve() : waiting.push({ count, resolve })),
  };
}

natsTest(
  "a server that is killed and comes back: nothing that was published meanwhile arrives later",
  async () => {
    await using server = await NatsServer.start();
    // More tries than the ten after which the client would give up by itself.
    const waits = { reconnectTimeWait: 10, reconnectJitter: 0 };
    const from = await server.connect("from", { waits });
    const to = await server.connect("to", { waits });
    const { heard, count } = inbox(to, "a");
    // A subscription has been made once the server answers what was sent after it.
    await rejects(to.request("nobody", bytes(""), 1_000), /no hub listens/);
    from.publish("a", bytes("before"));
    await count(1);
    await server.kill();
    await Promise.all([becomes(from, false), becomes(to, false)]);
    match(from.trouble!, /lost/);
    equal(from.publish("a", bytes("meanwhile")), false);
    await rejects(from.request("a", bytes("?"), 100), /lost/);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await server.restart();
    await Promise.all([becomes(from, true), becomes(to, true)]);
    await rejects(to.request("nobody", bytes(""), 1_000), /no hub listens/);
    equal(from.publish("a", bytes("after")), true);
    await count(2);
    deepEqual(heard, ["before", "after"]);
    await Promise.all([from.stop(), to.stop()]);
  },
);

natsTest("a server that stands still is noticed by pings, and found again when it goes on", async () => {
  await using server = await NatsServer.start();
  const bus = await server.connect("one", {
    waits: { pingInterval: 50, reconnectTimeWait: 10, reconnectJitter: 0, timeout: 100 },
  });
  server.freeze();
  await becomes(bus, false);
  equal(bus.publish("a", bytes("never")), false);
  server.thaw();
  await becomes(bus, true);
  await bus.stop();
});

natsTest("handshakes that nobody answered leave nothing behind that could end the program", async () => {
  await using server = await NatsServer.start();
  const waits = { pingInterval: 50, reconnectTimeWait: 10, reconnectJitter: 0, timeout: 50 };
  const known = await server.connect("one", { waits });
  server.freeze();
  const unknown = await server.dial("two", { waits });
  while (unknown.trouble === "the server was not reached yet") {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await becomes(known, false);
  await new Promise((resolve) => setTimeout(resolve, 300));
  server.thaw();
  await Promise.all([becomes(known, true), becomes(unknown, true)]);
  // The server resets whatever it had accepted.
  await server.kill();
  await Promise.all([becomes(known, false), becomes(unknown, false)]);
  await server.restart();
  await Promise.all([becomes(known, true), becomes(unknown, true)]);
  await Promise.all([known.stop(), unknown.stop()]);
});

natsTest(
  "what one message may hold is the server's to say: what is longer is not sent, and the sender is told",
  async () => {
    await using server = await NatsServer.start("max_payload: 8192");
    const bus = await server.connect("one");
    equal(bus.maxBytes, 8192);
    equal(bus.publish("a", new Uint8Array(8193)), false);
    await rejects(bus.request("a", new Uint8Array(8193), 1_000), /8192 bytes at most: raise its max_payload/);
    equal(bus.publish("a", new Uint8Array(8192)), true);
    // The connection has not suffered.
    await rejects(bus.request("nobody", bytes(""), 1_000), /no hub listens/);
    await bus.stop();
  },
);

/** Publishes 40 MB at once, in a program of its own, while this one does not read. */
function floodSync(port: number, subject: string): void {
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}
    printf 'CONNECT {"verbose":false}\r\n' >&3
    for i in $(seq 40); do printf 'PUB ${subject} 1000000\r\n' >&3; head -c 1000000 /dev/zero >&3; printf '\r\n' >&3; done
    printf 'PING\r\n' >&3
    while read -r line <&3; do [[ $line == PONG* ]] && break; done`;
  new Deno.Command("bash", { args: ["-c", script] }).outputSync();
}

natsTest(
  "who reads too slowly is cut off by the server, notices it, and is back with its subscriptions",
  async () => {
    await using server = await NatsServer.start('max_pending: 1048576\nwrite_deadline: "100ms"');
    const waits = { reconnectTimeWait: 10, reconnectJitter: 0 };
    const bus = await server.connect("slow", { waits });
    const other = await server.connect("other", { waits });
    const { heard } = inbox(bus, "flood");
    const { count } = inbox(bus, "a");
    await rejects(bus.request("nobody", bytes(""), 1_000), /no hub listens/);
    floodSync(server.port, "flood");
    await becomes(bus, false);
    await becomes(bus, true);
    await rejects(bus.request("nobody", bytes(""), 1_000), /no hub listens/);
    equal(heard.length < 40, true);
    await becomes(other, true);
    other.publish("a", bytes("after"));
    await count(1);
    await Promise.all([bus.stop(), other.stop()]);
  },
);

natsTest("a server is waited for that is not there yet", async () => {
  await using server = await NatsServer.start();
  await server.kill();
  const bus = await server.dial("one");
  const asked = bus.request("a", bytes(""), 100);
  await rejects(asked, /not reached yet|refused/);
  await server.restart();
  await becomes(bus, true);
  await bus.stop();
});

natsTest("of several addresses one that answers is used, and another one when it is gone", async () => {
  await using first = await NatsServer.start();
  await using second = await NatsServer.start();
  const waits = { reconnectTimeWait: 10, reconnectJitter: 0 };
  // Nobody is at the first one of them.
  const servers = ["nats://127.0.0.1:1", first.url, second.url];
  const bus = await first.connect("one", { servers, waits });
  for (const server of [first, second]) {
    await server.kill();
    // It was on this one or on the other; now it can be on the other alone.
    for (let said = ""; !said.includes("no hub listens");) {
      await becomes(bus, true);
      said = await bus.request("nobody", bytes(""), 1_000).then(textOf, ({ message }) => message);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await server.restart();
  }
  await bus.stop();
});
