import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { CommandError } from "../../static/client.js";
import * as wireModule from "../../static/page/wire.js";
import { FakeClock } from "../fakes.ts";

// deno-lint-ignore no-explicit-any
const { createWire, dialUrl, proxyUrl } = wireModule as any;

class FakeWebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static made: FakeWebSocket[] = [];
  readyState = 1;
  sent: string[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  constructor(readonly url: string) {
    FakeWebSocket.made.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
  says(message: unknown) {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
}

function setUp() {
  FakeWebSocket.made = [];
  const clock = new FakeClock();
  const told: string[] = [];
  const settled = Promise.withResolvers<void>();
  const wire = createWire({
    url: "ws://proxy/",
    random: () => 1,
    WebSocket: FakeWebSocket,
    clock,
    on: {
      link: ({ kind }: { kind: string }) => told.push(kind),
      data: ({ ticks }: { ticks: unknown[] }) => told.push(`ticks ${ticks}`),
      message: ({ type, status }: { type?: string; status?: string }) => {
        told.push(`${type} ${status}`);
        if (status === "end") settled.resolve();
      },
      hole: ({ from, to }: { from: number; to: number }) => told.push(`hole ${from}-${to}`),
      fault: (text: string) => told.push(`fault ${text}`),
    },
  });
  return {
    wire,
    told,
    clock,
    settled: settled.promise,
    socket: FakeWebSocket.made[0],
  };
}

async function gzip(value: unknown): Promise<string> {
  const zipped = new Blob([JSON.stringify(value)]).stream().pipeThrough(new CompressionStream("gzip"));
  return btoa(String.fromCharCode(...new Uint8Array(await new Response(zipped).arrayBuffer())));
}

Deno.test("createWire() keeps the order of the wire, though some messages take longer to unpack", async () => {
  const { socket, told, settled } = setUp();
  const data = await gzip([1, 2]);
  socket!.says({ type: "info" });
  socket!.says({ type: "market_data", compressed: true, seq: 1, data });
  socket!.says({ type: "market_data", compressed: false, seq: 2, data: [3] });
  socket!.says({ type: "market_data", compressed: true, seq: 3, data: "AAAA" });
  socket!.says({ type: "market_data", compressed: false, seq: 6, data: [4] });
  socket!.says("nonsense");
  socket!.says("null");
  socket!.says({ type: "system", status: "end" });
  await settled;
  deepEqual(told, [
    "connecting",
    "open",
    "info undefined",
    "ticks 1,2",
    "ticks 3",
    "fault Data message 3 could not be read",
    "hole 4-5",
    "ticks 4",
    "fault A frame was not JSON",
    "system end",
  ]);
});

Deno.test("createWire() waits longer after each failure, and starts anew once a proxy has answered", () => {
  const { socket, clock } = setUp();
  const waits: number[] = [];
  const fail = (ws: FakeWebSocket) => {
    const { length } = FakeWebSocket.made;
    const from = clock.now();
    ws.onclose?.({ code: 1006, reason: "" });
    while (FakeWebSocket.made.length === length) clock.advance(100);
    waits.push(clock.now() - from);
    return FakeWebSocket.made.at(-1)!;
  };
  let ws = socket;
  for (let i = 0; i < 6; i++) ws = fail(ws!);
  deepEqual(waits, [600, 1200, 2400, 4800, 9600, 10_000]);
  ws!.says({ type: "info" });
  fail(ws!);
  equal(waits.at(-1), 600);
});

Deno.test("createWire() asks a silent connection for a sign of life, and gives it up without one", () => {
  const { socket, clock } = setUp();
  const look = () => clock.advance(5_000);
  for (let i = 0; i < 4; i++) look();
  deepEqual(socket!.sent, ['{"command":"list_exchanges"}']);
  socket!.says({ status: "success", data: [] });
  for (let i = 0; i < 4; i++) look();
  equal(socket!.readyState, 1);
  look();
  equal(socket!.readyState, 3);
});

Deno.test("ask() gives the answer to the asker alone, or rejects with its code", async () => {
  const { wire, socket, told } = setUp();
  const refused = async (promise: Promise<unknown>) => {
    const { name, code, message } = await promise.then(() => ({} as CommandError), (error) => error);
    return [name, code, message];
  };
  deepEqual(await refused(wire.ask({ command: "status" })), [
    "CommandError",
    "lost",
    "There is no connection to ws://proxy/",
  ]);
  socket!.says({ type: "info" });
  const asked = ["search", "buy", "status"].map((command) => wire.ask({ command }));
  const ids = socket!.sent.map((text) => JSON.parse(text).id);
  socket!.says({ status: "success", id: ids[0], data: ["found"] });
  socket!.says({ status: "error", code: "unknown_command", message: "Unknown command", id: ids[1] });
  equal(String((await asked[0]).data), "found");
  deepEqual(await refused(asked[1]), ["CommandError", "unknown_command", "Unknown command"]);
  socket!.onclose?.({ code: 1006, reason: "" });
  deepEqual((await refused(asked[2]))[1], "lost");
  deepEqual(told, ["connecting", "open", "info undefined", "lost"]);
});

Deno.test("proxyUrl() is beside the page, or on this machine from the disk", () => {
  equal(proxyUrl(new URL("http://10.0.0.2:8765/")), "ws://10.0.0.2:8765/");
  equal(proxyUrl(new URL("https://example.test/client.html")), "wss://example.test/");
  equal(proxyUrl(new URL("file:///tmp/client.html")), "ws://localhost:8765/");
});

Deno.test("ticks are asked for unpacked where the proxy is near, and packed over https", () => {
  equal(dialUrl("ws://10.0.0.2:8765/"), "ws://10.0.0.2:8765/?encoding=json");
  equal(
    dialUrl("ws://localhost/replay?date=2026-11-20"),
    "ws://localhost/replay?date=2026-11-20&encoding=json",
  );
  equal(dialUrl("wss://example.test/"), "wss://example.test/");
});
