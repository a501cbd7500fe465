import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
// @ts-types="npm:@types/ws@8.18.2"
import { type WebSocket, WebSocketServer } from "ws";
import { Secret } from "../../lib/util/secret.ts";
import type { BrokerSession } from "../../lib/smartapi/rest.ts";
import { createStreamOpener, type StreamEnd, type StreamSocket } from "../../lib/smartapi/stream.ts";

const SESSION: BrokerSession = {
  jwt: new Secret("jwt-1"),
  feedToken: new Secret("feed-1"),
  issuedAt: 0,
};

const CREDENTIALS = {
  clientCode: "A123456",
  pin: new Secret("4826"),
  apiKey: new Secret("key-of-an-app"),
  totpSecret: new Secret("GEZDGNBVGY3TQOJQ"),
};

/** What one dialled socket tells, and a way to wait for the next of it. */
class Dialled {
  readonly log: string[] = [];
  readonly texts: string[] = [];
  readonly binaries: Uint8Array[] = [];
  readonly ends: StreamEnd[] = [];
  readonly socket: StreamSocket;
  #wake: (() => void)[] = [];

  constructor(url: string) {
    const note = (what: string) => {
      this.log.push(what);
      for (const wake of this.#wake.splice(0)) wake();
    };
    this.socket = createStreamOpener(url, CREDENTIALS)(SESSION, {
      opened: () => note("opened"),
      text: (frame) => (this.texts.push(frame), note("text")),
      binary: (frame) => (this.binaries.push(frame), note("binary")),
      ended: (end) => (this.ends.push(end), note("ended")),
    });
    assert.deepEqual(this.log, [], "called back before it returned");
  }

  async until(what: string, count = 1): Promise<void> {
    while (this.log.filter((each) => each === what).length < count) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async end(): Promise<StreamEnd> {
    await this.until("ended");
    return this.ends[0]!;
  }
}

interface Stage {
  readonly url: string;
  /** Sockets that the server took in, in order. */
  readonly accepted: () => Promise<{ socket: WebSocket; request: IncomingMessage }>;
  dial(path?: string): Dialled;
}

/** A stream server on a port of its own. @param refuse Answers the handshake instead of the server. */
async function withStream(
  test: (stage: Stage) => Promise<void>,
  refuse?: (socket: Socket, request: IncomingMessage) => void,
): Promise<void> {
  const server: Server = createServer();
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  const streams = new WebSocketServer({ noServer: true });
  const waiting: ((accepted: { socket: WebSocket; request: IncomingMessage }) => void)[] = [];
  const ready: { socket: WebSocket; request: IncomingMessage }[] = [];
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (refuse !== undefined) return refuse(socket, request);
    streams.handleUpgrade(request, socket, head, (socket) => {
      socket.on("error", () => {});
      const accepted = { socket, request };
      const waiter = waiting.shift();
      if (waiter === undefined) ready.push(accepted);
      else waiter(accepted);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/smart-stream`;
  const dialled: Dialled[] = [];
  try {
    await test({
      url,
      dial: () => {
        const each = new Dialled(url);
        dialled.push(each);
        return each;
      },
      accepted: () => {
        const first = ready.shift();
        return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
      },
    });
  } finally {
    for (const each of dialled) {
      each.socket.terminate();
      await each.end();
    }
    for (const socket of streams.clients) socket.terminate();
    for (const socket of sockets) socket.destroy();
    streams.close();
    server.close();
    await once(server, "close");
  }
}

/** Answers a handshake with a status. */
function answer(status: number, headers: OutgoingHttpHeaders = {}, body = "<html>no</html>") {
  return (socket: Socket) => {
    const lines = Object.entries({ connection: "close", "content-length": body.length, ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
  };
}

Deno.test("the opener sends the four documented headers and offers no compression", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { headers, url } = (await accepted()).request;
    assert.equal(headers.authorization, "Bearer jwt-1");
    assert.equal(headers["x-api-key"], "key-of-an-app");
    assert.equal(headers["x-client-code"], "A123456");
    assert.equal(headers["x-feed-token"], "feed-1");
    assert.equal(headers["sec-websocket-extensions"], undefined);
    assert.equal(headers["sec-websocket-protocol"], undefined);
    // Addresses end up in logs.
    assert.equal(url, "/smart-stream");
    await client.until("opened");
  }));

Deno.test("the opener hands over text and binary frames, each as what it is and in order", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    socket.send("pong");
    socket.send(Buffer.from([1, 2, 3]));
    socket.send('{"errorCode":"E1001"}');
    socket.send(Buffer.from([]));
    await client.until("binary", 2);
    assert.deepEqual(client.log, ["opened", "text", "binary", "text", "binary"]);
    assert.deepEqual(client.texts, ["pong", '{"errorCode":"E1001"}']);
    assert.deepEqual(client.binaries.map((bytes) => [...bytes]), [[1, 2, 3], []]);
  }));

Deno.test("the opener puts the fragments of a frame together", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    socket.send(Buffer.from([1, 2]), { fin: false, binary: true });
    socket.send(Buffer.from([3]), { fin: false });
    socket.send(Buffer.from([4, 5]), { fin: true });
    await client.until("binary");
    assert.deepEqual([...client.binaries[0]!], [1, 2, 3, 4, 5]);
  }));

Deno.test("the opener's binary frames stay as they came, whatever comes after them", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    for (let i = 0; i < 500; i++) socket.send(Buffer.alloc(379, i % 251));
    await client.until("binary", 500);
    for (const [i, frame] of client.binaries.entries()) {
      assert.ok(frame.length === 379 && frame.every((byte) => byte === i % 251), `frame ${i}`);
    }
  }));

Deno.test("send() reaches the server as text, and does nothing before the opening and after the end", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    client.socket.send("too early");
    const { socket } = await accepted();
    const heard: string[] = [];
    socket.on("message", (data, isBinary) => heard.push(`${isBinary} ${data}`));
    await client.until("opened");
    client.socket.send("ping");
    await once(socket, "message");
    assert.deepEqual(heard, ["false ping"]);
    socket.close();
    await client.end();
    client.socket.send("too late");
    client.socket.close();
    client.socket.terminate();
    assert.equal(client.ends.length, 1);
  }));

for (
  const [status, kind, header] of [
    [401, "unauthorized", "Invalid Header - Invalid Auth token"],
    [401, "unauthorized", undefined],
    [429, "throttled", "Invalid Request. Connection Limit Exceeded."],
    [429, "throttled", undefined],
    [403, "refused", undefined],
    [404, "refused", undefined],
    [500, "refused", undefined],
    [502, "refused", undefined],
    [200, "refused", undefined],
    [302, "refused", undefined],
  ] as const
) {
  const title = header === undefined ? "" : ` and "${header}"`;
  Deno.test(`a handshake answered with ${status}${title} ends as ${kind}`, () =>
    withStream(
      async ({ dial }) => {
        const client = dial();
        const end = await client.end();
        assert.equal(end.kind, kind);
        assert.match(end.message, new RegExp(String(status)));
        if (header !== undefined) assert.ok(end.message.includes(header), end.message);
        assert.deepEqual(client.log, ["ended"]);
      },
      answer(status, {
        ...(header === undefined ? {} : { "x-error-message": header }),
        ...(status === 302 ? { location: "/elsewhere" } : {}),
      }),
    ));
}

Deno.test("a refusal's message stays short, however long the server's words are", () =>
  withStream(async ({ dial }) => {
    assert.ok((await dial().end()).message.length < 300);
  }, answer(401, { "x-error-message": "x".repeat(5_000) })));

Deno.test("a refusal with an endless body ends all the same", () =>
  withStream(async ({ dial }) => {
    assert.equal((await dial().end()).kind, "throttled");
  }, (socket) => {
    socket.write("HTTP/1.1 429 Too Many Requests\r\ntransfer-encoding: chunked\r\n\r\n");
  }));

Deno.test("a handshake answered with garbage ends as a fault of the network", () =>
  withStream(async ({ dial }) => {
    const client = dial();
    assert.equal((await client.end()).kind, "network");
    assert.deepEqual(client.log, ["ended"]);
  }, (socket) => void socket.end("\x00\x01 not HTTP at all\r\n\r\n")));

Deno.test("a handshake with a wrong accept key ends as a fault of the network", () =>
  withStream(async ({ dial }) => {
    const client = dial();
    assert.equal((await client.end()).kind, "network");
    assert.deepEqual(client.log, ["ended"]);
  }, (socket) => {
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
        "sec-websocket-accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
    );
  }));

Deno.test("a connection cut in the middle of the handshake ends as a fault of the network", () =>
  withStream(async ({ dial }) => {
    assert.equal((await dial().end()).kind, "network");
  }, (socket) => void socket.destroy()));

Deno.test("a port where nobody listens ends as a fault of the network", async () => {
  let url = "";
  await withStream((stage) => {
    url = stage.url;
    return Promise.resolve();
  });
  const client = new Dialled(url);
  const end = await client.end();
  assert.equal(end.kind, "network");
  assert.equal(end.message, `${new URL(url).host} cannot be reached (connection refused)`);
  assert.deepEqual(client.log, ["ended"]);
});

Deno.test("a name that nobody knows ends as a fault of the network, in words", async () => {
  const end = await new Dialled("ws://no-such-name.invalid/smart-stream").end();
  assert.deepEqual(end, {
    kind: "network",
    message: "no-such-name.invalid cannot be reached (no DNS answer)",
  });
});

for (
  const [code, reason] of [[1000, ""], [1001, "going away"], [1011, "trouble"], [4001, "x"]] as const
) {
  Deno.test(`a close by the server with ${code} ends as closed, and says so`, () =>
    withStream(async ({ accepted, dial }) => {
      const client = dial();
      const { socket } = await accepted();
      await client.until("opened");
      socket.close(code, reason);
      const end = await client.end();
      assert.equal(end.kind, "closed");
      assert.ok(end.message.includes(String(code)) && end.message.includes(reason), end.message);
      assert.deepEqual(client.log, ["opened", "ended"]);
    }));
}

Deno.test("a connection cut without a closing handshake ends as a fault of the network", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    socket.terminate();
    assert.equal((await client.end()).kind, "network");
    assert.equal(client.ends.length, 1);
  }));

Deno.test("a frame beyond 64 KiB ends the socket and reaches no one", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    socket.send(Buffer.alloc(64 * 1024));
    await client.until("binary");
    socket.send(Buffer.alloc(64 * 1024 + 1));
    assert.equal((await client.end()).kind, "network");
    assert.deepEqual(client.log, ["opened", "binary", "ended"]);
  }));

Deno.test("a text that is not UTF-8 ends the socket and reaches no one", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    assert.equal((await client.end()).kind, "network");
    assert.deepEqual(client.log, ["opened", "ended"]);
  }));

Deno.test("close() says 1000 to the server and ends once", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    const closed = once(socket, "close");
    client.socket.close();
    await client.end();
    assert.equal((await closed)[0], 1000);
    client.socket.terminate();
    assert.equal(client.ends.length, 1);
  }));

Deno.test("terminate() ends an open socket at once, without a closing handshake", () =>
  withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    const closed = once(socket, "close");
    client.socket.terminate();
    await client.end();
    assert.equal((await closed)[0], 1006);
  }));

for (const way of ["close", "terminate"] as const) {
  Deno.test(`${way}() ends a socket whose handshake is never answered`, async () => {
    let arrived = () => {};
    const upgrading = new Promise<void>((resolve) => arrived = resolve);
    await withStream(async ({ dial }) => {
      const client = dial();
      await upgrading;
      client.socket[way]();
      assert.equal((await client.end()).kind, "network");
      assert.deepEqual(client.log, ["ended"]);
    }, () => arrived());
  });
}

Deno.test("the opener shows no credential in the end it tells of, even if the server repeats them", async () => {
  const repeated = "jwt-1 feed-1 key-of-an-app";
  const messages: string[] = [];
  for (const status of [401, 403, 429, 500]) {
    await withStream(async ({ dial }) => {
      messages.push((await dial().end()).message);
    }, answer(status, { "x-error-message": repeated }, repeated));
  }
  await withStream(async ({ accepted, dial }) => {
    const client = dial();
    const { socket } = await accepted();
    await client.until("opened");
    socket.close(4001, repeated);
    messages.push((await client.end()).message);
  });
  assert.doesNotMatch(messages.join(), /jwt-1|feed-1|key-of-an-app/);
});
